import { expect, test } from 'vitest';
import { SourceLimits } from './source-limits.ts';

function limitsAt(trusted: readonly string[] = []) {
  const clock = { now: 1_000_000 };
  const suspected: string[] = [];
  const limits: SourceLimits = new SourceLimits(
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

test('a flood from one source is limited to its rate, and other sources are not affected', () => {
  const { clock, admitted, limits } = limitsAt();
  expect(admitted('192.0.2.1', 50_000)).toBe(1_000);
  expect(admitted('192.0.2.2', 500)).toBe(500);
  clock.now += 1_000;
  expect(admitted('192.0.2.1', 50_000)).toBe(200);
  expect(limits.droppedPackets()).toBe(98_800);
});

test('an address whose phones have authenticated may send more', () => {
  const { clock, limits, admitted } = limitsAt();
  limits.recordSuccess('192.0.2.1');
  clock.now += 2_000;
  expect(admitted('192.0.2.1', 50_000)).toBeGreaterThan(9_000);
});

test('the answers to our requests do not count, however many we send', () => {
  const { admitted, limits } = limitsAt();
  expect(admitted('192.0.2.1', 1_001)).toBe(1_000);
  for (let request = 0; request < 5_000; request += 1) {
    limits.expectAnswers('192.0.2.1');
    expect(admitted('192.0.2.1', 5)).toBe(4);
  }
});

test('unused answers do not raise the burst of a source', () => {
  const { admitted, limits } = limitsAt();
  for (let request = 0; request < 5_000; request += 1) limits.expectAnswers('192.0.2.1');
  expect(admitted('192.0.2.1', 50_000)).toBe(1_000);
});

test('after 20 failures to authenticate within a minute a source is silenced for five minutes', () => {
  const { clock, limits } = limitsAt();
  for (let failure = 0; failure < 20; failure += 1) limits.recordFailure('192.0.2.1');
  expect([limits.admits('192.0.2.1'), limits.admits('192.0.2.2')]).toEqual([false, true]);
  clock.now += 300_001;
  expect(limits.admits('192.0.2.1')).toBe(true);
});

test('failures that are far apart, or followed by a success, do not silence a source', () => {
  const { clock, limits } = limitsAt();
  for (let failure = 0; failure < 60; failure += 1) {
    limits.recordFailure('192.0.2.1');
    clock.now += 5_000;
  }
  for (let failure = 0; failure < 60; failure += 1) {
    limits.recordFailure('192.0.2.2');
    limits.recordSuccess('192.0.2.2');
  }
  expect([limits.admits('192.0.2.1'), limits.admits('192.0.2.2')]).toEqual([true, true]);
});

test('the address of a trunk is never silenced', () => {
  const { limits } = limitsAt(['192.0.2.1']);
  for (let failure = 0; failure < 100; failure += 1) limits.recordFailure('192.0.2.1');
  expect(limits.admits('192.0.2.1')).toBe(true);
});
