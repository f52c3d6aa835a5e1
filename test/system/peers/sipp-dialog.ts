import { registrationSteps } from './scenarios.ts';
import {
  keepHeader,
  receive,
  reference,
  repeatedChallenge,
  scenario,
  sdp,
  send,
  type Attributes,
} from './sipp-elements.ts';

/**
 * Both sides of a call as steps of SIPp's scenarios. A caller registers, proves its password and calls; from its answer
 * on, both sides send their requests by the Contact and the route set of the other one (RFC 3261 §12.2.1.1).
 */

/** What a message has besides the headers of its dialog. `body`: lines of a session description. */
type More = {
  readonly body?: readonly string[];
  readonly lines?: readonly string[];
  readonly attributes?: Attributes;
};

/** Own and the other address, with their tags, as a side writes them into From and To. */
export type Side = { readonly from: string; readonly to: string };

export const callerSide: Side = { from: ' <sip:[field0]@[field1]>;tag=[pid]-[call_number]', to: '[$to]' };
export const calleeSide: Side = { from: '[$to];tag=[pid]-[call_number]', to: '[$from]' };

/** CSeq number of the INVITE that proves the password; further requests of a caller continue with the next. */
export const provenSequence = 4;

const contact = 'Contact: <sip:peer@[local_ip]:[local_port]>';

const requestLines = (method: string, uri: string, sequence: number, { from, to }: Side): readonly string[] => [
  `${method} ${uri} SIP/2.0`,
  'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport',
  'Max-Forwards: 70',
  `From:${from}`,
  `To:${to}`,
  'Call-ID: [call_id]',
  `CSeq: ${sequence} ${method}`,
  contact,
  'User-Agent: SIPp',
];

/** A request within the dialog. */
export const ask = (
  side: Side,
  method: string,
  sequence: number,
  { body, lines = [], attributes }: More = {},
): string =>
  send([...requestLines(method, '[next_url]', sequence, side), '[routes]', ...lines], body, {
    ...(method === 'ACK' ? {} : { retrans: 500 }),
    ...attributes,
  });

/** The response to a request within the dialog, which was the last message. */
export const reply = (status: string, { body, lines = [], attributes }: More = {}): string =>
  send(
    [
      `SIP/2.0 ${status}`,
      '[last_Via:]',
      '[last_From:]',
      '[last_To:]',
      '[last_Call-ID:]',
      '[last_CSeq:]',
      contact,
      ...lines,
    ],
    body,
    attributes,
  );

/** Waits for a request, and answers 200. */
export const accept = (method: string, more: More = {}, ...actions: readonly string[]): string =>
  [receive({ request: method }, ...actions), reply('200 OK', more)].join('\n');

const keep = ['From', 'To', 'CSeq'].map((name) => keepHeader(name, name.toLowerCase()));

/** A callee's INVITE. */
export const invited = (...actions: readonly string[]): string =>
  receive({ request: 'INVITE', rrs: 'true' }, ...keep, ...actions);

const response = (via: string, status: string, { body, lines = [], attributes }: More, ...actions: readonly string[]) =>
  send(
    [
      `SIP/2.0 ${status}`,
      via,
      'From:[$from]',
      'To:[$to];tag=[pid]-[call_number]',
      '[last_Call-ID:]',
      'CSeq:[$cseq]',
      '[last_Record-Route:]',
      contact,
      ...lines,
    ],
    body,
    attributes,
    ...actions,
  );

/** A callee's response to its INVITE, which was the last message. */
export const respond = (status: string, more: More = {}): string => response('[last_Via:]', status, more);

/** A callee rings. With `body`, it has early media. */
export const ring = (more: More = {}): string =>
  response('[last_Via:]', '180 Ringing', more, '<assignstr assign_to="via" value="[last_Via:]"/>');

/** A callee's response to the INVITE for which it rings, after a CANCEL or PRACK: those have other Vias. */
export const respondLater = (status: string, more: More = {}): string => response('[$via]', status, more);

/** A callee's answer, repeated until its ACK. */
export const answer = ({ body = sdp('callee'), ...more }: More = {}): string =>
  [respond('200 OK', { body, ...more, attributes: { retrans: 500 } }), receive({ request: 'ACK' })].join('\n');

/** Where a caller dials a number; another URI stays. */
const dialedUri = (number: string): string => (number.includes(':') ? number : `sip:${number}@[field1]`);

const called = (number: string): Side => ({ ...callerSide, to: ` <${dialedUri(number)}>` });

const invite = (number: string, sequence: number, { body, lines = [] }: More): string =>
  send([...requestLines('INVITE', dialedUri(number), sequence, called(number)), ...lines], body, {
    retrans: 500,
  });

/** The ACK of a caller's INVITE that is rejected. */
const acknowledgeRejection = (number: string, sequence: number = provenSequence): string =>
  send([
    `ACK ${dialedUri(number)} SIP/2.0`,
    '[last_Via:]',
    'Max-Forwards: 70',
    '[last_From:]',
    '[last_To:]',
    '[last_Call-ID:]',
    `CSeq: ${sequence} ACK`,
  ]);

/** The CANCEL of a caller's INVITE, until its ACK. */
export const cancel = (number: string): string =>
  [
    send(
      [
        `CANCEL ${dialedUri(number)} SIP/2.0`,
        '[last_Via:]',
        'Max-Forwards: 70',
        '[last_From:]',
        `To:${called(number).to}`,
        '[last_Call-ID:]',
        `CSeq: ${provenSequence} CANCEL`,
      ],
      [],
      { retrans: 500 },
    ),
    receive({ response: 200 }),
    receive({ response: 487 }),
    acknowledgeRejection(number),
  ].join('\n');

/** A caller that registers and dials. @param body undefined: an offer of G.711 */
export const dial = (number: string, { body = sdp('caller'), lines = [] }: More = {}): string =>
  [
    ...registrationSteps,
    invite(number, 3, { body, lines }),
    receive({ response: 100, optional: 'true' }),
    receive({ response: 407, auth: 'true' }),
    acknowledgeRejection(number, 3),
    invite(number, provenSequence, { body, lines: [...lines, '[field2]'] }),
    repeatedChallenge(407),
    receive({ response: 100, optional: 'true' }),
  ].join('\n');

/** A trunk that dials: its address is trusted, so it is not challenged. */
export const dialFromTrunk = (number: string, { body = sdp('caller') }: Pick<More, 'body'> = {}): string =>
  [
    invite(number, 1, { body }),
    receive({ response: 100, optional: 'true' }),
    receive({ response: 180, optional: 'true' }),
  ].join('\n');

/** A response to the caller. */
export const hears = (status: number, ...actions: readonly string[]): string =>
  receive({ response: status }, ...actions);

/** The answer to the caller, and its ACK. @param body of the ACK, if the INVITE had none */
export const answered = (...actions: readonly string[]): string =>
  receive({ response: 200, rrs: 'true' }, keepHeader('To', 'to'), ...actions);

/** Hangs up. */
export const hangUp = (side: Side, sequence: number): string =>
  [ask(side, 'BYE', sequence), receive({ response: 200 })].join('\n');

/** The caller's call is rejected. */
export const rejected = (number: string, status: number, ...actions: readonly string[]): string =>
  [receive({ response: status }, ...actions), acknowledgeRejection(number)].join('\n');

/** A scenario of one side. */
export function part(...steps: readonly string[]): string {
  const written = new Set(Array.from(steps.join('').matchAll(/ assign_to="(\w+)"/g), ([, variable = '']) => variable));
  return scenario(...steps, ...(written.size === 0 ? [] : [reference(...written)]));
}
