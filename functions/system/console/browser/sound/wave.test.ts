import { expect, test } from 'vitest';
import { clockText, pathOf, stepOf, waveOf } from './wave.ts';

test('a part has its loudest sample, whatever its sign', () => {
  const samples = Float32Array.from([0, 0.5, -0.75, 0.25, 0, 0, 0.125, 0]);
  expect(waveOf([samples], 4)).toEqual([[0.5, 0.75, 0, 0.125]]);
});

test('parts cover all samples of a sound whose length they do not divide', () => {
  const samples = new Float32Array(1_001).fill(0, 0, 1_000);
  samples[1_000] = 1;
  const [parts = []] = waveOf([samples], 7);
  expect([parts.length, parts.at(-1)]).toEqual([7, 1]);
});

test('a sound of fewer samples than parts has a part for each, and an empty one none', () => {
  expect(waveOf([Float32Array.from([0.5, 1])], 100)).toEqual([[0.5, 1]]);
  expect(waveOf([new Float32Array(0)], 100)).toEqual([[]]);
});

test('what is louder than full scale is drawn at full scale', () => {
  expect(waveOf([Float32Array.from([-1.5])], 1)).toEqual([[1]]);
});

test('the first channel is drawn above the middle, the second one below, and silence as a thin line', () => {
  expect(
    pathOf(
      [
        [1, 0],
        [0.5, 0],
      ],
      0,
      2,
    ),
  ).toBe('M0.5 0V75M1.5 49V51');
  expect(pathOf([[0.5]], 0, 1)).toBe('M0.5 25V75');
  expect(pathOf([[0.5]], 1, 1)).toBe('');
});

test('times are minutes and seconds', () => {
  expect([0, 9.9, 65, 3_600, Number.NaN, Infinity].map(clockText)).toEqual([
    '0:00',
    '0:09',
    '1:05',
    '60:00',
    '0:00',
    '0:00',
  ]);
});

test('an arrow key moves five seconds, and less in a short sound', () => {
  expect([stepOf(60), stepOf(4)]).toEqual([5, 0.4]);
});
