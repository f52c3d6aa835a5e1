import { expect, test } from 'vitest';
import { OwnGeneration } from './generation.ts';

const start = Date.parse('2026-11-25T10:00:00.000Z');

function relayAt() {
  const clock = { now: start };
  const own = new OwnGeneration('7', () => clock.now);
  const tell = (to: string | null, draining = false) => own.hear({ kind: 'generation', left_to: to }, draining);
  return { clock, own, tell };
}

test('a relay says what it was started from, and when', () => {
  const { clock, tell } = relayAt();
  clock.now += 60_000;
  expect(tell(null)).toEqual({ generation: '7', started_at: '2026-11-25T10:00:00.000Z', draining: false });
  expect(tell(null, true).draining).toBe(true);
});

test('a newer generation has its new calls as long as a task of the sidecar says so', () => {
  const { clock, own, tell } = relayAt();
  expect(own.newer).toBeUndefined();
  tell('8');
  expect(own.newer).toBe('8');
  clock.now += 29_999;
  expect(own.newer).toBe('8');
  clock.now += 1;
  expect(own.newer).toBeUndefined();
  tell('8');
  tell(null);
  expect(own.newer).toBeUndefined();
});
