import { expect, test } from 'vitest';
import { RtpClock } from './recording.ts';

test('packets are placed by their timestamps, whatever their jitter', () => {
  const clock = new RtpClock();
  expect([
    clock.placeOf({ timestamp: 1_000 }, 0),
    clock.placeOf({ timestamp: 1_160 }, 90),
    clock.placeOf({ timestamp: 1_320 }, 41),
  ]).toEqual([0, 160, 320]);
});

test('timestamps of Opus count 48,000 a second', () => {
  const clock = new RtpClock(48_000);
  expect([
    clock.placeOf({ timestamp: 0xffff_ff00 }, 0),
    clock.placeOf({ timestamp: 0x2c0 }, 60),
    clock.placeOf({ timestamp: 0x680 }, 41),
  ]).toEqual([0, 160, 320]);
});

test('timestamps that leave the times of arrival are not believed', () => {
  const clock = new RtpClock();
  clock.placeOf({ timestamp: 0 }, 0);
  expect(clock.placeOf({ timestamp: 0x7000_0000 }, 20)).toBe(160);
  expect(clock.placeOf({ timestamp: 0x7000_00a0 }, 40)).toBe(320);
});

test('a packet is repeated if one of the last has its number', () => {
  const clock = new RtpClock();
  expect([1, 2, 1, 3].map((sequence) => clock.isRepeated({ sequence }))).toEqual([false, false, true, false]);
  for (let sequence = 10; sequence < 100; sequence += 1) clock.isRepeated({ sequence });
  expect(clock.isRepeated({ sequence: 1 })).toBe(false);
});
