import { parseAddress } from '#sip/address.ts';
import { Fault } from '#sip/fault.ts';
import { quote, splitList } from '#sip/grammar.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import type { Failure } from '#sip/session/session.ts';
import { passedStatus } from '../call/causes.ts';
import type { PassedAnswer } from '../call/hunt.ts';
import type { PeerTrust } from '../routing/target.ts';

/**
 * What of a final response of a callee passes to the caller, besides its status
 * (functions/sip-sidecar/calls/legs/README.md, "Answers that come back"). What is not named here passes to no one, so
 * that no peer sets anything at the other side.
 */

/** The responses that say something of the callee; others are about our request, and are no matter of the caller. */
const ofCallee: ReadonlySet<number> = new Set([404, 480, 486, 600, 603]);
const ofMedia: ReadonlySet<number> = new Set([488, 606]);
/** RFC 8197, RFC 8688. */
const unwanted: ReadonlySet<number> = new Set([607, 608]);

/** RFC 6442 §4.3. */
const ofLocation: ReadonlySet<number> = new Set([424]);

type Rule = {
  /** Default: every response whose status passes. */
  readonly statuses?: ReadonlySet<number>;
  /** Whose responses. Default: everyone's. */
  readonly from?: readonly PeerTrust[];
  /** The headers as they pass. */
  readonly read: (headers: Headers) => Headers;
};

const rules: readonly Rule[] = [
  { read: reasons },
  { statuses: ofCallee, read: retryAfter },
  { statuses: ofMedia, read: warnings },
  { statuses: unwanted, from: ['pbx', 'carrier', 'stranger'], read: redress },
  { statuses: ofLocation, from: ['pbx', 'carrier', 'stranger'], read: locationError },
];

/** Phrases that say more than their status (ATIS-1000099). */
const phrases: Readonly<Record<number, string>> = { 603: 'Network Blocked' };

/** A redirection, or a response about our INVITE: no part of it is for the caller, who gets another status. */
const isForUs = (status: number): boolean => passedStatus(status) !== status;

/** What passes of a response. @param from whose it is. @returns undefined if nothing does */
export function passedAnswer({ by, status, reason, headers }: Failure, from: PeerTrust): PassedAnswer | undefined {
  if (by !== 'peer' || headers === undefined || isForUs(status)) return undefined;
  const passed = rules
    .filter((rule) => (rule.statuses?.has(status) ?? true) && (rule.from?.includes(from) ?? true))
    .flatMap(({ read }) => [...read(headers)]);
  const phrase = phrases[status];
  return {
    headers: new Headers(passed),
    ...(phrase !== undefined && reason.toLowerCase() === phrase.toLowerCase() ? { reason: phrase } : {}),
  };
}

const maxReasons = 4;
const maxText = 128;
/** Causes by protocols (RFC 3326 §2, RFC 9366): their spelling, and the highest one. */
const protocols: Readonly<Record<string, readonly [name: string, max: number]>> = {
  sip: ['SIP', 699],
  'q.850': ['Q.850', 127],
  stir: ['STIR', 699],
};

/** Reason (RFC 3326), with its text and the `location` of RFC 8606: the first value of each protocol. */
function reasons(headers: Headers): Headers {
  const values = headers.all(header.reason);
  if (values instanceof Fault) return Headers.none;
  const seen = new Set<string>();
  const passed = values.slice(0, maxReasons).flatMap(({ value, parameters }) => {
    const [name, max] = protocols[value.toLowerCase()] ?? [];
    const cause = parameters.get('cause') ?? '';
    if (name === undefined || max === undefined || seen.has(name)) return [];
    if (!/^[0-9]{1,3}$/.test(cause) || Number(cause) > max) return [];
    seen.add(name);
    const text = parameters.get('text') ?? '';
    const location = parameters.get('location') ?? '';
    const kept = new Parameters([
      ['cause', String(Number(cause))],
      ...(isText(text) ? ([['text', quote(text)]] as const) : []),
      ...(/^[\w-]{1,16}$/.test(location) ? ([['location', location]] as const) : []),
    ]);
    return [{ value: name, parameters: kept }];
  });
  return passed.length === 0 ? Headers.none : Headers.none.append(header.reason, ...passed);
}

/** What a peer says of a cause, for people: without control characters, which logs and pages would take for more. */
export const textOfReason = (text: string | undefined): { readonly text?: string } =>
  text !== undefined && isText(text) ? { text } : {};

/** Without control characters. */
const isText = (text: string): boolean => /^[^\p{Cc}]+$/u.test(text) && Buffer.byteLength(text) <= maxText;

/** Seconds of Retry-After (RFC 3261 §20.33), without comments and parameters: an hour at most. */
function retryAfter(headers: Headers): Headers {
  const value = headers.first(header.retryAfter);
  const seconds = typeof value === 'string' ? Number(/^\d{1,9}/.exec(value)?.[0] ?? 0) : 0;
  return seconds === 0 ? Headers.none : Headers.none.append(header.retryAfter, String(Math.min(seconds, 3_600)));
}

const maxWarnings = 3;
/** A code of RFC 3261 §20.43 about a session description, and its text. */
const warning = /^(3[0-9]{2}) \S+ "((?:[^"\\\p{Cc}]|\\[^\p{Cc}])*)"$/u;

/** Warning, in whose place of the host that warns is `callee`: hosts of carriers are not named to others. */
function warnings(headers: Headers): Headers {
  return headers
    .fields(header.warning)
    .flatMap(({ value }) => splitList(value))
    .slice(0, maxWarnings)
    .flatMap((value) => {
      const [, code = '', text = ''] = warning.exec(value) ?? [];
      return code !== '' && Buffer.byteLength(text) <= maxText ? [`${code} callee "${text}"`] : [];
    })
    .reduce((all, value) => all.append(header.warning, value), Headers.none);
}

const cardHeader = textHeader('Call-Info');
const maxUri = 512;

/** Call-Info with the card of who has blocked the call (RFC 8688 §3.2), and no other one: an URI of HTTPS. */
function redress(headers: Headers): Headers {
  for (const value of headers.fields(cardHeader).flatMap((field) => splitList(field.value))) {
    const read = parseAddress(value);
    if (read instanceof Fault || read.uri.scheme !== 'other') continue;
    const { text } = read.uri;
    if (!/^https:\/\//i.test(text) || text.length > maxUri || read.parameters.get('purpose') !== 'jwscard') continue;
    return Headers.none.append(cardHeader, `<${text}>;purpose=jwscard`);
  }
  return Headers.none;
}

const locationErrorHeader = textHeader('Geolocation-Error');
/** A code of RFC 6442 §9.3, and its text. */
const locationErrorForm = /^([1-9][0-9]{2})(?![0-9])(?:\s*;\s*code\s*=\s*("(?:[^"\\\p{Cc}]|\\[^\p{Cc}])*"))?/iu;

/** Geolocation-Error (RFC 6442 §4.3): why the location of the caller is of no use, without further parameters. */
function locationError(headers: Headers): Headers {
  const value = headers.first(locationErrorHeader);
  const [, code, text = ''] = typeof value === 'string' ? (locationErrorForm.exec(value) ?? []) : [];
  if (code === undefined || Buffer.byteLength(text) > maxText) return Headers.none;
  return Headers.none.append(locationErrorHeader, text === '' ? code : `${code};code=${text}`);
}
