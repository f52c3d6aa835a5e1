import { expect, test } from 'vitest';
import type { Arrival } from '#sip/framing.ts';
import { EarlyArrivals } from './early-arrivals.ts';
import type { Flow } from './flow.ts';

const flow: Flow = {
  transport: 'udp',
  remote: { address: '192.0.2.1', port: 5_060 },
  local: { address: '192.0.2.2', port: 5_060 },
};
const arrivalOf = (text: string): Arrival => ({ kind: 'message', bytes: Buffer.from(text) });

function newArrivals() {
  const received: string[] = [];
  const arrivals = new EarlyArrivals((arrival) =>
    received.push(arrival.kind === 'message' ? String(arrival.bytes) : ''),
  );
  return { arrivals, received };
}

test('what arrives early waits, and is received in its order', () => {
  const { arrivals, received } = newArrivals();
  for (const each of ['a', 'b']) arrivals.take(arrivalOf(each), flow);
  expect(received).toEqual([]);
  arrivals.begin();
  arrivals.take(arrivalOf('c'), flow);
  expect(received).toEqual(['a', 'b', 'c']);
});

test('256 wait at most', () => {
  const { arrivals, received } = newArrivals();
  for (let sent = 0; sent < 1_000; sent += 1) arrivals.take(arrivalOf(String(sent)), flow);
  arrivals.begin();
  expect(received.length).toBe(256);
  expect(received.at(-1)).toBe('255');
});
