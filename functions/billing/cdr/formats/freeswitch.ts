/**
 * CDRs of FreeSWITCH: `mod_json_cdr`, `mod_xml_cdr`, and lines of `mod_cdr_csv` and `mod_format_cdr`, whose columns are
 * variables of a channel, too (README.md, "FreeSWITCH").
 */
import { definedFields } from '#schema/defined-fields.ts';
import { callTimes, type CallTimes } from './call-times.ts';
import { csvLines, namedCells } from './csv-lines.ts';
import { dispositionOfCause, sipStatus } from './dispositions.ts';
import { malformed, textAt, wholeNumber, type ForeignRecord, type Reader, type ReadOptions } from './foreign-record.ts';
import { readDocuments } from './json-documents.ts';
import { parseXml } from './xml-document.ts';

/** A variable of a channel by its name; undefined if it is not set. */
type Variables = (name: string) => string | undefined;

/** A channel: one leg of a call. */
type Channel = {
  readonly variables: Variables;
  readonly caller: string | undefined;
  readonly callee: string | undefined;
  /** UUID of the leg that has originated this one; undefined for the first leg of a call. */
  readonly originator: string | undefined;
};

const microseconds = /^\d{1,16}$/;

/** An instant in microseconds, as ISO 8601; undefined for 0, with which an event has not happened. */
function instantOf(text: string | undefined): string | undefined {
  if (text === undefined || !microseconds.test(text) || Number(text) === 0) return undefined;
  return new Date(Math.floor(Number(text) / 1_000)).toISOString();
}

function timesOf(variables: Variables, zone: string | undefined): CallTimes {
  const epoch = (name: string): string | undefined => {
    const at = variables(`${name}_epoch`);
    return at === '0' ? undefined : at;
  };
  const text = (name: string): string | undefined => epoch(name) ?? variables(`${name}_stamp`);
  const coarse = callTimes(
    { start: text('start'), answer: text('answer'), end: text('end') },
    { zone },
    {
      duration: wholeNumber(variables('duration')),
    },
  );
  const exact = (name: string): string | undefined => instantOf(variables(`${name}_uepoch`));
  return {
    start_time: exact('start') ?? coarse.start_time,
    answer_time: exact('answer') ?? coarse.answer_time,
    end_time: exact('end') ?? coarse.end_time,
  };
}

/** Fields of `cdr.v1` that a dial plan sets as variables `trunkline_…`. */
const ownFields = ['org_id', 'user_id', 'device_id', 'trunk_id', 'gateway_id', 'direction', 'cost'] as const;

const directions: Readonly<Record<string, string>> = { inbound: 'inbound', outbound: 'outbound', local: 'internal' };

/**
 * The direction as the organization sees it: that of a dial plan that sets `call_direction`, as FusionPBX does, or that
 * of the gateway. `direction` is that of the channel as the switch sees it, so a call from a phone is inbound.
 */
function directionOf(variables: Variables, isFirst: boolean): string | undefined {
  const stated = directions[variables('call_direction') ?? ''];
  if (stated !== undefined) return stated;
  const profile = variables('sofia_profile_name') ?? variables('sip_profile_name');
  return isFirst && profile === 'external' && variables('is_outbound') !== 'true' ? 'inbound' : undefined;
}

/** What the party of a channel has sent. What the switch has sent to it does not say who wanted that. */
const receivedEnds: ReadonlySet<string | undefined> = new Set(['recv_bye', 'recv_cancel', 'recv_refuse']);

/** A cause above 127 is one of FreeSWITCH itself, such as 487 for ORIGINATOR_CANCEL. */
function causeOf(variables: Variables, isFirst: boolean): Readonly<Record<string, unknown>> {
  const q850 = wholeNumber(variables('hangup_cause_q850'));
  const status = sipStatus(variables('sip_term_status') ?? variables('proto_specific_hangup_cause')?.slice(4));
  return {
    ...(q850 === undefined || q850 > 127 ? {} : { q850 }),
    ...(status === undefined ? {} : { sip_code: status }),
    text: variables('hangup_cause')?.slice(0, 256),
    ...(receivedEnds.has(variables('sip_hangup_disposition')) ? { side: isFirst ? 'caller' : 'callee' } : {}),
  };
}

function qualityOf(variables: Variables): Readonly<Record<string, unknown>> {
  const mos = Number(variables('rtp_audio_in_mos'));
  return { ...(mos >= 1 && mos <= 5 ? { mos } : {}), codec: variables('read_codec')?.slice(0, 64) };
}

/** Identity within the call of its first leg. @param uuid of another leg */
const legOf = (uuid: string): string => `b-${uuid.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 14)}`;

