import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import { measure } from './measure.ts';

const location = { bucket: 'files', key: 'org_1001/files/file_1/1' } as const;
const bytes = Buffer.from('RIFF and so on');

async function opened() {
  const objects = memoryObjects();
  await objects.put(location, bytes);
  const found = await objects.open(location);
  if (found === undefined) throw new Error('the object was put');
  return found;
}

test('size and hash are those of all pieces', async () => {
  expect(await measure(await opened())).toEqual({
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
});

test('a check that fails ends the reading', async () => {
  const pieces: number[] = [];
  expect(await measure(await opened(), (piece) => pieces.push(piece.length) > 1)).toBeUndefined();
  expect(pieces).toEqual([bytes.length / 2]);
});
