import { sipTraceRow, tracesOf } from '#dynamodb/rows/sip-trace.ts';
import { remove } from '#dynamodb/write.ts';
import type { SipTrace } from '#telephony/sip-trace.ts';
import { oldest, recordSource } from './source.ts';

/** The id by which a trace is read: its key, in the form of a line's, as which it is looked for, too. */
const idOf = ({ call_id: call, at, task }: SipTrace): string => JSON.stringify(['siptrace', call, at, task]);
function keyOf(id: string) {
  // The assertion is safe: `idOf` made the text.
  const [, call, , task] = JSON.parse(id) as [string, string, string, string];
  return { call_id: call, task };
}

/** Traces of calls belong to the logs, and are never archived: they are gone before, but for legal holds. */
export const sipTraces = recordSource<SipTrace>({
  counts: false,
  atOnce: 50,
  slice: async (table, range) => {
    const { items, cursor = null } = await table.queryIndex(sipTraceRow, 'GSI1', tracesOf(table.organization), {
      ...oldest(range),
      between: [range.from ?? '0', range.before],
    });
    return { items, cursor };
  },
  byIds: (table, ids) => table.getAll(sipTraceRow, ids.map(keyOf)),
  describe: async (traces) =>
    traces.map((trace) => ({ id: idOf(trace), facts: trace.facts, record: trace, fileBytes: 0, isFinished: true })),
  deletions: (traces) => traces.map((trace) => remove(sipTraceRow, trace)),
});