function recordOf({ variables, caller, callee, originator }: Channel, zone: string | undefined) {
  const uuid = variables('uuid');
  const times = timesOf(variables, zone);
  const own = ownFields.flatMap((field) => {
    const value = variables(`trunkline_${field}`);
    return value === undefined ? [] : [[field, value] as const];
  });
  return {
    call_id: originator ?? uuid,
    leg: originator === undefined ? 'a' : legOf(uuid ?? ''),
    direction: directionOf(variables, originator === undefined),
    caller,
    callee,
    ...times,
    disposition: times.answer_time === undefined ? dispositionOfCause(variables('hangup_cause')) : 'ANSWERED',
    cause: causeOf(variables, originator === undefined),
    quality: qualityOf(variables),
    account_code: variables('accountcode')?.slice(0, 64),
    custom: definedFields({ sip_call_id: variables('sip_call_id')?.slice(0, 256) }),
    ...Object.fromEntries(own),
  };
}

/** The CDR of a leg, unless the other leg of its call is the CDR. */
function readChannel(given: unknown, channel: Channel, { legs, zone }: ReadOptions): ForeignRecord {
  const { originator, variables } = channel;
  if (legs === 'a' && originator !== undefined) return { given, skipped: `leg ${originator} has this call` };
  const bridged = variables('bridge_uuid') ?? variables('bleg_uuid') ?? variables('originated_legs');
  if (legs === 'b' && originator === undefined && bridged !== undefined)
    return { given, skipped: 'the other leg has this call' };
  return { given, record: recordOf(channel, zone) };
}

/** The text of a value that may be URL-encoded (`encode-values`). */
function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The leg that a document is about. `callflow` has its latest profile first. XML has no lists. */
function channelOf(document: object): Channel {
  const variables = (name: string): string | undefined => {
    const value = textAt(document, 'variables', name);
    return value === undefined ? undefined : decoded(value);
  };
  const profile = (...path: readonly (string | number)[]): string | undefined =>
    textAt(document, 'callflow', 0, 'caller_profile', ...path) ??
    textAt(document, 'callflow', 'caller_profile', ...path);
  return {
    variables,
    caller: profile('caller_id_number') ?? variables('caller_id_number') ?? variables('sip_from_user'),
    callee: profile('destination_number') ?? variables('destination_number') ?? variables('sip_to_user'),
    originator:
      variables('originating_leg_uuid') ??
      variables('originator') ??
      profile('originator', 'originator_caller_profiles', 0, 'uuid') ??
      profile('originator', 'originator_caller_profile', 'uuid'),
  };
}

/** The document of a body, which may be a form: `cdr=` and a text that is plain, URL-encoded or base64 (`encode`). */
function unwrap(text: string): string {
  const body = text.trimStart();
  if (!body.startsWith('cdr=')) return text;
  const value = body.slice('cdr='.length);
  if (/^\s*[{<]/.test(value)) return value;
  return value.startsWith('%')
    ? (new URLSearchParams(body).get('cdr') ?? '')
    : Buffer.from(value, 'base64').toString('utf8');
}

/** The document of `mod_xml_cdr`. */
function readXml(text: string, options: ReadOptions): ForeignRecord {
  const document = parseXml(text);
  const cdr: unknown = document === undefined ? undefined : Reflect.get(document, 'cdr');
  return typeof cdr === 'object' && cdr !== null
    ? readChannel(text, channelOf(cdr), options)
    : malformed(text, 'is no document of mod_xml_cdr');
}

/** Reads documents of `mod_json_cdr`, or one of `mod_xml_cdr`. */
export const readFreeswitch: Reader = (text, options) => {
  const body = unwrap(text);
  return body.trimStart().startsWith('<')
    ? [readXml(body, options)]
    : readDocuments(body, (document) => readChannel(document, channelOf(document), options));
};

/** Columns of the template `example`, the default of `mod_cdr_csv`. */
const exampleColumns = [
  ...['caller_id_name', 'caller_id_number', 'destination_number', 'context', 'start_stamp', 'answer_stamp'],
  ...['end_stamp', 'duration', 'billsec', 'hangup_cause', 'uuid', 'bleg_uuid', 'accountcode', 'read_codec'],
  'write_codec',
] as const;

/** Reads lines of `mod_cdr_csv`, whose columns are the variables of a template. */
export const readFreeswitchCsv: Reader = (text, options) =>
  csvLines(text).map((read) => {
    if ('problem' in read) return malformed(read.line, read.problem);
    const columns = options.columns ?? exampleColumns;
    const cells = namedCells(read.cells, columns);
    if (cells === undefined)
      return malformed(read.line, `has ${read.cells.length} columns, and ${columns.length} are expected`);
    const variables: Variables = (name) => textAt(cells, name);
    return readChannel(
      read.line,
      {
        variables,
        caller: variables('caller_id_number'),
        callee: variables('destination_number'),
        originator: variables('originating_leg_uuid') ?? variables('originator'),
      },
      options,
    );
  });
