import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { trunkOf } from '#test/support/resources.fixture.ts';
import type { Peer } from '../outbound/outbound.ts';
import { TrunkKeepAlives } from './trunk-registrations.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function keepAlives() {
  const sent: string[] = [];
  return { sent, keeping: new TrunkKeepAlives({ keepAlive: async ({ host }: Peer) => void sent.push(host) }) };
}

test('a trunk with nat_support gets a keep-alive at once and every 25 s, whether it registers or not', () => {
  const { sent, keeping } = keepAlives();
  keeping.update([
    trunkOf({}),
    trunkOf({ id: 'trunk_2', host: 'b.example.com', register: true }),
    trunkOf({ id: 'trunk_3', host: 'c.example.com', nat_support: false }),
  ]);
  vi.advanceTimersByTime(50_000);
  expect(sent).toEqual([
    'a.example.com',
    'b.example.com',
    'a.example.com',
    'b.example.com',
    'a.example.com',
    'b.example.com',
  ]);
});

test('keep-alives go to the current address of the trunk, and end when it becomes inactive', () => {
  const { sent, keeping } = keepAlives();
  keeping.update([trunkOf({})]);
  keeping.update([trunkOf({ host: 'b.example.com' })]);
  vi.advanceTimersByTime(25_000);
  keeping.update([trunkOf({ host: 'b.example.com', status: 'inactive' })]);
  vi.advanceTimersByTime(60_000);
  expect(sent).toEqual(['a.example.com', 'b.example.com']);
});
