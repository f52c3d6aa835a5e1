import { expect, test } from 'vitest';
import type { TracedLeg, TracedMessage } from '#telephony/sip-trace.ts';
import { aCall } from '#telephony/call.fixture.ts';
import { CallTrace, joinTraces, mayReadPeer, presentTrace, visibleTrace } from './trace.ts';

const leg = (id: string, user: string | null = null): TracedLeg => ({
  kind: 'device',
  sip_call_id: id,
  user_id: user,
  device_id: null,
  line: null,
  gateway_id: null,
  trunk_id: null,
});
const message = (at: number, of: number): TracedMessage => ({
  at,
  direction: 'sent',
  leg: of,
  transport: 'udp',
  local: { address: '192.0.2.1', port: 5_060 },
  remote: { address: '2001:db8::1', port: 5_062 },
  text: `OPTIONS ${at} SIP/2.0\r\nContent-Length: 0\r\n\r\n`,
});
const times = ({ messages }: { readonly messages: readonly TracedMessage[] }) =>
  messages.map(({ at, leg: of }) => [at, of]);

test('the parts of two tasks are one trace: a dialog is one leg, in the order of time', () => {
  const one = { legs: [leg('a'), leg('b')], messages: [message(1, 0), message(4, 1)], dropped: 1 };
  const other = { legs: [leg('b'), leg('c')], messages: [message(2, 0), message(3, 1)], dropped: 2 };
  const whole = joinTraces([one, other]);
  expect(whole.legs.map(({ sip_call_id: id }) => id)).toEqual(['a', 'b', 'c']);
  expect(times(whole)).toEqual([
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 1],
  ]);
  expect(whole.dropped).toBe(3);
});

test('a leg that is not seen takes its messages with it', () => {
  const trace = { legs: [leg('a', 'usr_1'), leg('b', 'usr_2')], messages: [message(1, 0), message(2, 1)], dropped: 0 };
  const visible = visibleTrace(trace, ({ user_id: user }) => user === 'usr_2');
  expect([visible.legs.length, times(visible)]).toEqual([1, [[2, 0]]]);
});

test('the peer of a seller is the seller’s, and of a deleted one nothing is known', () => {
  const readers = ['own', 'reseller', 'operator'] as const;
  const mayRead = (peer: Parameters<typeof mayReadPeer>[0]) => readers.map((reader) => mayReadPeer(peer, reader));
  expect(mayRead(undefined)).toEqual([true, true, true]);
  expect(mayRead({})).toEqual([true, true, true]);
  expect(mayRead({ shared_host: null })).toEqual([true, true, true]);
  expect(mayRead({ shared_host: 'reseller' })).toEqual([false, true, true]);
  expect(mayRead({ shared_host: 'operator' })).toEqual([false, false, true]);
  expect(mayRead('deleted')).toEqual([false, false, true]);
});

test('an answer has what its schema says', () => {
  const shown = presentTrace(aCall(), { legs: [leg('a')], messages: [message(1_500, 0)], dropped: 0 });
  expect(CallTrace.parse(shown)).toEqual(shown);
  expect(shown.messages[0]).toMatchObject({
    time: '1970-01-01T00:00:01.500Z',
    leg: 1,
    remote: '[2001:db8::1]:5062',
    title: 'OPTIONS 1500 SIP/2.0',
  });
});
