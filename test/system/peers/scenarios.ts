import {
  expecting,
  label,
  note,
  pause,
  receive,
  reference,
  repeatedChallenge,
  scenario,
  send,
  type Attributes,
} from './sipp-elements.ts';

/** Scenarios for SIPp. */

/** SIPp's name for a transaction, without which it does not accept an answer to an earlier CSeq. */
const late = 'late';

type Register = { readonly sequence: number; readonly expires?: number; readonly proves?: boolean };

const register = ({ sequence, expires = 600, proves = false }: Register, attributes: Attributes = {}): string =>
  send(
    [
      'REGISTER sip:[field1] SIP/2.0',
      'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport',
      'Max-Forwards: 70',
      'From: <sip:[field0]@[field1]>;tag=[pid]-[call_number]',
      'To: <sip:[field0]@[field1]>',
      'Call-ID: [call_id]',
      `CSeq: ${sequence} REGISTER`,
      'Contact: <sip:[field0]@[local_ip]:[local_port]>',
      `Expires: ${expires}`,
      'User-Agent: SIPp',
      ...(proves ? ['[field2]'] : []),
    ],
    [],
    { retrans: 500, ...attributes },
  );

/** A registration with digest, with the first two CSeq numbers. */
export const registrationSteps: readonly string[] = [
  register({ sequence: 1 }),
  receive({ response: 401, auth: 'true' }),
  label('proof'),
  register({ sequence: 2, proves: true }),
  repeatedChallenge(401),
  // After a repeated challenge SIPp repeats its request no more by itself.
  receive({ response: 200, timeout: 5_000, ontimeout: 'proof' }),
];

/** A phone that registers with digest. */
export const registration = scenario(...registrationSteps);

/** A phone whose de-registration arrives after its next REGISTER and is rejected (RFC 3261 §10.3, step 7). */
export const overtakenRegistration = scenario(
  ...registrationSteps,
  register({ sequence: 4, proves: true }),
  receive({ response: 200 }),
  register({ sequence: 3, proves: true, expires: 0 }, { start_txn: late }),
  receive({ response: 500, response_txn: late }),
);

/** What is subscribed to, and the type of its bodies. */
type Watched = { readonly user: string; readonly event: string; readonly accept: string };

type Subscribe = Register & { readonly inDialog?: boolean; readonly to?: Watched };

const ownMailbox: Watched = {
  user: '[field0]',
  event: 'message-summary',
  accept: 'application/simple-message-summary',
};

const subscribe = ({ sequence, expires = 600, proves = false, inDialog = false, to = ownMailbox }: Subscribe): string =>
  send(
    [
      `SUBSCRIBE sip:${to.user}@[field1] SIP/2.0`,
      'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport',
      'Max-Forwards: 70',
      'From: <sip:[field0]@[field1]>;tag=[pid]-[call_number]',
      `To: <sip:${to.user}@[field1]>${inDialog ? '[peer_tag_param]' : ''}`,
      'Call-ID: [call_id]',
      `CSeq: ${sequence} SUBSCRIBE`,
      'Contact: <sip:[field0]@[local_ip]:[local_port]>',
      `Event: ${to.event}`,
      `Accept: ${to.accept}`,
      `Expires: ${expires}`,
      ...(proves ? ['[field2]'] : []),
    ],
    [],
    { retrans: 500 },
  );

/** A subscription with digest, with the first two CSeq numbers. */
const subscriptionSteps = (to: Watched): readonly string[] => [
  subscribe({ sequence: 1, to }),
  receive({ response: 401, auth: 'true' }),
  label('proof'),
  subscribe({ sequence: 2, proves: true, to }),
  repeatedChallenge(401),
  // After a repeated challenge SIPp repeats its request no more by itself.
  receive({ response: 200, timeout: 5_000, ontimeout: 'proof' }),
];

const notified = (...texts: readonly string[]): string => notifiedAnd(texts);

const notifiedAnd = (texts: readonly string[], ...actions: readonly string[]): string =>
  [receive({ request: 'NOTIFY' }, ...texts.map(expecting), ...actions), respondTo('SIP/2.0 200 OK')].join('\n');

