/** How calls ended, by the names and numbers of others (functions/billing/cdr-ingest/README.md, "CDRs"). */
import { wholeNumber } from './foreign-record.ts';

const byCause: Readonly<Record<string, string>> = {
  NO_ANSWER: 'NO ANSWER',
  NO_USER_RESPONSE: 'NO ANSWER',
  USER_BUSY: 'BUSY',
  ORIGINATOR_CANCEL: 'CANCELLED',
};

/** The disposition of a call that was not answered, by a hangup cause of FreeSWITCH in any case. */
export const dispositionOfCause = (cause: string | undefined): string =>
  byCause[cause?.toUpperCase() ?? ''] ?? 'FAILED';

/** By the status of the final response to its INVITE (RFC 3261, section 21). */
const byStatus: Readonly<Record<number, string>> = {
  408: 'NO ANSWER',
  480: 'NO ANSWER',
  486: 'BUSY',
  487: 'CANCELLED',
  600: 'BUSY',
};

/** The disposition by the status of the final response; `FAILED` if that is unknown. */
export function dispositionOfStatus(text: string | undefined): string {
  const status = wholeNumber(text) ?? 0;
  return status >= 200 && status < 300 ? 'ANSWERED' : (byStatus[status] ?? 'FAILED');
}

/** A SIP status as a CDR has it; undefined if it is none. */
export function sipStatus(text: string | undefined): number | undefined {
  const status = wholeNumber(text);
  return status !== undefined && status >= 100 && status <= 699 ? status : undefined;
}
