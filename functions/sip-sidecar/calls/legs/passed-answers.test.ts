import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Field, Headers, keyOf } from '#sip/headers.ts';
import type { PeerTrust } from '../routing/target.ts';
import { passedAnswer } from './passed-answers.ts';

const headersOf = (lines: readonly string[]): Headers =>
  new Headers(
    lines.map((line) => {
      const [name = '', ...value] = line.split(': ');
      return new Field(name, keyOf(name), value.join(': '));
    }),
  );

/** What passes of a response. */
function passed(status: number, lines: readonly string[], from: PeerTrust = 'carrier', reason = 'Decline') {
  const answer = passedAnswer({ by: 'peer', status, reason, headers: headersOf(lines) }, from);
  return answer === undefined
    ? undefined
    : [...(answer.reason === undefined ? [] : [answer.reason]), ...linesOf(answer.headers)];
}
const linesOf = (headers: Headers): readonly string[] => [...headers].map(({ name, value }) => `${name}: ${value}`);

const card = 'Call-Info: <https://blocker.example.com/card.jws>;purpose=jwscard';

describe('of a final response passes', () => {
  test('that a network has blocked the call, and why (ATIS-1000099)', () => {
    const reason = 'Reason: SIP;cause=603;text="v=analytics1;url=https://x.example";location=RN';
    expect(passed(603, [reason], 'stranger', 'Network Blocked')).toEqual(['Network Blocked', reason]);
    expect(passed(603, [], 'carrier', 'Call me at +1 900 5550100')).toEqual([]);
    expect(passed(486, [], 'carrier', 'Network Blocked')).toEqual([]);
  });

  test('each protocol of Reason once, with a cause that it may have', () => {
    const value = 'q.850 ;cause=17;text="Busy";evil=1, sip;cause=0486, SIP;cause=600, STIR;cause=437, X;cause=1';
    expect(passed(486, [`Reason: ${value}`, 'Reason: Q.850;cause=1'])).toEqual([
      'Reason: Q.850;cause=17;text="Busy", SIP;cause=600, STIR;cause=437',
    ]);
    expect(passed(486, ['Reason: Q.850;cause=128, SIP;cause=x'])).toEqual([]);
    expect(passed(486, ['Reason: SIP;cause=486, ,'])).toEqual([]);
  });

  test('after how many seconds a callee may be called again, but not a server', () => {
    expect(passed(480, ['Retry-After: 120 (In a meeting);duration=60'])).toEqual(['Retry-After: 120']);
    expect(passed(600, ['Retry-After: 999999'])).toEqual(['Retry-After: 3600']);
    expect([passed(503, ['Retry-After: 120']), passed(480, ['Retry-After: soon'])]).toEqual([[], []]);
  });

  test('what a callee misses in a description, without its host', () => {
    const warning = 'Warning: 305 secret.example.com:5060 "Incompatible media format", 399 x "No"';
    expect(passed(488, [warning])).toEqual([
      'Warning: 305 callee "Incompatible media format"',
      'Warning: 399 callee "No"',
    ]);
    expect(passed(404, [warning])).toEqual([]);
  });

  test('why the location of a caller is of no use, and not of a phone (RFC 6442)', () => {
    const error = 'Geolocation-Error: 200 ;code="Permission To Use Location Information"';
    const passes = ['Geolocation-Error: 200;code="Permission To Use Location Information"'];
    expect([passed(424, [error]), passed(424, [error], 'phone'), passed(404, [error])]).toEqual([passes, [], []]);
    expect(passed(424, ['Geolocation-Error: 100;evil=<https://x.example>'])).toEqual(['Geolocation-Error: 100']);
    for (const value of ['x', '1000', '099', `100;code="${'a'.repeat(129)}"`])
      expect(passed(424, [`Geolocation-Error: ${value}`])).toEqual([]);
  });

  test('the card of who has blocked the call, by HTTPS, and not of a phone', () => {
    expect([607, 608].map((status) => passed(status, ['Call-Info: <sip:x@x>', card]))).toEqual([[card], [card]]);
    expect([passed(608, [card], 'phone'), passed(603, [card])]).toEqual([[], []]);
    for (const uri of ['http://x.example/', 'data:text/plain,x', `https://x.example/${'x'.repeat(512)}`])
      expect(passed(608, [`Call-Info: <${uri}>;purpose=jwscard`])).toEqual([]);
    expect(passed(608, ['Call-Info: <https://x.example/>;answer-after=0'])).toEqual([]);
  });

  test('nothing of a challenge, a redirection, a response about our INVITE, or a failure that no peer has sent', () => {
    for (const status of [302, 401, 407, 415, 420]) expect(passed(status, ['Reason: Q.850;cause=17'])).toBeUndefined();
    expect(passedAnswer({ by: 'timer', status: 480, reason: 'No answer' }, 'phone')).toBeUndefined();
  });
});

test('no header of any response passes that the table does not name', () => {
  const name = fc.constantFrom(
    ...['Contact', 'Alert-Info', 'Error-Info', 'Call-Info', 'Record-Route', 'Route', 'Set-Cookie', 'Allow', 'Require'],
    ...['WWW-Authenticate', 'Proxy-Authenticate', 'P-Asserted-Identity', 'Session-Expires', 'Unsupported', 'Server'],
    ...['X-Any', 'Reason', 'Retry-After', 'Warning', 'Subject', 'Date', 'Expires', 'Min-SE', 'Identity'],
    'Geolocation-Error',
  );
  const value = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom('<https://x.example>;purpose=icon', 'Q.850;cause=16', '60', '304 x.example "y"', card.slice(11)),
  );
  const allowed = ['Reason', 'Retry-After', 'Warning', 'Call-Info', 'Geolocation-Error'];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, value), { maxLength: 6 }),
      fc.integer({ min: 400, max: 699 }),
      fc.constantFrom('phone', 'pbx', 'carrier', 'stranger'),
      fc.string({ maxLength: 20 }),
      (each, status, from, reason) => {
        const headers = new Headers(each.map(([header, text]) => new Field(header, keyOf(header), text)));
        const answer = passedAnswer({ by: 'peer', status, reason, headers }, from);
        const lines = linesOf(answer?.headers ?? Headers.none);
        expect(lines.filter((line) => !allowed.includes(line.split(':', 1)[0] ?? ''))).toEqual([]);
        expect(lines.filter((line) => line.startsWith('Call-Info') && line !== card)).toEqual([]);
        expect(answer?.reason ?? 'Network Blocked').toBe('Network Blocked');
        expect(lines.join('')).not.toMatch(/\p{Cc}/u);
      },
    ),
  );
});