/** A response within a dialog. */
const respondTo = (statusLine: string): string =>
  send([statusLine, '[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]']);

/**
 * A phone that subscribes to its mailbox, which is empty, and notes that; gets a message, and ends the subscription.
 * Each state is notified.
 */
export const subscription = scenario(
  ...subscriptionSteps(ownMailbox),
  notifiedAnd(['Subscription-State: active;expires=(600|59[0-9])', 'Voice-Message: 0/0'], note('empty')),
  notified('Messages-Waiting: yes', 'Voice-Message: 1/0'),
  subscribe({ sequence: 3, proves: true, expires: 0, inDialog: true }),
  receive({ response: 200 }),
  notified('Subscription-State: terminated;reason=timeout', 'Voice-Message: 1/0'),
  reference('found'),
);

/**
 * A phone that watches a line while it is called, answers and hangs up, and then ends its subscription. It notes each
 * state.
 */
export function watchingLine(extension: string): string {
  const to = { user: extension, event: 'dialog', accept: 'application/dialog-info+xml' };
  const stateOf = (version: number, state: string): string =>
    notifiedAnd(['Content-Type: application/dialog-info.xml', `version=.${version}. .*state>${state}<`], note(state));
  return scenario(
    ...subscriptionSteps(to),
    stateOf(0, 'terminated'),
    stateOf(1, 'trying'),
    stateOf(2, 'early'),
    stateOf(3, 'confirmed'),
    stateOf(4, 'terminated'),
    subscribe({ sequence: 3, proves: true, expires: 0, inDialog: true, to }),
    receive({ response: 200 }),
    notified('Subscription-State: terminated;reason=timeout', `entity=.sip:${extension}@`),
    reference('found'),
  );
}

/** A response with further header lines. */
const respond = (statusLine: string, ...lines: readonly string[]): string =>
  send([
    statusLine,
    '[last_Via:]',
    '[last_From:]',
    '[last_To:];tag=[pid]-[call_number]',
    '[last_Call-ID:]',
    '[last_CSeq:]',
    ...lines,
  ]);

/** A peer that answers each request of a method in the same way. */
export const answerWith = (method: string, status: string): string =>
  scenario(receive({ request: method }), respond(`SIP/2.0 ${status}`));

/** A registrar that redirects. @param contact as in the Contact header */
export const redirectRegister = (contact: string): string =>
  scenario(receive({ request: 'REGISTER' }), respond('SIP/2.0 302 Moved Temporarily', `Contact: ${contact}`));

const realm = 'carrier.example';
const digest = (nonce: string): string =>
  `WWW-Authenticate: Digest realm="${realm}", realm="${realm}", nonce="${nonce}", qop="auth", algorithm=MD5`;

/**
 * A registrar with the habits of several: a longer minimum, other schemes beside Digest, a doubled realm, a nonce that
 * is stale at its first use, a status line without its last space, and a rewritten Contact.
 */
export const peculiarRegistrar = scenario(
  receive({ request: 'REGISTER' }),
  respond('SIP/2.0 423 Interval Too Brief', 'Min-Expires: 7200'),
  receive({ request: 'REGISTER' }),
  respond(
    'SIP/2.0 401 Unauthorized',
    'WWW-Authenticate: Negotiate',
    'WWW-Authenticate: Bearer YIIJvwYGKwYBBQUCoIIJ==',
    digest('one'),
  ),
  receive({ request: 'REGISTER' }),
  respond('SIP/2.0 401 Unauthorized', `${digest('two')}, stale=true`),
  receive({ request: 'REGISTER' }),
  respond('SIP/2.0 200', 'Contact: <sip:line@198.51.100.7:62001>;expires=900', 'Expires: 7200'),
);

/** A registrar that is overloaded for two seconds. */
export const busyRegistrar = scenario(
  receive({ request: 'REGISTER' }),
  respond('SIP/2.0 503 Service Unavailable', 'Retry-After: 2 (restarting)'),
  receive({ request: 'REGISTER' }),
  respond('SIP/2.0 200 OK', 'Expires: 600'),
);

/** A peer that receives a method and does not answer. */
export const ignore = (method: string): string => scenario(receive({ request: method }), pause(600_000));
