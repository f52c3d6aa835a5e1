import { gunzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { flattenedVerify, generateKeyPair, FlattenedSign } from 'jose';
import { expect, test } from 'vitest';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import { canonicalJson } from '../schema/canonical-json.ts';
import { beginArchive, beginRevision, noManifest } from './archive.ts';
import type { ArchiveObjects } from './archive-objects.ts';
import { putFiles } from './files.ts';
import { ArchiveDamaged, ArchiveSealed, putPart, readPart, replacePart } from './parts.ts';
import { sealArchive } from './seal.ts';

const facts = {
  archive_id: 'arch_01J9ZK3W5M',
  org_id: 1001,
  class: 'sms',
  policy_id: null,
  created_at: '2026-11-23T13:00:00.000Z',
};
const folder = 'archive/org_1001/sms/2026-11/arch_01J9ZK3W5M/';
const range = { start: '2026-01-01T00:00:00.000Z', end: '2026-02-01T00:00:00.000Z' };
const options = { range, storage: { lock: null, storageClass: 'STANDARD' } } as const;
const { privateKey, publicKey } = await generateKeyPair('ES256');
const sealing = {
  signer: async (text: string) => {
    const { protected: header, signature } = await new FlattenedSign(Buffer.from(text))
      .setProtectedHeader({ alg: 'ES256' })
      .sign(privateKey);
    return `${header}..${signature}`;
  },
  lock: null,
  now: new Date('2026-11-23T13:10:00.000Z'),
};
const sha256 = (bytes: Uint8Array | undefined) =>
  createHash('sha256')
    .update(bytes ?? '')
    .digest('hex');
/** The operations of objects that archives need, each called through `around`. */
const interrupted = (
  { put, open, begin, part, finish, abandon }: ReturnType<typeof memoryObjects>,
  around: <T>(call: () => Promise<T>) => Promise<T>,
): ArchiveObjects => ({
  put: async (...of) => around(() => put(...of)),
  open: async (...of) => around(() => open(...of)),
  ...{ begin, part, finish, abandon },
});
const bytesOf = async function* (text: string) {
  yield Buffer.from(text);
};
const collect = async (lines: AsyncIterable<string>) => {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
};

test('a sealed archive has its parts, their hashes, and a manifest whose signature is that of its file', async () => {
  const objects = memoryObjects();
  const state = await putPart(objects, beginArchive(facts), ['{"n":1}', '{"n":2}'], options);
  const { manifest, sha256: hash } = await sealArchive(objects, state, noManifest, sealing);
  const part = objects.kept.get(`${folder}part-00000.jsonl.gz`);
  expect(gunzipSync(part ?? '').toString()).toBe('{"n":1}\n{"n":2}\n');
  const text = Buffer.from(objects.kept.get(`${folder}manifest.json`) ?? '');
  expect(JSON.parse(text.toString())).toEqual({
    schema: 'archive-manifest.v1',
    ...facts,
    range,
    records: 2,
    parts: [{ key: `${folder}part-00000.jsonl.gz`, bytes: part?.length, records: 2, sha256: sha256(part) }],
    previous_manifest_sha256: noManifest,
  });
  expect([hash, manifest.records]).toEqual([sha256(text), 2]);
  const [header = '', , signature = ''] = Buffer.from(objects.kept.get(`${folder}manifest.jws`) ?? '')
    .toString()
    .split('.');
  await flattenedVerify({ protected: header, payload: text.toString('base64url'), signature }, publicKey);
});

test('the lines of a part are those that were written, and of a changed part there are none', async () => {
  const objects = memoryObjects();
  const { parts } = await putPart(objects, beginArchive(facts), ['{"n":1}', '{"n":2}'], options);
  const [part] = parts;
  if (part === undefined) throw new Error('a part was written');
  expect(await collect(readPart(objects, part))).toEqual(['{"n":1}', '{"n":2}']);
  const bytes = objects.kept.get(part.key) ?? Buffer.alloc(0);
  bytes[bytes.length - 1] = 99;
  await expect(readPart(objects, part).next()).rejects.toThrow(ArchiveDamaged);
});

test('the lines of a part are those that were written, whatever texts they have', async () => {
  const texts = fc.array(
    fc.json().map((text) => canonicalJson(JSON.parse(text))),
    {
      minLength: 1,
    },
  );
  await fc.assert(
    fc.asyncProperty(texts, async (lines) => {
      const objects = memoryObjects();
      const all = [...lines, JSON.stringify('\u2028\r\u0085')];
      const { parts } = await putPart(objects, beginArchive(facts), all, options);
      for (const part of parts) expect(await collect(readPart(objects, part))).toEqual(all);
    }),
    { numRuns: 50 },
  );
});

test('more records than a part may have go into several', async () => {
  const objects = memoryObjects();
  const lines = (function* () {
    for (let n = 0; n < 100_001; n += 1) yield `{"n":${n}}`;
  })();
  const state = await putPart(objects, beginArchive(facts), lines, options);
  expect([state.records, state.parts.map(({ records }) => records)]).toEqual([100_001, [100_000, 1]]);
});

test('a turn that is repeated after a crash writes the same, also if it has other lines', async () => {
  const objects = memoryObjects();
  const before = beginArchive(facts);
  await putPart(objects, before, ['{"n":1}'], options);
  await putPart(objects, before, ['{"n":1}'], options);
  const state = await putPart(objects, before, ['{"n":1}', '{"n":2}'], options);
  const one = await sealArchive(objects, state, noManifest, sealing);
  const again = await sealArchive(objects, state, noManifest, sealing);
  expect([objects.kept.size, one.manifest.records, again.sha256]).toEqual([3, 2, one.sha256]);
});

test('an archive is whole, wherever its job was interrupted and repeated', async () => {
  const lines = ['{"n":1}', '{"n":2}', '{"n":3}'];
  for (let dies = 1; dies < 40; dies += 1) {
    const objects = memoryObjects();
    let calls = 0;
    const mortal = interrupted(objects, (call) => {
      calls += 1;
      if (calls === dies) throw new Error('killed');
      return call();
    });
    let state = beginArchive(facts);
    const step = async (): Promise<boolean> => {
      const next = lines[state.records];
      if (next === undefined) return (await sealArchive(mortal, state, noManifest, sealing)).manifest.records === 3;
      state = await putPart(mortal, state, [next], options);
      return false;
    };
    let isSealed = false;
    for (let turn = 0; turn < 6 && !isSealed; turn += 1) isSealed = await step().catch(() => false);
    expect([isSealed, state.parts.length, objects.kept.size]).toEqual([true, 3, 5]);
  }
});

test('a sealed archive takes no part more', async () => {
  const objects = memoryObjects();
  const state = await putPart(objects, beginArchive(facts), ['{"n":1}'], options);
  await sealArchive(objects, state, noManifest, sealing);
  await expect(putPart(objects, state, ['{"n":2}'], options)).rejects.toThrow(ArchiveSealed);
});

test('an archive with a changed part gets no manifest', async () => {
  const objects = memoryObjects();
  const state = await putPart(objects, beginArchive(facts), ['{"n":1}'], options);
  objects.kept.set(`${folder}part-00000.jsonl.gz`, Buffer.from('other'));
  await expect(sealArchive(objects, state, noManifest, sealing)).rejects.toThrow(ArchiveDamaged);
  expect([...objects.kept.keys()]).toEqual([`${folder}part-00000.jsonl.gz`]);
});

test('a revision has a manifest of its own, which names both hashes of a replaced part', async () => {
  const objects = memoryObjects();
  const state = await putPart(objects, beginArchive(facts), ['{"n":1}', '{"n":2}'], options);
  const { manifest, sha256: hash } = await sealArchive(objects, state, noManifest, sealing);
  const [part] = state.parts;
  if (part === undefined) throw new Error('a part was written');
  const revision = beginRevision(manifest, { reason: 'erasure', created_at: '2027-01-05T00:00:00.000Z' });
  const after = await replacePart(objects, revision, part, { lines: ['{"n":2}'], storage: options.storage });
  const sealed = await sealArchive(objects, after, hash, sealing);
  const replacement = sha256(objects.kept.get(`${folder}part-00000-r1.jsonl.gz`));
  expect(sealed.manifest).toMatchObject({
    archive_id: facts.archive_id,
    revision: 1,
    reason: 'erasure',
    records: 1,
    previous_manifest_sha256: hash,
    replaces: [
      {
        key: part.key,
        sha256_before: part.sha256,
        replaced_by: `${folder}part-00000-r1.jsonl.gz`,
        sha256_after: replacement,
      },
    ],
  });
  expect([...objects.kept.keys()].sort()).toEqual(
    ['manifest-00001.json', 'manifest-00001.jws', 'manifest.json', 'manifest.jws']
      .concat(['part-00000-r1.jsonl.gz', 'part-00000.jsonl.gz'])
      .map((name) => folder + name),
  );
});

test('records with files have a line that names their files, which are read back before the manifest', async () => {
  const objects = memoryObjects();
  const records = (async function* () {
    yield { name: 'rec_1', extension: 'wav', body: bytesOf('RIFF'), record: '{"id":"rec_1"}' } as const;
  })();
  const state = await putFiles(objects, beginArchive(facts), records, options);
  const [line = ''] = gunzipSync(objects.kept.get(`${folder}part-00000.jsonl.gz`) ?? '')
    .toString()
    .split('\n');
  expect(JSON.parse(line)).toEqual({
    files: [
      { key: `${folder}files/rec_1.wav`, bytes: 4, sha256: sha256(Buffer.from('RIFF')) },
      { key: `${folder}files/rec_1.json`, bytes: 14, sha256: sha256(Buffer.from('{"id":"rec_1"}')) },
    ],
    record: { id: 'rec_1' },
  });
  objects.kept.set(`${folder}files/rec_1.wav`, Buffer.from('RIFX'));
  await expect(sealArchive(objects, state, noManifest, sealing)).rejects.toThrow(ArchiveDamaged);
  objects.kept.set(`${folder}files/rec_1.wav`, Buffer.from('RIFF'));
  const { manifest } = await sealArchive(objects, state, noManifest, sealing);
  expect(manifest.parts[0]?.files).toBe(true);
});

test('a name that could leave the folder of the archive is no part of a key', () => {
  for (const archive_id of ['../x', 'a/b', '', '.'])
    expect(() => beginArchive({ ...facts, archive_id })).toThrow(TypeError);
});
