import { expect, test } from 'vitest';
import { sourceLimits } from './source-limits.ts';

function limitsAt(trusted: readonly string[] = []) {
  const clock = { now: 1_000_000 };
  const suspected: string[] = [];
  const limits = sourceLimits(
    () => clock.now,
    (address) => {
      suspected.push(address);
      if (trusted.includes(address)) limits.trust(address);
    },
  );
  const admitted = (address: string, packets: number) =>
    Array.from({ length: packets }, () => limits.admits(address)).filter(Boolean).length;
  return { clock, limits, admitted, suspected };
}

test('a flood of one source is cut to its rate, and no other is', () => {
  const { clock, admitted, limits } = limitsAt();
  expect(admitted('192.0.2.1', 50_000)).toBe(1_000);
  expect(admitted('192.0.2.2', 500)).toBe(500);
  clock.now += 1_000;
  expect(admitted('192.0.2.1', 50_000)).toBe(200);
  expect(limits.dropped()).toBe(98_800);
});

test('an address behind which phones have registered may send more', () => {
  const { clock, limits, admitted } = limitsAt();
  limits.proven('192.0.2.1');
  clock.now += 2_000;
  expect(admitted('192.0.2.1', 50_000)).toBeGreaterThan(9_000);
});

test('who is asked may answer, however much is asked', () => {
  const { admitted, limits } = limitsAt();
  expect(admitted('192.0.2.1', 1_001)).toBe(1_000);
  for (let request = 0; request < 5_000; request += 1) {
    limits.asked('192.0.2.1');
    expect(admitted('192.0.2.1', 5)).toBe(4);
  }
});

test('who was asked and said nothing may send no more than others later', () => {
  const { admitted, limits } = limitsAt();
  for (let request = 0; request < 5_000; request += 1) limits.asked('192.0.2.1');
  expect(admitted('192.0.2.1', 50_000)).toBe(1_000);
});

test('who fails to authenticate again and again is not heard for five minutes', () => {
  const { clock, limits } = limitsAt();
  for (let failure = 0; failure < 20; failure += 1) limits.failed('192.0.2.1');
  expect([limits.admits('192.0.2.1'), limits.admits('192.0.2.2')]).toEqual([false, true]);
  clock.now += 300_001;
  expect(limits.admits('192.0.2.1')).toBe(true);
});

test('failures that lie apart, or before a success, silence nobody', () => {
  const { clock, limits } = limitsAt();
  for (let failure = 0; failure < 60; failure += 1) {
    limits.failed('192.0.2.1');
    clock.now += 5_000;
  }
  for (let failure = 0; failure < 60; failure += 1) {
    limits.failed('192.0.2.2');
    limits.proven('192.0.2.2');
  }
  expect([limits.admits('192.0.2.1'), limits.admits('192.0.2.2')]).toEqual([true, true]);
});

test('an address of a trunk is never silenced', () => {
  const { limits } = limitsAt(['192.0.2.1']);
  for (let failure = 0; failure < 100; failure += 1) limits.failed('192.0.2.1');
  expect(limits.admits('192.0.2.1')).toBe(true);
});
