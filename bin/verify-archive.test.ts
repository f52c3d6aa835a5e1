import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync, cpSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { exportJWK, FlattenedSign, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runs } from '#test/support/property-runs.ts';
import { beginArchive, beginRevision, noManifest, type ArchiveManifest } from '#archive/archive.ts';
import { putFiles } from '#archive/files.ts';
import { putPart, replacePart } from '#archive/parts.ts';
import { sealArchive } from '#archive/seal.ts';
import { canonicalJson } from '#schema/canonical-json.ts';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import { folderSource } from './verify-archive/source.ts';
import { readKeys } from './verify-archive/signature.ts';
import { verifyArchives, type Verdict } from './verify-archive/verify.ts';

const [own, foreign] = [await generateKeyPair('ES256', { extractable: true }), await generateKeyPair('ES256')];
const keySet = JSON.stringify({
  keys: [
    {
      ...(await exportJWK(own.publicKey)),
      ...{ kid: 'key-1', alg: 'ES256', use: 'sig' },
      ...{ valid_from: '2026-01-01T00:00:00.000Z', valid_until: '2026-12-01T00:00:00.000Z' },
    },
  ],
});
const at = new Date('2026-11-23T13:10:00.000Z');

type Signing = { readonly key?: typeof own.privateKey; readonly header?: Readonly<Record<string, unknown>> };
async function sign(text: string, { key = own.privateKey, header = {} }: Signing = {}): Promise<string> {
  const { protected: protectedHeader = '', signature } = await new FlattenedSign(Buffer.from(text))
    .setProtectedHeader({
      ...{ alg: 'ES256', typ: 'archive-manifest+jws', kid: 'key-1', iat: at.getTime() / 1_000 },
      ...header,
    })
    .sign(key);
  return `${protectedHeader}..${signature}`;
}

const options = {
  range: { start: '2026-01-01T00:00:00.000Z', end: '2026-02-01T00:00:00.000Z' },
  storage: { lock: null, storageClass: 'STANDARD' },
} as const;
const sealing = { signer: (text: string) => sign(text), lock: null, now: at };
const facts = (archive_id: string, of = 'sms') => ({
  ...{ archive_id, org_id: 1001, class: of, policy_id: null },
  created_at: '2026-11-23T13:00:00.000Z',
});
const folderOf = (id: string, of = 'sms'): string => `archive/org_1001/${of}/2026-11/${id}/`;

/** Three archives: two of lines, and one of recordings; the second has a revision. */
async function writeArchives(objects: ReturnType<typeof memoryObjects>, lines = ['{"n":1}', '{"n":2}']) {
  let previous = noManifest;
  const manifests: ArchiveManifest[] = [];
  for (const id of ['arch_1', 'arch_2']) {
    const state = await putPart(objects, beginArchive(facts(id)), lines, options);
    const sealed = await sealArchive(objects, await putPart(objects, state, ['{"n":3}'], options), previous, sealing);
    manifests.push(sealed.manifest);
    previous = sealed.sha256;
  }
  const records = (async function* () {
    const body = (async function* () {
      yield Buffer.from('RIFF');
    })();
    yield { name: 'rec_1', extension: 'wav', body, record: '{"id":"rec_1"}' } as const;
  })();
  const recordings = await putFiles(objects, beginArchive(facts('arch_3', 'recordings')), records, options);
  previous = (await sealArchive(objects, recordings, previous, sealing)).sha256;
  const [, second] = manifests;
  const [part] = second?.parts ?? [];
  if (second === undefined || part === undefined) throw new Error('two archives were sealed');
  const revision = beginRevision(second, { reason: 'erasure', created_at: '2026-11-23T13:05:00.000Z' });
  const replaced = await replacePart(objects, revision, part, { lines: ['{"n":2}'], storage: options.storage });
  return (await sealArchive(objects, replaced, previous, sealing)).sha256;
}

const store = (folder: string, objects: ReturnType<typeof memoryObjects>) => {
  for (const [key, bytes] of objects.kept) {
    mkdirSync(dirname(join(folder, key)), { recursive: true });
    writeFileSync(join(folder, key), bytes);
  }
};

let root: string;
let head: string;
const good = memoryObjects();
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'trunkline-archives-'));
  head = await writeArchives(good);
  store(join(root, 'good'), good);
});
afterAll(() => rmSync(root, { recursive: true }));

const verify = (folder: string, more = {}) =>
  verifyArchives(folderSource(folder), { keys: readKeys(keySet), head, ...more });
