/** Events of OpenSIPS' accounting: `E_ACC_CDR`, and `E_ACC_MISSED_EVENT` of calls that were not answered. */
import { second } from '#schema/time.ts';
import { dispositionOfStatus, sipStatus } from './dispositions.ts';
import { textAt, wholeNumber, type Reader } from './foreign-record.ts';
import { readDocuments } from './json-documents.ts';

/** Seconds since 1970, as ISO 8601. @param more milliseconds after it */
const instant = (seconds: number | undefined, more = 0): string | undefined =>
  seconds === undefined ? undefined : new Date(seconds * second + more).toISOString();

const unixSeconds = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{9,10}$/.test(text) ? Number(text) : undefined;

/** The times of a call that was established at `time`, or failed then. A dialog is created with its INVITE. */
function timesOf(event: object, isAnswered: boolean) {
  const field = (name: string): string | undefined => textAt(event, name);
  const established = unixSeconds(field('time'));
  const created = unixSeconds(field('created')) ?? established;
  const talk = wholeNumber(field('ms_duration')) ?? (wholeNumber(field('duration')) ?? 0) * second;
  return isAnswered
    ? { start_time: instant(created), answer_time: instant(established), end_time: instant(established, talk) }
    : { start_time: instant(created), end_time: instant(established) };
}

function recordOf(event: object): Readonly<Record<string, unknown>> {
  const field = (name: string): string | undefined => textAt(event, name);
  const disposition = dispositionOfStatus(field('sip_code'));
  const code = sipStatus(field('sip_code'));
  return {
    call_id: field('callid'),
    caller: field('caller') ?? field('from_user'),
    callee: field('callee') ?? field('to_user'),
    direction: field('direction'),
    ...timesOf(event, disposition === 'ANSWERED'),
    disposition,
    cause: { ...(code === undefined ? {} : { sip_code: code }), text: field('sip_reason')?.slice(0, 256) },
  };
}

/** The parameters of an event, which JSON-RPC wraps (`event_jsonrpc`). */
function parametersOf(document: object): object {
  const params: unknown = Reflect.get(document, 'params');
  return typeof params === 'object' && params !== null ? params : document;
}

/** Reads events as JSON. */
export const readOpensips: Reader = (text) =>
  readDocuments(text, (given) => ({ given, record: recordOf(parametersOf(given)) }));
