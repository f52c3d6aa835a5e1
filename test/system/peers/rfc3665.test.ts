import { beforeAll, describe, test } from 'vitest';
import { needs } from '../../support/tools.ts';
import { newOffice, playBetween as play, type Office } from './office.ts';
import * as sip from './sipp-dialog.ts';
import { expecting, receive, sdp } from './sipp-elements.ts';

needs('sipp');

// The flows of RFC 3665 §3 by name, with the sidecar in the place of the proxies.

let office: Office;
beforeAll(async () => {
  office = await newOffice(16);
});

const playBetween = (caller: (extension: string) => readonly string[], callee: readonly string[]): Promise<void> =>
  play(office, caller, callee);

const { callerSide, calleeSide, provenSequence } = sip;
const acknowledge = (body?: readonly string[]): string =>
  sip.ask(callerSide, 'ACK', provenSequence, body === undefined ? {} : { body });

describe.concurrent('RFC 3665', () => {
  test('§3.1 Successful Session Establishment', () =>
    playBetween(
      (bob) => [sip.dial(bob), sip.hears(180), sip.answered(expecting('o=callee')), acknowledge(), sip.accept('BYE')],
      [sip.invited(expecting('o=caller')), sip.ring(), sip.answer(), sip.hangUp(calleeSide, 1)],
    ));

  test('§3.6 Session with SDP in ACK', () =>
    playBetween(
      (bob) => [
        sip.dial(bob, { body: [] }),
        sip.hears(180),
        sip.answered(expecting('o=callee')),
        acknowledge(sdp('caller')),
        sip.accept('BYE'),
      ],
      [
        sip.invited(expecting('Content-Length: 0')),
        sip.ring(),
        sip.respond('200 OK', { body: sdp('callee'), attributes: { retrans: 500 } }),
        receive({ request: 'ACK' }, expecting('o=caller')),
        sip.hangUp(calleeSide, 1),
      ],
    ));

  test('§3.7 Session with re-INVITE (IP Address Change)', () =>
    playBetween(
      (bob) => [
        sip.dial(bob),
        sip.hears(180),
        sip.answered(),
        acknowledge(),
        sip.accept('INVITE', { body: sdp('caller'), attributes: { retrans: 500 } }, expecting('c=IN IP4 192.0.2.103')),
        receive({ request: 'ACK' }),
        sip.accept('BYE'),
      ],
      [
        sip.invited(),
        sip.ring(),
        sip.answer(),
        sip.ask(calleeSide, 'INVITE', 1, {
          body: sdp('callee').map((line) => (line.startsWith('c=') ? 'c=IN IP4 192.0.2.103' : line)),
        }),
        receive({ response: 100, optional: 'true' }),
        receive({ response: 200 }, expecting('o=caller')),
        sip.ask(calleeSide, 'ACK', 1),
        sip.hangUp(calleeSide, 2),
      ],
    ));

  test('§3.8 Unsuccessful No Answer', () =>
    playBetween(
      (bob) => [sip.dial(bob), sip.hears(180), sip.cancel(bob)],
      [
        sip.invited(),
        sip.ring(),
        sip.accept('CANCEL'),
        sip.respondLater('487 Request Terminated'),
        receive({ request: 'ACK' }),
      ],
    ));

  test.each([
    ['§3.9 Unsuccessful Busy', '486 Busy Here', 486],
    ['§3.11 Unsuccessful Temporarily Unavailable', '480 Temporarily Unavailable', 480],
  ] as const)('%s', (_name, status, code) =>
    playBetween(
      (bob) => [sip.dial(bob), sip.hears(180), sip.rejected(bob, code)],
      [sip.invited(), sip.ring(), sip.respond(status), receive({ request: 'ACK' })],
    ),
  );
});
