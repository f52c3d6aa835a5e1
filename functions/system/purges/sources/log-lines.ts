import { linesBetween, linesOf, logRow, type LogItem } from '#dynamodb/rows/log.ts';
import { remove } from '#dynamodb/write.ts';
import { lineFacts } from './record-facts.ts';
import { oldest, recordSource } from './source.ts';

/** The id by which a line is read: its key. */
const idOf = ({ entity: { type, id }, at, mark }: LogItem): string => JSON.stringify([type, id, at, mark]);
function keyOf(id: string) {
  // The assertion is safe: `idOf` made the text.
  const [type, entity, at, mark] = JSON.parse(id) as [string, string, string, string];
  return { entity: { type, id: entity }, at, mark };
}

export const logLines = recordSource<LogItem>({
  atOnce: 98,
  slice: async (table, range) => {
    const { items, cursor = null } = await table.queryIndex(logRow, 'GSI1', linesOf(table.organization), {
      ...oldest(range),
      between: linesBetween({ from: range.from ?? '0', to: range.before }),
    });
    return { items, cursor };
  },
  byIds: (table, ids) => table.getAll(logRow, ids.map(keyOf)),
  describe: async (lines) =>
    lines.map((line) => ({
      id: idOf(line),
      facts: lineFacts(line),
      record: line,
      fileBytes: 0,
      isFinished: true,
    })),
  deletions: (lines) => lines.map((line) => remove(logRow, line)),
});
