import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Flow } from './flow.ts';
import { keepAlive, keepFlowAlive } from './keep-alives.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const [local, remote] = [
  { address: '192.0.2.1', port: 5_060 },
  { address: '192.0.2.2', port: 5_060 },
];

/** Keeps a flow alive for a minute, and stops. @returns the milliseconds at which each packet was sent */
function sentOver(flow: Flow): readonly number[] {
  let isAwaited = true;
  const times: number[] = [];
  const began = Date.now();
  keepFlowAlive(flow, {
    isAwaited: () => isAwaited,
    send: (bytes, to) => {
      expect([bytes, to]).toEqual([keepAlive, flow]);
      times.push(Date.now() - began);
    },
  });
  vi.advanceTimersByTime(60_000);
  isAwaited = false;
  vi.advanceTimersByTime(60_000);
  return times;
}

test('a flow over UDP gets a keep-alive each 25 s, until no response is awaited', () => {
  expect(sentOver({ transport: 'udp', local, remote })).toEqual([25_000, 50_000]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a connection gets none', () => {
  expect(sentOver({ transport: 'tcp', local, remote, connection: 'conn_1' })).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
