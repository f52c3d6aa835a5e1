import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { FileUpload } from '#schema/file.ts';
import { inspect } from './inspection-steps.ts';

const wav = Buffer.from('RIFF\0\0\0\0WAVEfmt and some sound', 'latin1');
const upload: FileUpload = {
  number: 1,
  content_type: 'audio/wav',
  size: wav.length,
  sha256: null,
  state: 'pending',
  reason: null,
  created_at: '2026-11-21T12:00:00.000Z',
};

/** An object in pieces of 8 bytes, and how many of them were read. */
function opened(bytes: Buffer) {
  const read = { pieces: 0 };
  async function* body() {
    for (let at = 0; at < bytes.length; at += 8) {
      read.pieces += 1;
      yield bytes.subarray(at, at + 8);
    }
  }
  return { read, object: { size: bytes.length, type: 'audio/wav', body: body() } };
}

const kind = { kind: 'greeting' } as const;

test('bytes of the announced length and type are read once, to their end', async () => {
  const { object } = opened(wav);
  expect(await inspect(object, kind, upload)).toEqual({
    size: wav.length,
    sha256: createHash('sha256').update(wav).digest('hex'),
    content: true,
    text: '',
  });
});

test('of another length the first piece is read only', async () => {
  const { object, read } = opened(Buffer.concat([wav, Buffer.alloc(1_000)]));
  expect(await inspect(object, kind, upload)).toMatchObject({ size: wav.length + 1_000, content: false });
  expect(read.pieces).toBe(1);
});

test('of another type the beginning is read only', async () => {
  const { object, read } = opened(Buffer.alloc(wav.length));
  expect(await inspect(object, kind, upload)).toMatchObject({ content: false });
  expect(read.pieces).toBe(2);
});

test('the text of a template is kept', async () => {
  const text = Buffer.from('name = {{device.name}}');
  const template = { ...upload, content_type: 'text/plain', size: text.length };
  expect(await inspect(opened(text).object, { kind: 'provisioning_template' }, template)).toMatchObject({
    content: true,
    text: 'name = {{device.name}}',
  });
});
