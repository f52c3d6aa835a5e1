import { expect, test } from 'vitest';
import { digitFile, platformFile, toneDigits } from './platform-sounds.ts';

test('each digit has a file of its own', () => {
  const files = Array.from(toneDigits, digitFile);
  expect(new Set(files).size).toBe(16);
  expect(platformFile({ platform: 'digit', digit: '*' })).toEqual({ file: 'digit-14.wav', milliseconds: 200 });
  expect(platformFile({ platform: 'beep' })).toEqual({ file: 'record-beep.wav', milliseconds: 400 });
});
