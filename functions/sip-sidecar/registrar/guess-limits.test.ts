import { expect, test } from 'vitest';
import { GuessLimits } from './guess-limits.ts';

const office = '192.0.2.1';

function newTestLimits() {
  const clock = { now: 1_000_000 };
  const limits = new GuessLimits(() => clock.now);
  const allowed = (attempts: number, username: (attempt: number) => string, address = office): number =>
    Array.from({ length: attempts }, (_value, attempt) => limits.begin(username(attempt), address)).filter(
      (seconds) => seconds === 0,
    ).length;
  return { clock, limits, allowed };
}

test('20 wrong passwords of a user name within a minute block it at this address for five minutes', () => {
  const { clock, limits, allowed } = newTestLimits();
  expect(allowed(50, () => 'a')).toBe(20);
  expect([limits.begin('a', office), limits.begin('b', office), limits.begin('a', '192.0.2.2')]).toEqual([300, 0, 0]);
  clock.now += 300_000;
  expect(limits.begin('a', office)).toBe(0);
});

test('wrong passwords that are far apart, or followed by the right one, do not block it', () => {
  const { clock, limits } = newTestLimits();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 100; attempt += 1) {
    waits.push(limits.begin('a', office), limits.begin('b', office));
    limits.succeed('b', office);
    clock.now += 5_000;
  }
  expect(new Set(waits)).toEqual(new Set([0]));
});

test('an address that guesses with many user names is limited to 20 a second after 1,200', () => {
  const { clock, allowed } = newTestLimits();
  expect(allowed(5_000, (attempt) => `u${attempt}`)).toBe(1_200);
  clock.now += 10_000;
  expect(allowed(5_000, (attempt) => `v${attempt}`)).toBe(200);
  expect(allowed(100, (attempt) => `u${attempt}`, '192.0.2.2')).toBe(100);
});

test('the user names that have succeeded at an address are not limited by the others', () => {
  const { limits, allowed } = newTestLimits();
  for (let phone = 0; phone < 2_000; phone += 1) {
    limits.begin(`phone ${phone}`, office);
    limits.succeed(`phone ${phone}`, office);
  }
  expect(allowed(5_000, (attempt) => `u${attempt}`)).toBe(1_200);
  expect([limits.begin('phone 1999', office), limits.begin('new phone', office)]).toEqual([0, 1]);
});

test('what is remembered has a fixed size below 2 MiB', () => {
  const { limits, allowed } = newTestLimits();
  const { bytes } = limits;
  for (let address = 0; address < 1_000; address += 1) allowed(20, (attempt) => `u${attempt}`, `192.0.2.${address}`);
  expect([limits.bytes === bytes, bytes < 2 * 1024 * 1024]).toEqual([true, true]);
});
