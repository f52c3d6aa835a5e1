/**
 * A process of its own that archives CDRs into a folder, as a function does into S3, and prints by how many MiB its
 * memory grew. Run with `--expose-gc`: what could be collected is no growth.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { beginArchive, noManifest } from './archive.ts';
import type { ArchiveObjects } from './archive-objects.ts';
import { putPart } from './parts.ts';
import { sealArchive } from './seal.ts';

const [records = 1_000] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'trunkline-archive-'));
const fileOf = (key: string): string => join(folder, createHash('sha256').update(key).digest('hex'));
const objects: ArchiveObjects = {
  begin: async () => randomUUID(),
  part: async ({ upload }, number, body) => {
    writeFileSync(fileOf(`${upload} ${number}`), body);
    return `${upload} ${number}`;
  },
  finish: async ({ key }, tags) => {
    for (const tag of tags)
      await pipeline(createReadStream(fileOf(tag)), createWriteStream(fileOf(key), { flags: 'a' }));
    return true;
  },
  abandon: async () => {},
  put: async ({ key }, body) => {
    writeFileSync(fileOf(key), body);
    return true;
  },
  open: async ({ key }) =>
    existsSync(fileOf(key))
      ? { size: statSync(fileOf(key)).size, type: '', body: createReadStream(fileOf(key)) }
      : undefined,
};

/** A CDR of some 900 characters, of which a third does not compress. */
const cdr = (at: number): string =>
  JSON.stringify({
    uuid: randomUUID(),
    start: new Date(Date.UTC(2026, 0, 1) + at * 1_000).toISOString(),
    legs: Array.from({ length: 6 }, (_, leg) => ({ leg, id: randomUUID(), from: '+14155550100', to: `+4930${at}` })),
  });
async function* lines() {
  for (let at = 0; at < records; at += 1) yield cdr(at);
}

let largest = 0;
const measure = (): void => {
  globalThis.gc?.();
  largest = Math.max(largest, process.memoryUsage().rss);
};
const facts = { archive_id: 'arch_1', org_id: 1001, class: 'cdr', policy_id: null, created_at: '2026-11-23T00:00:00Z' };
const range = { start: '2026-01-01T00:00:00Z', end: '2026-01-03T00:00:00Z' };
const options = { range, storage: { lock: null, storageClass: 'STANDARD' } } as const;
const archive = async (of: AsyncIterable<string>) => {
  const state = await putPart(objects, { ...beginArchive(facts), archive_id: `arch_${randomUUID()}` }, of, options);
  await sealArchive(objects, state, noManifest, { signer: async () => 'signature', lock: null, now: new Date() });
  return state;
};

// The code is loaded and compiled.
await archive(
  (async function* () {
    for (let at = 0; at < 1_000; at += 1) yield cdr(at);
  })(),
);
globalThis.gc?.();
const before = process.memoryUsage().rss;
const sampling = setInterval(measure, 100);
const { parts, records: archived } = await archive(lines());
clearInterval(sampling);
measure();
rmSync(folder, { recursive: true });
process.stdout.write(JSON.stringify({ growth: (largest - before) / 2 ** 20, archived, parts: parts.length }));
