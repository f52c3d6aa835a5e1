import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EndpointLearning, sourceOf } from './endpoint-learning.ts';
import type { NgReply } from './ng-message.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const party = { tag: 'a', heard: '198.51.100.7' };
const streams = (address: string, packets: number): NgReply => {
  const rtp = { endpoint: { address }, 'last packet': 1, stats: { packets } };
  const rtcp = { endpoint: { address: '203.0.113.9' }, 'last packet': 1, stats: { packets: 3 } };
  return { result: 'ok', tags: { a: { medias: [{ streams: [rtp, rtcp] }] } } };
};

test('the source of packets is the party, a stranger or none', () => {
  expect(sourceOf(streams(party.heard, 2), party)).toBe('party');
  expect(sourceOf(streams('203.0.113.9', 2), party)).toBe('stranger');
  expect(sourceOf(streams(party.heard, 0), party)).toBe('none');
  expect(sourceOf({}, party)).toBe('none');
});

test('the relay learns again while a stranger is heard, and is asked until the party is heard', async () => {
  let reply = streams(party.heard, 0);
  const done: string[] = [];
  const learning = new EndpointLearning({
    query: async () => (done.push('query'), reply),
    restart: async () => void done.push('restart'),
  });
  learning.start([party]);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(done).toEqual(['query', 'query']);
  reply = streams('203.0.113.9', 9);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(done.slice(2)).toEqual(['query', 'restart']);
  reply = streams(party.heard, 10);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(done.slice(4)).toEqual(['query']);
  reply = streams(party.heard, 0);
  learning.start([party]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(done.slice(5)).toHaveLength(30);
  learning.start([party]);
  learning.stop();
  learning.start([]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(done).toHaveLength(35);
});
