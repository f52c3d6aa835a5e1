import { beforeAll, describe, test } from 'vitest';
import { needs } from '../../support/tools.ts';
import { newOffice, playBetween as play, type Office } from './office.ts';
import { playCall } from './played-call.ts';
import * as sip from './sipp-dialog.ts';
import { expecting, keepHeader, receive, sdp } from './sipp-elements.ts';

needs('sipp');

// What Asterisk's test suite proves of hold, 100rel and session timers (tests/channels/pjsip), between two phones.

let office: Office;
beforeAll(async () => {
  office = await newOffice(32);
});

const playBetween = (caller: (extension: string) => readonly string[], callee: readonly string[]): Promise<void> =>
  play(office, caller, callee);

const { callerSide, calleeSide, provenSequence } = sip;
const acknowledge = (): string => sip.ask(callerSide, 'ACK', provenSequence);

/** A description whose media come from no address: the older form of hold (RFC 3264 §8.4). */
const fromNowhere = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => (line.startsWith('c=') ? 'c=IN IP4 0.0.0.0' : line));

type Hold = { readonly offer: readonly string[]; readonly heard: string; readonly answer: readonly string[] };

const held: Hold = {
  offer: sdp('callee', 'a=sendonly'),
  heard: 'a=sendonly',
  answer: sdp('caller', 'a=recvonly'),
};
const resumed: Hold = { offer: sdp('callee', 'a=sendrecv'), heard: 'a=sendrecv', answer: sdp('caller', 'a=sendrecv') };

/** The callee offers by a request; the caller gets a re-INVITE, and answers. */
const offered = (method: 'INVITE' | 'UPDATE', { offer, heard, answer }: Hold) => ({
  caller: [
    sip.accept('INVITE', { body: answer, attributes: { retrans: 500 } }, expecting(heard)),
    receive({ request: 'ACK' }),
  ],
  callee: (sequence: number) => [
    sip.ask(calleeSide, method, sequence, { body: offer }),
    receive({ response: 100, optional: 'true' }),
    receive({ response: 200 }, expecting(answer.at(-1) ?? '')),
    ...(method === 'INVITE' ? [sip.ask(calleeSide, 'ACK', sequence)] : []),
  ],
});

/** The callee repeats its offer, which renegotiates nothing (RFC 3264 §8): the caller gets nothing. */
const repeated = (method: 'INVITE' | 'UPDATE', again: Hold) => ({ ...offered(method, again), caller: [] });

/** The callee asks for an offer (RFC 3261 §14.1): that of the caller passes, and its answer comes with the ACK. */
const asked = {
  caller: [
    sip.accept('INVITE', { body: resumed.answer, attributes: { retrans: 500 } }, expecting('Content-Length: 0')),
    receive({ request: 'ACK' }, expecting('o=callee')),
  ],
  callee: (sequence: number) => [
    sip.ask(calleeSide, 'INVITE', sequence),
    receive({ response: 100, optional: 'true' }),
    receive({ response: 200 }, expecting('o=caller')),
    sip.ask(calleeSide, 'ACK', sequence, { body: resumed.offer }),
  ],
};

const hold = offered('INVITE', held);
const resume = offered('INVITE', resumed);
const byAddress: Hold = { offer: fromNowhere(sdp('callee')), heard: 'c=IN IP4 0.0.0.0', answer: sdp('caller') };
const byBoth: Hold = { ...held, offer: fromNowhere(held.offer) };
const alaw = (user: string, direction: string): readonly string[] =>
  sdp(user, direction).map((line) =>
    line.replace('RTP/AVP 0', 'RTP/AVP 8 3').replace('rtpmap:0 PCMU', 'rtpmap:8 PCMA'),
  );
const inAlaw: Hold = {
  offer: alaw('callee', 'a=sendonly'),
  heard: 'RTP/AVP 8 3',
  answer: alaw('caller', 'a=recvonly'),
};
const inactiveInAlaw: Hold = {
  offer: alaw('callee', 'a=inactive'),
  heard: 'RTP/AVP 8 3',
  answer: alaw('caller', 'a=inactive'),
};