const problemsOf = ({ archives, chains, findings }: Verdict): string[] =>
  [...archives.flatMap((each) => each.findings), ...chains.flatMap(({ problems }) => problems), ...findings].map(
    ({ key, problem }) => (key === null ? problem : `${key} ${problem}`),
  );

let copies = 0;
/** The findings of a copy that was changed. */
async function findingsAfter(change: (folder: string) => unknown): Promise<string[]> {
  const folder = join(root, `copy-${(copies += 1)}`);
  cpSync(join(root, 'good'), folder, { recursive: true });
  await change(folder);
  const verdict = await verify(folder);
  rmSync(folder, { recursive: true });
  expect(verdict.holds).toBe(false);
  return problemsOf(verdict);
}

/** Changes a manifest, and signs it again. */
async function resign(folder: string, key: string, change: (manifest: ArchiveManifest) => object, how?: Signing) {
  const text = canonicalJson(change(JSON.parse(readFileSync(join(folder, key), 'utf8')) as ArchiveManifest));
  writeFileSync(join(folder, key), text);
  writeFileSync(join(folder, key.replace('.json', '.jws')), await sign(text, how));
}
const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const first = `${folderOf('arch_1')}manifest.json`;

test('archives that were not touched hold, and their replaced parts are listed', async () => {
  const verdict = await verify(join(root, 'good'));
  expect([verdict.holds, problemsOf(verdict), verdict.chains.map(({ length, last }) => [length, last])]).toEqual([
    true,
    [],
    [[4, head]],
  ]);
  expect(verdict.archives.map(({ archive_id: id, records, revisions }) => [id, records, revisions]).sort()).toEqual([
    ['arch_1', 3, 0],
    ['arch_2', 2, 1],
    ['arch_3', 1, 0],
  ]);
  expect(verdict.archives.flatMap(({ replaced }) => replaced)).toMatchObject([
    { key: `${folderOf('arch_2')}part-00000.jsonl.gz`, reason: 'erasure' },
  ]);
});

test('a part that a revision replaced may be gone, and no other', async () => {
  const folder = join(root, 'erased');
  cpSync(join(root, 'good'), folder, { recursive: true });
  rmSync(join(folder, folderOf('arch_2'), 'part-00000.jsonl.gz'));
  expect(problemsOf(await verify(folder))).toEqual([]);
  rmSync(join(folder, folderOf('arch_2'), 'part-00001.jsonl.gz'));
  expect(problemsOf(await verify(folder))).toEqual([`${folderOf('arch_2')}part-00001.jsonl.gz is missing`]);
});

test.each([
  [`${folderOf('arch_1')}part-00002.jsonl.gz`, 'beside the parts'],
  [`${folderOf('arch_3', 'recordings')}files/rec_2.wav`, 'beside the files of records'],
  [`${folderOf('arch_1')}manifest-00001.jws`, 'as a signature of nothing'],
  ['archive/org_1001/notes.txt', 'outside of archives'],
])('a file that no manifest lists is found: %s, %s', async (key) => {
  expect(await findingsAfter((folder) => writeFileSync(join(folder, key), 'anything'))).toEqual([
    `${key} is listed by no manifest`,
  ]);
});

test('a folder without a manifest is named, and is no archive', async () => {
  const folder = join(root, 'unfinished');
  cpSync(join(root, 'good'), folder, { recursive: true });
  const [from, to] = [folderOf('arch_1'), folderOf('arch_7')].map((each) => join(folder, each, 'part-00000.jsonl.gz'));
  cpSync(from ?? '', to ?? '');
  expect(await verify(folder)).toMatchObject({ holds: true, unfinished: [folderOf('arch_7')] });
});

test('a flipped byte of a part, or of a file, is found', async () => {
  for (const [name, problem] of [
    [`${folderOf('arch_1')}part-00000.jsonl.gz`, 'was changed: its hash is not the one of the manifest'],
    [`${folderOf('arch_3', 'recordings')}files/rec_1.wav`, 'was changed: its hash is not the one of the manifest'],
  ] as const)
    expect(
      await findingsAfter((folder) => {
        const bytes = readFileSync(join(folder, name));
        bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1);
        writeFileSync(join(folder, name), bytes);
      }),
    ).toContain(`${name} ${problem}`);
});

test('a manifest that was swapped with that of another archive is found', async () => {
  const findings = await findingsAfter((folder) => {
    for (const name of ['manifest.json', 'manifest.jws'])
      cpSync(join(folder, folderOf('arch_2'), name), join(folder, folderOf('arch_1'), name));
  });
  expect(findings).toContain(`${first} is the manifest of arch_2 of org_1001: it was swapped`);
});

