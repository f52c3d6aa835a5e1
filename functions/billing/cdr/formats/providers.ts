/** What providers of the telephone network keep of calls (README.md, "OpenSIPS, Twilio and Telnyx"). */
import { definedFields } from '#schema/defined-fields.ts';
import { second } from '#schema/time.ts';
import { isoOf } from './call-times.ts';
import { dispositionOfCause, sipStatus } from './dispositions.ts';
import { malformed, textAt, wholeNumber, type ForeignRecord, type Reader } from './foreign-record.ts';
import { readDocuments } from './json-documents.ts';

const twilioStatuses: Readonly<Record<string, string>> = {
  completed: 'ANSWERED',
  busy: 'BUSY',
  'no-answer': 'NO ANSWER',
  canceled: 'CANCELLED',
  failed: 'FAILED',
};

/** Calls from trunks are `trunking-terminating`: they end in the telephone network. */
const inbound: readonly (string | undefined)[] = ['inbound', 'trunking-originating'];

/** RFC 2822, as in `Mon, 16 Nov 2026 10:30:00 +0000`, or ISO 8601. */
const instantOf = (text: string | undefined): string | undefined =>
  text === undefined || Number.isNaN(Date.parse(text)) ? undefined : new Date(text).toISOString();

/** What the call cost. Prices are negative, and null until Twilio has rated the call: then the cost is not known. */
function costOf(price: string | undefined): string | undefined {
  const amount = /^-?(\d{1,9}(?:\.\d{1,6})?)$/.exec(price ?? '')?.[1];
  return amount;
}

/** A child is another leg of the call of its parent. */
const identityOf = (sid: string | undefined, parent: string | undefined) =>
  parent === undefined ? { call_id: sid, leg: 'a' } : { call_id: parent, leg: `b-${sid?.slice(-14) ?? ''}` };

function readTwilioCall(given: object): ForeignRecord {
  const field = (name: string): string | undefined => textAt(given, name);
  const status = field('status');
  const disposition = twilioStatuses[status ?? ''];
  if (disposition === undefined) return malformed(given, `is of a call that is not over (${status ?? 'no status'})`);
  return {
    given,
    record: {
      ...identityOf(field('sid'), field('parent_call_sid')),
      direction: inbound.includes(field('direction')) ? 'inbound' : 'outbound',
      caller: field('from') ?? 'anonymous',
      callee: field('to'),
      start_time: instantOf(field('start_time') ?? field('date_created')),
      end_time: instantOf(field('end_time') ?? field('date_updated')),
      duration: disposition === 'ANSWERED' ? wholeNumber(field('duration')) : undefined,
      disposition,
      cost: costOf(field('price')),
      answered_by: field('answered_by'),
    },
  };
}

/** Reads call resources of Twilio (Programmable Voice, "Call resource"): one, a list, or a page of them. */
export const readTwilio: Reader = (text) => readDocuments(text, readTwilioCall, 'calls');

const telnyxDirections: Readonly<Record<string, string>> = {
  inbound: 'inbound',
  incoming: 'inbound',
  outbound: 'outbound',
  outgoing: 'outbound',
};

/** When the call was answered: records of some products have the seconds of talk only. */
function telnyxAnswer(given: object): string | undefined {
  const [talk, end] = [wholeNumber(textAt(given, 'call_sec')) ?? 0, Date.parse(textAt(given, 'finished_at') ?? '')];
  return textAt(given, 'answered_at') ?? (talk === 0 ? undefined : isoOf(end - talk * second));
}

function telnyxRecord(given: object): Readonly<Record<string, unknown>> {
  const field = (name: string): string | undefined => textAt(given, name);
  const answered = telnyxAnswer(given);
  const cause = field('hangup_cause');
  const status = sipStatus(field('sip_invite_failure_status'));
  return {
    call_id: field('telnyx_leg_id') ?? field('id') ?? field('uuid'),
    direction: telnyxDirections[field('direction') ?? ''],
    caller: field('cli') ?? 'anonymous',
    callee: field('cld') ?? field('dest_number'),
    start_time: field('started_at') ?? answered ?? field('finished_at'),
    ...(answered === undefined ? {} : { answer_time: answered }),
    end_time: field('finished_at'),
    disposition: answered === undefined ? dispositionOfCause(cause) : 'ANSWERED',
    cause: definedFields({ sip_code: status, text: cause?.slice(0, 256) }),
    cost: field('cost'),
  };
}

/** Reads detail records of Telnyx (`GET /v2/detail_records`): one, a list, or a page of them. */
export const readTelnyx: Reader = (text) =>
  readDocuments(text, (given) => ({ given, record: telnyxRecord(given) }), 'data');
