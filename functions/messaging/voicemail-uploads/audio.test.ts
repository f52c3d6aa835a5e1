import { expect, test } from 'vitest';
import { audioCheck, audioName } from './audio.ts';

const isOf = (type: string, ...pieces: readonly string[]): boolean => {
  const check = audioCheck(type);
  return pieces.every((piece) => check.add(Buffer.from(piece, 'latin1'))) && check.end();
};

test('audio is judged by its first bytes, however they are cut', () => {
  expect(isOf('audio/wav', 'RI', 'FF\0\0\0\0WA', 'VEfmt sound')).toBe(true);
  expect(isOf('audio/wav', 'OggS and more sound')).toBe(false);
  expect(isOf('audio/ogg', 'OggS and more sound')).toBe(true);
  expect(isOf('audio/wav', '')).toBe(false);
});

test('an attachment is named by its message', () => {
  expect(audioName({ id: 'vm_1', content_type: 'audio/ogg' })).toBe('vm_1.ogg');
});