describe.concurrent('hold', () => {
  test.each([
    ['by direction, and resume', [hold, resume]],
    ['by direction, and resume by a re-INVITE without offer', [hold, asked]],
    ['by the address 0.0.0.0, and resume', [offered('INVITE', byAddress), resume]],
    ['by address and direction, and resume', [offered('INVITE', byBoth), resume]],
    ['twice, and resume by a re-INVITE without offer', [hold, repeated('INVITE', held), asked]],
    ['by re-INVITE and again by UPDATE, and resume without offer', [hold, repeated('UPDATE', held), asked]],
    ['keeps the order of the codecs', [offered('INVITE', inAlaw), offered('UPDATE', inactiveInAlaw)]],
  ])('%s', (_name, exchanges) =>
    playBetween(
      (bob) => [
        sip.dial(bob),
        sip.hears(180),
        sip.answered(),
        acknowledge(),
        ...exchanges.flatMap(({ caller }) => caller),
        sip.accept('BYE'),
      ],
      [
        sip.invited(),
        sip.ring(),
        sip.answer(),
        ...exchanges.flatMap(({ callee }, at) => callee(at + 1)),
        sip.hangUp(calleeSide, exchanges.length + 1),
      ],
    ),
  );
});

/** The caller hears a reliable 180, and acknowledges it. */
const heardReliably = [
  receive(
    { response: 180, rrs: 'true' },
    expecting('Require:.*100rel'),
    keepHeader('To', 'to'),
    keepHeader('RSeq', 'rseq'),
  ),
  sip.ask(callerSide, 'PRACK', provenSequence + 1, { lines: [`RAck:[$rseq] ${provenSequence} INVITE`] }),
  receive({ response: 200 }, expecting(`CSeq: ${provenSequence + 1} PRACK`)),
];
const isAnswered = [sip.answered(expecting(`CSeq: ${provenSequence} INVITE`)), acknowledge()];
const ends = [...isAnswered, sip.accept('BYE')];
const isUpLater = [
  sip.respondLater('200 OK', { body: sdp('callee'), attributes: { retrans: 500 } }),
  receive({ request: 'ACK' }),
];
const answersLater = [...isUpLater, sip.hangUp(calleeSide, 1)];

describe.concurrent('100rel', () => {
  test('a caller that requires it hears reliable responses', () =>
    playBetween(
      // The 2xx waits for the PRACK of a description: a callee that hangs up before that leaves none.
      (bob) => [
        sip.dial(bob, { lines: ['Require: 100rel'] }),
        ...[...heardReliably, ...isAnswered],
        sip.hangUp(callerSide, provenSequence + 2),
      ],
      [sip.invited(), sip.ring({ body: sdp('callee') }), ...isUpLater, sip.accept('BYE')],
    ));

  test.each([
    ['supports it, but does not require it,', ['Supported: 100rel']],
    ['does not know it', []],
  ])('a caller that %s hears plain ones, and that the platform knows it', (_what, lines) =>
    playBetween(
      (bob) => [
        sip.dial(bob, { lines }),
        sip.hears(180),
        sip.answered(expecting('Supported:.*100rel')),
        acknowledge(),
        sip.accept('BYE'),
      ],
      [sip.invited(), sip.ring(), ...answersLater],
    ),
  );

  test('a reliable response of the callee is acknowledged by PRACK', () =>
    playBetween(
      (bob) => [sip.dial(bob), sip.hears(180), ...ends],
      [
        sip.invited(expecting('Supported:.*100rel')),
        sip.ring({ lines: ['Require: 100rel', 'RSeq: 3000'], body: sdp('callee') }),
        sip.accept('PRACK', {}, expecting('RAck: 3000 [0-9]+ INVITE')),
        ...answersLater,
      ],
    ));

  test('a plain response of a callee that supports it is not acknowledged', () =>
    playBetween(
      (bob) => [sip.dial(bob), sip.hears(180), ...ends],
      [
        sip.invited(),
        sip.ring({ lines: ['Supported: 100rel'], body: sdp('callee') }),
        // A PRACK would be unexpected here.
        ...answersLater,
      ],
    ));
});

describe.concurrent('session timers', () => {
  test('an interval that is too small is rejected with the least one', async () => {
    const { extension } = await office.registeredPhone();
    await playCall({
      ...office.phone(),
      scenario: sip.part(
        sip.dial(extension, { lines: ['Supported: timer', 'Session-Expires: 60;refresher=uac'] }),
        sip.rejected(extension, 422, expecting('Min-SE: 90')),
      ),
    });
  });

  test('the least interval is accepted, and the caller refreshes as it asks for', () =>
    playBetween(
      (bob) => [
        sip.dial(bob, { lines: ['Supported: timer', 'Session-Expires: 90;refresher=uac'] }),
        sip.hears(180),
        sip.answered(expecting('Session-Expires: 90;refresher=uac')),
        acknowledge(),
        sip.ask(callerSide, 'UPDATE', provenSequence + 1, {
          lines: ['Supported: timer', 'Session-Expires: 90;refresher=uac'],
        }),
        receive({ response: 200 }, expecting('Session-Expires: 90;refresher=uac')),
        sip.hangUp(callerSide, provenSequence + 2),
      ],
      [sip.invited(), sip.ring(), sip.answer(), sip.accept('BYE')],
    ));
});
