import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { temporaryFolder } from '#test/system/peers/program.ts';
import type { OpenedObject } from '#objects/objects.ts';
import { maxSoundSize, soundHeader, soundHeaderSize, type Sound } from '#schema/sound.ts';
import { SoundCache } from './sound-cache.ts';

const bytesOf = (samples: number, value = 0x80): Buffer =>
  Buffer.concat([soundHeader(samples), Buffer.alloc(samples, value)]);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A cache of 1,000 bytes, and the bucket that it reads. */
async function cacheIn(path: string, size = 1_000) {
  const objects = new Map<string, Uint8Array>();
  const opened: string[] = [];
  const open = async ({ key }: { readonly key: string }): Promise<OpenedObject | undefined> => {
    opened.push(key);
    const bytes = objects.get(key);
    if (bytes === undefined) return undefined;
    const body = async function* () {
      for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
    };
    return { size: bytes.length, type: 'audio/wav', body: body() };
  };
  const cache = await SoundCache.open({ folder: path, objects: { open } }, { size, fetches: 2, timeout: 5_000 });
  const put = (bytes: Uint8Array, hash = sha256(bytes)): Sound => {
    objects.set(`org_1001/sounds/${hash}/1`, bytes);
    return { organization: 1_001, sha256: hash };
  };
  return { cache, put, opened };
}

test('a sound is fetched once, and is a file with its length', async () => {
  using folder = temporaryFolder();
  const { cache, put, opened } = await cacheIn(folder.path);
  const sound = put(bytesOf(800));
  const { path, milliseconds } = await cache.get(sound);
  expect([readFileSync(path).equals(bytesOf(800)), milliseconds]).toEqual([true, 100]);
  expect(await cache.get(sound)).toEqual({ path, milliseconds });
  expect(opened).toHaveLength(1);
});

test('requests at the same time share a fetch', async () => {
  using folder = temporaryFolder();
  const { cache, put, opened } = await cacheIn(folder.path);
  const sound = put(bytesOf(800));
  const paths = await Promise.all(Array.from({ length: 50 }, async () => (await cache.get(sound)).path));
  expect([new Set(paths).size, opened.length]).toEqual([1, 1]);
});

test('what was not asked for the longest time goes first', async () => {
  using folder = temporaryFolder();
  const { cache, put, opened } = await cacheIn(folder.path);
  const [one, two, three] = [1, 2, 3].map((value) => put(bytesOf(400, value)));
  for (const sound of [one!, two!, one!, three!]) await cache.get(sound);
  expect(readdirSync(folder.path)).toHaveLength(2);
  expect(opened).toHaveLength(3);
  await cache.get(one!);
  expect(opened).toHaveLength(3);
  await cache.get(two!);
  expect(opened).toHaveLength(4);
});

test('a sound larger than the cache is had, alone', async () => {
  using folder = temporaryFolder();
  const { cache, put } = await cacheIn(folder.path);
  await cache.get(put(bytesOf(400)));
  const { path } = await cache.get(put(bytesOf(2_000)));
  expect(readdirSync(folder.path).map((name) => path.endsWith(name))).toEqual([true]);
});

test('no organization gets the sound of another one', async () => {
  using folder = temporaryFolder();
  const { cache, put } = await cacheIn(folder.path);
  const sound = put(bytesOf(400));
  await cache.get(sound);
  await expect(cache.get({ ...sound, organization: 1_002 })).rejects.toMatchObject({ reason: 'missing' });
});

test.each([
  ['of another hash', bytesOf(400), 'ab'.repeat(32)],
  ['without samples’ header', Buffer.alloc(400)],
  ['that are fewer than its header says', bytesOf(400).subarray(0, 300)],
  ['that are too many', Buffer.alloc(maxSoundSize + 1)],
  ['that are less than a header', Buffer.alloc(soundHeaderSize - 1)],
])('bytes %s are no sound, and leave no file', async (_what, bytes, hash = sha256(bytes)) => {
  using folder = temporaryFolder();
  const { cache, put } = await cacheIn(folder.path);
  await expect(cache.get(put(bytes, hash))).rejects.toMatchObject({ reason: 'damaged' });
  expect(readdirSync(folder.path)).toEqual([]);
});

test('a bucket that stops in the middle is given up', async () => {
  using folder = temporaryFolder();
  const body = new Readable({ read: () => undefined });
  body.push(Buffer.alloc(1));
  const open = async () => ({ size: 100, type: '', body });
  const limits = { size: 1_000, fetches: 2, timeout: 50 };
  const cache = await SoundCache.open({ folder: folder.path, objects: { open } }, limits);
  await expect(cache.get({ organization: 1_001, sha256: 'ab'.repeat(32) })).rejects.toThrow();
  expect(readdirSync(folder.path)).toEqual([]);
});

test('only so many sounds are fetched at the same time', async () => {
  using folder = temporaryFolder();
  const { cache, put } = await cacheIn(folder.path, 10_000);
  const sounds = [1, 2, 3].map((value) => put(bytesOf(400, value)));
  const settled = await Promise.allSettled(sounds.map((sound) => cache.get(sound)));
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  await cache.get(sounds[2]!);
});

test('the next process has the files of the last one, without what it had not finished', async () => {
  using folder = temporaryFolder();
  const before = await cacheIn(folder.path);
  const sound = before.put(bytesOf(800));
  const { path } = await before.cache.get(sound);
  writeFileSync(`${folder.path}/1.part`, 'half');
  const { cache, opened } = await cacheIn(folder.path);
  expect(await cache.get(sound)).toEqual({ path, milliseconds: 100 });
  expect([opened, existsSync(`${folder.path}/1.part`)]).toEqual([[], false]);
});

test('a file that someone has deleted is fetched again', async () => {
  using folder = temporaryFolder();
  const { cache, put } = await cacheIn(folder.path);
  const sound = put(bytesOf(800));
  rmSync((await cache.get(sound)).path);
  expect(existsSync((await cache.get(sound)).path)).toBe(true);
});

test('the end of a sound is a sound of its own; after its end there is nothing', async () => {
  using folder = temporaryFolder();
  const { cache, put } = await cacheIn(folder.path, 100_000);
  const samples = Buffer.concat([Buffer.alloc(8_000, 1), Buffer.alloc(8_000, 2)]);
  const sound = put(Buffer.concat([soundHeader(samples.length), samples]));
  for (let times = 0; times < 2; times += 1) {
    const { path, milliseconds } = await cache.get({ ...sound, from: 1_000 });
    expect([milliseconds, readFileSync(path).subarray(soundHeaderSize).equals(samples.subarray(8_000))]).toEqual([
      1_000,
      true,
    ]);
  }
  expect(readdirSync(folder.path)).toHaveLength(2);
  expect((await cache.get({ ...sound, from: 5_000 })).milliseconds).toBe(0);
});
