import { expect, test } from 'vitest';
import type { TracedParty } from '#telephony/sip-trace.ts';
import { parseMessage, type SipMessage } from '#sip/message.ts';
import type { Flow } from '../transport/flow.ts';
import { SipTraces } from './sip-traces.ts';

const flow: Flow = {
  transport: 'udp',
  remote: { address: '192.0.2.10', port: 5_060 },
  local: { address: '0.0.0.0', port: 5_060 },
};
const party: TracedParty = {
  kind: 'device',
  user_id: 'usr_1',
  device_id: 'dev_1',
  line: null,
  gateway_id: null,
  trunk_id: null,
};

function packet(start: string, callId: string, method = 'INVITE'): { bytes: Buffer; message: SipMessage } {
  const lines = [
    start,
    'Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKa',
    'From: <sip:a@h>;tag=1',
    'To: <sip:b@h>',
    `Call-ID: ${callId}`,
    `CSeq: 1 ${method}`,
  ];
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  const message = parseMessage(bytes);
  if (message.kind === 'malformed') throw new Error(message.reason);
  return { bytes, message };
}

function newTraces() {
  const clock = { now: 1_000 };
  const traces = new SipTraces({ now: () => clock.now, host: '203.0.113.1' });
  const invite = (callId: string): void => {
    const { bytes, message } = packet('INVITE sip:b@h SIP/2.0', callId);
    traces.received(message, bytes, flow);
  };
  return { clock, traces, invite };
}

test('without a traced call nothing is kept', () => {
  const { traces, invite } = newTraces();
  for (let number = 0; number < 1_000; number += 1) invite(`c${number}`);
  expect([traces.waiting, traces.bytes, traces.begin('off'), traces.begin(undefined)]).toEqual([
    ...[0, 0, undefined, undefined],
  ]);
});

test('the INVITE of the first traced call comes before what was sent since, and once only', () => {
  const { traces, clock } = newTraces();
  const call = traces.begin('all');
  const { bytes, message } = packet('INVITE sip:b@h SIP/2.0', 'c1');
  traces.sent(packet('SIP/2.0 100 Trying', 'c1').bytes, flow);
  clock.now += 10;
  traces.invited(message, bytes, flow);
  traces.invited(message, bytes, flow);
  call?.follow('c1', party);
  expect(call?.trace.messages.map(({ direction, at }) => [direction, at])).toEqual([
    ['received', 1_000],
    ['sent', 1_000],
  ]);
});

test('what passed before a call was known to have it is the beginning of its trace', () => {
  const { traces, invite } = newTraces();
  traces.begin('all');
  invite('c1');
  traces.sent(packet('SIP/2.0 407 Proxy Authentication Required', 'c1').bytes, flow);
  const call = traces.begin('all');
  call?.follow('c1', party);
  invite('c1');
  expect(
    call?.trace.messages.map(({ direction, text, local }) => [direction, text.slice(0, 11), local.address]),
  ).toEqual([
    ['received', 'INVITE sip:', '203.0.113.1'],
    ['sent', 'SIP/2.0 407', '203.0.113.1'],
    ['received', 'INVITE sip:', '203.0.113.1'],
  ]);
  expect(traces.waiting).toBe(0);
});

test('dialogs that no call takes are few, whoever sends them, and are forgotten', () => {
  const { clock, traces, invite } = newTraces();
  traces.begin('failed');
  for (let number = 0; number < 10_000; number += 1) {
    invite(`c${number}`);
    clock.now += 1;
  }
  expect(traces.waiting).toBe(256);
  clock.now += 60_000;
  invite('late');
  expect(traces.waiting).toBe(1);
  // Ten minutes after the last traced call it costs nothing again.
  clock.now += 600_000;
  invite('later');
  expect(traces.waiting).toBe(0);
});

test('requests that begin no call do not wait for one', () => {
  const { traces } = newTraces();
  traces.begin('all');
  for (const method of ['REGISTER', 'OPTIONS', 'SUBSCRIBE']) {
    const { bytes, message } = packet(`${method} sip:b@h SIP/2.0`, method, method);
    traces.received(message, bytes, flow);
  }
  expect(traces.waiting).toBe(0);
});

test('a dialog that a transfer has given to another call stays with that one', () => {
  const { traces, invite } = newTraces();
  const [one, other] = [traces.begin('all'), traces.begin('all')];
  one?.follow('c1', party);
  other?.follow('c1', party);
  one?.close();
  invite('c1');
  expect([one?.trace.messages.length, other?.trace.messages.length]).toEqual([0, 1]);
});

test('20,000 traced calls take no more than 32 MiB, and give it back', () => {
  const { traces } = newTraces();
  const { bytes, message } = packet(`INVITE sip:${'b'.repeat(2_000)}@h SIP/2.0`, 'c');
  const calls = Array.from({ length: 20_000 }, (_, number) => {
    const call = traces.begin('all');
    call?.follow(`c${number}`, party);
    return call;
  });
  for (let number = 0; number < 20_000; number += 1)
    traces.sent(Buffer.from(bytes.toString().replace('Call-ID: c', `Call-ID: c${number}`)), flow);
  expect(message.kind).toBe('request');
  expect(traces.bytes).toBeGreaterThan(30 * 1_024 * 1_024);
  expect(traces.bytes).toBeLessThanOrEqual(32 * 1_024 * 1_024);
  expect(calls.at(-1)?.trace.dropped).toBe(1);
  for (const call of calls) call?.close();
  expect(traces.bytes).toBe(0);
});
