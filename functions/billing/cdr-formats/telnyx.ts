/** Detail records of Telnyx (`GET /v2/detail_records`): one, a list, or a page of them. */
import { dispositionOfCause } from './dispositions.ts';
import { textAt, type Reader } from './foreign-record.ts';
import { readDocuments } from './json-documents.ts';

const directions: Readonly<Record<string, string>> = {
  inbound: 'inbound',
  incoming: 'inbound',
  outbound: 'outbound',
  outgoing: 'outbound',
};

function recordOf(given: object): Readonly<Record<string, unknown>> {
  const field = (name: string): string | undefined => textAt(given, name);
  const answered = field('answered_at');
  const cause = field('hangup_cause');
  return {
    call_id: field('telnyx_leg_id') ?? field('id') ?? field('uuid'),
    direction: directions[field('direction') ?? ''],
    caller: field('cli') ?? 'anonymous',
    callee: field('cld') ?? field('dest_number'),
    start_time: field('started_at'),
    ...(answered === undefined ? {} : { answer_time: answered }),
    end_time: field('finished_at'),
    disposition: answered === undefined ? dispositionOfCause(cause) : 'ANSWERED',
    cause: { text: cause?.slice(0, 256) },
    cost: field('cost'),
  };
}

/** Reads detail records. */
export const readTelnyx: Reader = (text) =>
  readDocuments(text, (given) => ({ given, record: recordOf(given) }), 'data');
