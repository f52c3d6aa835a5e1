import { expect, test } from 'vitest';
import { wavTone } from '#test/support/wav.fixture.ts';
import { WavReader } from './wav-reader.ts';

test('the samples of a file come with its rate, and other chunks are skipped', async () => {
  const { rate, parts } = await new WavReader().decode(wavTone(1_000, 0.1, 16_000));
  expect([rate, parts.reduce((sum, part) => sum + part.length, 0)]).toEqual([16_000, 1_600]);
});