test.each([
  ['by a key that has the id of another', { key: foreign.privateKey }, 'does not have the content that was signed'],
  ['by a key that is not published', { header: { kid: 'key-2' } }, 'is signed by "key-2", which is no key of the set'],
  ['as a token', { header: { typ: 'JWT' } }, 'has a signature of the type "JWT", not of a manifest'],
  ['before its key was valid', { header: { iat: 1 } }, 'is signed at no time, or before it was created'],
  [
    'after its key was valid',
    { header: { iat: Date.parse('2026-12-02T00:00:00.000Z') / 1_000 } },
    'is signed at a time when key-1 was not valid',
  ],
])('a manifest that is signed %s is found', async (_, how, problem) => {
  const signed = (folder: string) => resign(folder, first, (manifest) => manifest, how);
  expect(await findingsAfter(signed)).toEqual([`${first} ${problem}`]);
});

test('a token in the place of a signature is found, and a set of token keys verifies nothing', async () => {
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'key-1' })
    .sign(own.privateKey);
  const replaced = (folder: string) => writeFileSync(join(folder, first.replace('.json', '.jws')), token);
  expect(await findingsAfter(replaced)).toEqual([`${first} has a signature of another form`]);
  expect(() => readKeys(keySet.replaceAll('valid_', 'other_'))).toThrow('no key of archives');
});

test('a signature whose last character has other unused bits is found', async () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const changed = (folder: string) => {
    const path = join(folder, first.replace('.json', '.jws'));
    const text = readFileSync(path, 'utf8');
    const last = alphabet[alphabet.indexOf(text.at(-1) ?? '') + 1] ?? '';
    writeFileSync(path, text.slice(0, -1) + last);
  };
  expect(await findingsAfter(changed)).toEqual([`${first} has a signature of another form`]);
});

test('a chain that is cut in the middle or at its end is found', async () => {
  const middle = await findingsAfter((folder) => rmSync(join(folder, folderOf('arch_1')), { recursive: true }));
  expect(middle).toContainEqual(expect.stringMatching(/arch_2\/manifest.json follows [0-9a-f]{64}, which is missing/));
  const end = await findingsAfter((folder) => {
    for (const name of ['manifest-00001.json', 'manifest-00001.jws']) rmSync(join(folder, folderOf('arch_2'), name));
  });
  expect(end).toEqual([
    `${folderOf('arch_2')}part-00000-r1.jsonl.gz is listed by no manifest`,
    `the chain is cut at its end: the manifest ${head} is missing`,
  ]);
});

test('a chain whose beginning has expired holds from its last expired manifest on', async () => {
  const folder = join(root, 'expired');
  cpSync(join(root, 'good'), folder, { recursive: true });
  const from = sha256(readFileSync(join(folder, first)));
  rmSync(join(folder, folderOf('arch_1')), { recursive: true });
  expect([(await verify(folder)).holds, (await verify(folder, { from })).holds]).toEqual([false, true]);
});

test('a second manifest with the same predecessor is found', async () => {
  const findings = await findingsAfter(async (folder) => {
    const text = readFileSync(join(folder, first), 'utf8').replaceAll('arch_1', 'arch_9');
    mkdirSync(join(folder, folderOf('arch_9')));
    writeFileSync(join(folder, folderOf('arch_9'), 'manifest.json'), text);
    writeFileSync(join(folder, folderOf('arch_9'), 'manifest.jws'), await sign(text));
  });
  expect(findings).toContainEqual(expect.stringContaining('forks the chain'));
});

test('a part that decompresses to more than a part may have is found without decompressing it', async () => {
  const bomb = gzipSync(Buffer.alloc(70_000_000, '\n'));
  const key = `${folderOf('arch_1')}part-00000.jsonl.gz`;
  const findings = await findingsAfter(async (folder) => {
    writeFileSync(join(folder, key), bomb);
    const part = { key, bytes: bomb.length, records: 2, sha256: sha256(bomb) };
    await resign(folder, first, (manifest) => ({ ...manifest, parts: manifest.parts.with(0, part) }));
  });
  expect(findings).toContain(`${key} decompresses to more than 64000000 bytes`);
});

