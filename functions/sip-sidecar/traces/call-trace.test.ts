import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TracedMessage } from '#telephony/sip-trace.ts';
import { CallTrace, type TraceMemory } from './call-trace.ts';

const party = {
  kind: 'device',
  user_id: 'usr_1',
  device_id: 'dev_1',
  line: null,
  gateway_id: null,
  trunk_id: null,
} as const;
const message = (text: string): TracedMessage => ({
  at: 0,
  direction: 'sent',
  leg: 0,
  transport: 'udp',
  local: { address: '192.0.2.1', port: 5060 },
  remote: { address: '192.0.2.2', port: 5060 },
  text,
});
const sizes = fc.array(fc.integer({ min: 0, max: 8_192 }), { maxLength: 300 });
const bytesOf = (trace: CallTrace): number =>
  trace.messages.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 160, 0);

test('the beginning and the newest messages stay, in order, and the others are counted', () => {
  const trace = new CallTrace({ used: 0, max: 1e9 });
  for (let number = 0; number < 200; number += 1) trace.add(message(`${number} ${'x'.repeat(1_000)}`));
  const numbers = trace.messages.map(({ text }) => Number.parseInt(text, 10));
  expect(numbers[0]).toBe(0);
  expect(numbers.at(-1)).toBe(199);
  expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  expect(trace.messages.length + trace.dropped).toBe(200);
});

test('whatever comes, a call has at most 64 KiB, and what the memory counts', () =>
  fc.assert(
    fc.property(sizes, (lengths) => {
      const memory: TraceMemory = { used: 0, max: 1e9 };
      const trace = new CallTrace(memory);
      for (const length of lengths) trace.add(message('x'.repeat(length)));
      expect(bytesOf(trace)).toBeLessThanOrEqual(65_536);
      expect(memory.used).toBe(bytesOf(trace));
      trace.close();
      trace.add(message('late'));
      expect(memory.used).toBe(0);
    }),
  ));

test('a task whose memory is full drops the messages of all calls', () => {
  const memory: TraceMemory = { used: 0, max: 2_000 };
  const [one, other] = [new CallTrace(memory), new CallTrace(memory)];
  one.add(message('x'.repeat(1_700)));
  other.add(message('x'.repeat(1_700)));
  expect([one.messages.length, other.messages.length, other.dropped]).toEqual([1, 0, 1]);
  one.close();
  other.add(message('x'.repeat(1_700)));
  expect(other.messages).toHaveLength(1);
});

test('a dialog is one leg, and a party that is unknown takes no one its name', () => {
  const trace = new CallTrace({ used: 0, max: 1e9 });
  expect([
    trace.leg('a', party),
    trace.leg('b', party),
    trace.leg('a', { ...party, kind: 'unknown', user_id: null }),
  ]).toEqual([0, 1, 0]);
  expect(trace.legs).toEqual([
    { ...party, sip_call_id: 'a' },
    { ...party, sip_call_id: 'b' },
  ]);
});
