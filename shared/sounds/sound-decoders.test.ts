import { expect, test } from 'vitest';
import { decoderOf } from './sound-decoders.ts';

test('there is a decoder of each content type of sounds, and of no other', async () => {
  for (const type of ['audio/wav', 'audio/mpeg', 'audio/ogg']) (await decoderOf(type))?.close();
  expect(await decoderOf('audio/wav')).toBeDefined();
  expect(await decoderOf('application/pdf')).toBeUndefined();
});