test('a count that is not that of the lines is found', async () => {
  const key = `${folderOf('arch_1')}part-00001.jsonl.gz`;
  const counted = (folder: string) =>
    resign(folder, first, ({ parts, ...manifest }) => ({
      ...manifest,
      records: 4,
      parts: parts.map((part) => (part.key === key ? { ...part, records: 2 } : part)),
    }));
  expect(await findingsAfter(counted)).toContain(`${key} has 1 records, not 2`);
});

test.each(['../secret', `${folderOf('arch_2')}part-00001.jsonl.gz`, `${folderOf('arch_1')}../x.gz`, '/etc/passwd'])(
  'a manifest that names %s is found, and nothing outside of its folder is opened',
  async (key) => {
    const named = (folder: string) =>
      resign(folder, first, ({ parts: [part, ...others], ...manifest }) => ({
        ...manifest,
        parts: [{ ...part, key }, ...others],
      }));
    const findings = await findingsAfter(named);
    expect(findings).toContain(`${first} names ${JSON.stringify(key)}, which is no file of its folder`);
    expect(findings.filter((each) => each.startsWith(key))).toEqual([]);
  },
);

test('an archive id that two folders have is found', async () => {
  const copied = (folder: string) =>
    cpSync(join(folder, folderOf('arch_1')), join(folder, folderOf('arch_1').replace('2026-11', '2026-12')), {
      recursive: true,
    });
  expect(await findingsAfter(copied)).toContainEqual(expect.stringContaining('has the archive id arch_1, as'));
});

test('a revision that changes more than it names, or follows none, is found', async () => {
  const key = `${folderOf('arch_2')}manifest-00001.json`;
  const more = await findingsAfter((folder) => resign(folder, key, (manifest) => ({ ...manifest, replaces: [] })));
  expect(more).toContain(`${key} changes parts that it does not name as replaced`);
  const none = await findingsAfter((folder) => {
    for (const name of ['json', 'jws'])
      renameSync(
        join(folder, folderOf('arch_2'), `manifest-00001.${name}`),
        join(folder, folderOf('arch_2'), `manifest-00002.${name}`),
      );
  });
  expect(none).toContainEqual(expect.stringContaining('manifest-00002.json follows no revision 1'));
});

test('any archive holds as it was written, and with any single byte changed it does not', async () => {
  const lines = fc.array(
    fc.json().map((text) => canonicalJson(JSON.parse(text))),
    { minLength: 1, maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(lines, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (texts, file, byte, change) => {
      const folder = join(root, `any-${(copies += 1)}`);
      const objects = memoryObjects();
      const last = await writeArchives(objects, texts);
      store(folder, objects);
      expect((await verify(folder, { head: last })).holds).toBe(true);
      const keys = [...objects.kept.keys()];
      const path = join(folder, keys[file % keys.length] ?? '');
      const bytes = readFileSync(path);
      bytes.writeUInt8((bytes.at(byte % bytes.length) ?? 0) ^ change, byte % bytes.length);
      writeFileSync(path, bytes);
      expect((await verify(folder, { head: last })).holds).toBe(false);
      rmSync(folder, { recursive: true });
    }),
    { numRuns: runs(8) },
  );
});

test('the command says what holds, and ends with 1 if something does not', async () => {
  const keys = join(root, 'keys.json');
  writeFileSync(keys, keySet);
  const run = (...more: string[]) =>
    new Promise<{ readonly code: number; readonly text: string }>((resolve) => {
      execFile(
        process.execPath,
        ['bin/verify-archive.ts', join(root, 'good'), '--keys', keys, ...more],
        (error, text) => resolve({ code: Number(error?.code ?? 0), text }),
      );
    });
  const [plain, json, cut] = await Promise.all([run(), run('--json', '--head', head), run('--head', 'f'.repeat(64))]);
  expect([plain.code, plain.text.split('\n').at(-2), json.code, cut.code]).toEqual([0, 'Everything holds.', 0, 1]);
  expect((JSON.parse(json.text) as Verdict).archives).toHaveLength(3);
});

test('the verifier needs nothing of the platform but its own folder and what it shares with other tools', () => {
  const files = readdirSync('bin/verify-archive').map((name) => `bin/verify-archive/${name}`);
  const imports = ['bin/verify-archive.ts', 'bin/command-line/command.ts', ...files].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/ from '([^']+)'/g)].map(([, from = '']) => from),
  );
  expect(
    imports.filter(
      (from) =>
        !/^(node:.*|jose|zod|@aws-sdk\/client-s3|\.\/((verify-archive|command-line)\/)?[a-z-]+\.ts)$/.test(from),
    ),
  ).toEqual([]);
});
