import { expect, test } from 'vitest';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import { isAsAnnounced, uploadOf } from './recording-steps.ts';

test('a due pointer names the upload of a drop by its number', () => {
  expect(uploadOf(1_001, 'vmd_1/2')).toEqual({ organization: 1_001, id: 'vmd_1', version: 2 });
});

const place = { bucket: 'voicemail', key: 'org_1001/voicemail/vm_1/1' } as const;
const wav = Buffer.from('RIFF\0\0\0\0WAVEfmt and some sound', 'latin1');

async function judge(bytes: Uint8Array | undefined, size = wav.length, content_type = 'audio/wav') {
  const objects = memoryObjects();
  if (bytes !== undefined) await objects.put(place, bytes);
  return isAsAnnounced(place, { content_type, size }, { objects });
}

test('an upload is what was announced by its length and its bytes', async () => {
  expect(await judge(wav)).toBe(true);
  expect(await judge(wav, wav.length + 1)).toBe(false);
  expect(await judge(wav, wav.length, 'audio/ogg')).toBe(false);
  expect(await judge(Buffer.alloc(wav.length))).toBe(false);
});

test('nothing is known of an upload that is not there', async () => {
  expect(await judge(undefined)).toBeUndefined();
});
