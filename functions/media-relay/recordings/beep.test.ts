import { expect, test } from 'vitest';
import { beepSound } from './beep.ts';
import { samplesOfWav, shareOf } from './recording.fixture.ts';

test('the beep is a tone of 0.4 s in both channels', () => {
  const [left, right] = [samplesOfWav(beepSound(), 0), samplesOfWav(beepSound(), 1)];
  expect([left.length, right]).toEqual([3_200, left]);
  expect(shareOf(1_400, left)).toBeGreaterThan(0.99);
});
