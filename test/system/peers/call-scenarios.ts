import {
  keepHeader,
  pause,
  receive,
  repeatedChallenge,
  scenario,
  sdp,
  send,
  type Attributes,
} from './sipp-elements.ts';

/** Calls for SIPp. */

const request = (method: string, uri: string, lines: readonly string[]): readonly string[] => [
  `${method} ${uri} SIP/2.0`,
  'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport',
  'Max-Forwards: 70',
  'From: <sip:[field0]@[field1]>;tag=[pid]-[call_number]',
  ...lines,
  'Call-ID: [call_id]',
  'User-Agent: SIPp',
];

const contact = 'Contact: <sip:[field0]@[local_ip]:[local_port]>';

const invite = (called: string, sequence: number, proof: readonly string[] = []): string =>
  send(
    [
      ...request('INVITE', `sip:${called}@[field1]`, [`To: <sip:${called}@[field1]>`]),
      `CSeq: ${sequence} INVITE`,
      contact,
      ...proof,
    ],
    sdp('caller'),
    { retrans: 500 },
  );

/** The ACK of a response that rejects the INVITE. */
const acknowledgeRejection = (called: string, sequence: number): string =>
  send([
    `ACK sip:${called}@[field1] SIP/2.0`,
    '[last_Via:]',
    'Max-Forwards: 70',
    '[last_From:]',
    '[last_To:]',
    '[last_Call-ID:]',
    `CSeq: ${sequence} ACK`,
  ]);

const inDialog = (method: string, sequence: number, attributes: Attributes = {}): string =>
  send([...request(method, '[next_url]', ['To:[$to]']), `CSeq: ${sequence} ${method}`], [], attributes);

const challenged = (called: string): readonly string[] => [
  invite(called, 1),
  receive({ response: 100, optional: 'true' }),
  receive({ response: 407, auth: 'true' }),
  acknowledgeRejection(called, 1),
  invite(called, 2, ['[field2]']),
  repeatedChallenge(407),
  receive({ response: 100, optional: 'true' }),
];

/** The 200 of an INVITE, whose To the requests within the dialog repeat. */
const keepTo = receive({ response: 200, rrs: 'true' }, keepHeader('To', 'to'));

/** A registered phone that calls, is answered, and hangs up after a while. @param talk milliseconds */
export const callAndHangUp = (called: string, talk: number): string =>
  scenario(
    ...challenged(called),
    receive({ response: 180, optional: 'true' }),
    keepTo,
    inDialog('ACK', 2),
    pause(talk),
    inDialog('BYE', 3, { retrans: 500 }),
    receive({ response: 200 }),
  );

/** A registered phone that calls, is answered, and is hung up. */
export const callAndAwaitHangUp = (called: string): string =>
  scenario(
    ...challenged(called),
    receive({ response: 180, optional: 'true' }),
    keepTo,
    inDialog('ACK', 2),
    receive({ request: 'BYE' }),
    respondInDialog('200 OK'),
  );

/** A registered phone that calls, and is rejected with a status. */
export const callAndFail = (called: string, status: number): string =>
  scenario(
    ...challenged(called),
    receive({ response: 180, optional: 'true' }),
    receive({ response: status }),
    acknowledgeRejection(called, 2),
  );

const respond = (status: string, body: readonly string[] = [], attributes: Attributes = {}): string =>
  send(
    [
      `SIP/2.0 ${status}`,
      '[last_Via:]',
      '[last_From:]',
      '[last_To:];tag=[pid]-[call_number]',
      '[last_Call-ID:]',
      '[last_CSeq:]',
      'Contact: <sip:callee@[local_ip]:[local_port]>',
    ],
    body,
    attributes,
  );

const respondInDialog = (status: string): string =>
  send([`SIP/2.0 ${status}`, '[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]']);

/** A phone that rings for some milliseconds, answers, and is hung up. */
export const answerAfter = (milliseconds: number): string => answering(pause(milliseconds));

const answering = (...ringing: readonly string[]): string =>
  scenario(
    receive({ request: 'INVITE' }),
    respond('180 Ringing'),
    ...ringing,
    respond('200 OK', sdp('callee'), { retrans: 500 }),
    receive({ request: 'ACK' }),
    receive({ request: 'BYE' }),
    respondInDialog('200 OK'),
  );

/** A phone that rings and answers, and is hung up. */
export const answer = answering();

/** A phone or gateway that rejects. */
export const reject = (status: string): string =>
  scenario(receive({ request: 'INVITE' }), respond(status), receive({ request: 'ACK' }));

/** A phone that makes offers where it is asked for them, and answers re-INVITEs (RFC 3725, Flow III), until BYE. */
export const thirdParty = (offers: boolean): string =>
  scenario(
    receive({ request: 'INVITE' }),
    respond('180 Ringing'),
    respond('200 OK', sdp('callee'), { retrans: 500 }),
    receive({ request: 'ACK' }),
    ...(offers
      ? [
          receive({ request: 'INVITE' }),
          send(
            [
              'SIP/2.0 200 OK',
              '[last_Via:]',
              '[last_From:]',
              '[last_To:]',
              '[last_Call-ID:]',
              '[last_CSeq:]',
              'Contact: <sip:callee@[local_ip]:[local_port]>',
            ],
            sdp('callee'),
            { retrans: 500 },
          ),
          receive({ request: 'ACK' }),
        ]
      : []),
    receive({ request: 'BYE' }),
    respondInDialog('200 OK'),
  );

/** An INVITE without credentials, or with wrong ones. @param lines further header lines */
export const strangersInvite = (called: string, status: number, lines: readonly string[] = []): string =>
  scenario(
    invite(called, 1, lines),
    receive({ response: 100, optional: 'true' }),
    receive({ response: status }),
    acknowledgeRejection(called, 1),
  );
