import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '#test/support/property-runs.ts';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import type { GrowingFile } from '../schema/growing-file.ts';
import { writeFile, type FileWriter } from './file-writer.ts';

const location = { bucket: 'exports' as const, key: 'org_1001/exports/job_1/1', name: 'cdr.csv', type: 'text/csv' };
const paragraph = 'Ünïcode, "quoted"\r\n'.repeat(60_000);

/** Writes texts in turns. `dies`: the turn is lost and repeated. */
async function written(turns: readonly { readonly texts: readonly string[]; readonly dies: boolean }[], gzip: boolean) {
  const objects = memoryObjects();
  let kept: GrowingFile | null = null;
  for (const [at, { texts, dies }] of turns.entries()) {
    for (const attempt of dies ? ['first', 'second'] : ['only']) {
      const writer: FileWriter = await writeFile(objects, { ...location, gzip }, kept);
      for (const text of texts) await writer.write(text);
      const paused: GrowingFile = await writer.pause(`${at}-${attempt}`);
      if (attempt !== 'first') kept = paused;
    }
  }
  const { file, sha256 } = await (await writeFile(objects, { ...location, gzip }, kept)).close();
  await objects.finish({ ...location, upload: file.upload }, file.tags);
  await objects.finish({ ...location, upload: file.upload }, file.tags);
  const body = objects.kept.get(location.key) ?? Buffer.alloc(0);
  return { body, sha256, size: file.size, text: (gzip ? gunzipSync(body) : Buffer.from(body)).toString() };
}

test.each([true, false])('a file of several turns has all texts, whichever turns died (gzip: %s)', async (gzip) => {
  const texts = fc.array(fc.oneof(fc.string(), fc.constant(paragraph)), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ texts, dies: fc.boolean() }), { maxLength: 5 }), async (turns) => {
      const { body, sha256, size, text } = await written(turns, gzip);
      expect(text === turns.flatMap((turn) => turn.texts).join('')).toBe(true);
      expect([sha256, size]).toEqual([createHash('sha256').update(body).digest('hex'), body.length]);
    }),
    { numRuns: runs(5) },
  );
});
