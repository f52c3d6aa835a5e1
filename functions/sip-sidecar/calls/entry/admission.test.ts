import { expect, test } from 'vitest';
import { SilencedSources } from './admission.ts';

const minute = 60_000;

test('three calls without ACK in 10 minutes silence their source, and no other one, for 10 minutes', () => {
  let now = 0;
  const sources = new SilencedSources(() => now);
  const states = [0, 4, 9].map((at) => {
    now = at * minute;
    sources.note('192.0.2.1');
    return sources.has('192.0.2.1');
  });
  expect([states, sources.has('192.0.2.2')]).toEqual([[false, false, true], false]);
  now = 18.9 * minute;
  expect(sources.has('192.0.2.1')).toBe(true);
  now = 19.1 * minute;
  expect(sources.has('192.0.2.1')).toBe(false);
});

test('two in 10 minutes do not, again and again', () => {
  let now = 0;
  const sources = new SilencedSources(() => now);
  for (let at = 0; at < 100; at += 6) {
    now = at * minute;
    sources.note('192.0.2.1');
    expect(sources.has('192.0.2.1')).toBe(false);
  }
});
