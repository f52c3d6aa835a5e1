import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Objects } from '#objects/objects.ts';
import {
  isHashOfBytes,
  maxSoundSize,
  soundHeader,
  soundHeaderSize,
  soundMilliseconds,
  soundObject,
  soundRate,
  type Sound,
} from '#schema/sound.ts';
import { second } from '#schema/time.ts';
import type { ReadySound } from '../sip-sidecar/media/relay-control.ts';

/** The dependencies of the cache. */
export type SoundCacheDependencies = {
  /** The folder of the files, which the cache has for itself. */
  readonly folder: string;
  readonly objects: Pick<Objects<'files', 'files' | 'speech' | 'voicemail'>, 'open'>;
};

/** Bytes of all files, and sounds that are fetched at the same time; milliseconds of a fetch. */
export type SoundCacheLimits = { readonly size: number; readonly fetches: number; readonly timeout: number };
const defaultLimits: SoundCacheLimits = { size: 1024 ** 3, fetches: 32, timeout: 10 * second };

/** Why a sound is not ready: there is none, its bytes are not those of its hash, or too much is fetched. */
export class SoundFailure extends Error {
  readonly reason: 'missing' | 'damaged' | 'busy';

  constructor(reason: 'missing' | 'damaged' | 'busy') {
    super(`the sound is ${reason}`);
    this.reason = reason;
  }
}

/** Sounds from the bucket as files, of which those that were not asked for the longest time are deleted first. */
export class SoundCache {
  readonly #dependencies: SoundCacheDependencies;
  readonly #limits: SoundCacheLimits;
  /** Bytes by the name of a file; the one that was asked for last is the last one. */
  readonly #files = new Map<string, number>();
  readonly #fetching = new Map<string, Promise<number>>();
  #size = 0;

  private constructor(dependencies: SoundCacheDependencies, limits: SoundCacheLimits) {
    [this.#dependencies, this.#limits] = [dependencies, limits];
  }

  /** Opens the cache with the files of an earlier process. */
  static async open(dependencies: SoundCacheDependencies, limits = defaultLimits): Promise<SoundCache> {
    const cache = new SoundCache(dependencies, limits);
    await cache.#readFolder();
    return cache;
  }

  /** Has a sound as a file. Requests of one sound share a fetch. @throws SoundFailure, or what the bucket throws */
  async get(sound: Sound): Promise<ReadySound> {
    const name = nameOf(sound);
    const size = (await this.#known(name)) ?? (await this.#fetchOnce(name, sound));
    const { from = 0 } = sound;
    if (from > 0) return this.#end(name, Math.min(size - soundHeaderSize, samplesOf(from)));
    return { path: this.#pathOf(name), milliseconds: soundMilliseconds(size) };
  }

  /** The end of a sound as a file of its own: rtpengine 10.5 plays files from their begin. @param after samples */
  async #end(name: string, after: number): Promise<ReadySound> {
    const end = name.replace(/(?=\.wav$)/, `-${after}`);
    const known = await this.#known(end);
    if (known !== undefined) return { path: this.#pathOf(end), milliseconds: soundMilliseconds(known) };
    const samples = (await readFile(this.#pathOf(name))).subarray(soundHeaderSize + after);
    const bytes = Buffer.concat([soundHeader(samples.length), samples]);
    const part = this.#pathOf(`${randomUUID()}${partial}`);
    await writeFile(part, bytes);
    await this.#makeRoom(bytes.length);
    await rename(part, this.#pathOf(end));
    this.#remember(end, bytes.length);
    return { path: this.#pathOf(end), milliseconds: soundMilliseconds(bytes.length) };
  }

  #pathOf(name: string): string {
    return join(this.#dependencies.folder, name);
  }

  /** @returns bytes of the file; undefined: there is none */
  async #known(name: string): Promise<number | undefined> {
    const size = this.#files.get(name);
    if (size === undefined) return undefined;
    const now = new Date();
    // The next process reads from it which file was used last. One that someone has deleted is fetched again.
    const isThere = await utimes(this.#pathOf(name), now, now).then(
      () => true,
      () => false,
    );
    this.#forget(name);
    if (!isThere) return undefined;
    this.#remember(name, size);
    return size;
  }

  async #fetchOnce(name: string, sound: Sound): Promise<number> {
    let fetching = this.#fetching.get(name);
    if (fetching === undefined) {
      if (this.#fetching.size >= this.#limits.fetches) throw new SoundFailure('busy');
      fetching = this.#fetch(name, sound).finally(() => this.#fetching.delete(name));
      this.#fetching.set(name, fetching);
    }
    return fetching;
  }

  async #fetch(name: string, sound: Sound): Promise<number> {
    const opened = await this.#dependencies.objects.open(soundObject(sound));
    if (opened === undefined) throw new SoundFailure('missing');
    if (opened.size > maxSoundSize) throw new SoundFailure('damaged');
    const part = this.#pathOf(`${randomUUID()}${partial}`);
    try {
      const size = await this.#write(part, opened.body, sound);
      await this.#makeRoom(size);
      await rename(part, this.#pathOf(name));
      this.#remember(name, size);
      return size;
    } finally {
      await rm(part, { force: true });
    }
  }

  /** @returns bytes of the file @throws SoundFailure if it is not the sound of the hash */
  async #write(part: string, body: AsyncIterable<Uint8Array>, sound: Sound): Promise<number> {
    const hash = createHash('sha256');
    let size = 0;
    const measure = async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const piece of pieces) {
        size += piece.length;
        if (size > maxSoundSize) throw new SoundFailure('damaged');
        hash.update(piece);
        yield piece;
      }
    };
    await pipeline(body, measure, createWriteStream(part), { signal: AbortSignal.timeout(this.#limits.timeout) });
    const isMeant = !isHashOfBytes(sound) || hash.digest('hex') === sound.sha256;
    if (!isMeant || !(await isSound(part, size))) throw new SoundFailure('damaged');
    return size;
  }

  async #makeRoom(size: number): Promise<void> {
    for (const [name] of this.#files) {
      if (this.#size + size <= this.#limits.size) return;
      // rtpengine has opened what it plays, and reads on.
      this.#forget(name);
      await rm(this.#pathOf(name), { force: true });
    }
  }

  #remember(name: string, size: number): void {
    this.#forget(name);
    this.#files.set(name, size);
    this.#size += size;
  }

  #forget(name: string): void {
    this.#size -= this.#files.get(name) ?? 0;
    this.#files.delete(name);
  }

  async #readFolder(): Promise<void> {
    const { folder } = this.#dependencies;
    await mkdir(folder, { recursive: true });
    const files = await Promise.all(
      (await readdir(folder)).map(async (name) => ({ name, ...(await statOf(this.#pathOf(name))) })),
    );
    for (const { name, size } of files.toSorted((one, other) => one.usedAt - other.usedAt)) {
      if (complete.test(name)) this.#remember(name, size);
      else if (name.endsWith(partial)) await rm(this.#pathOf(name), { force: true });
    }
    await this.#makeRoom(0);
  }
}

/** Samples that are played in a time. */
const samplesOf = (milliseconds: number): number => Math.round((milliseconds * soundRate) / second);

/** Names of files that are written, and of complete ones. */
const partial = '.part';
const complete = /^\d+-(?:spoken-|message-)?[0-9a-f]{64}(?:-\d+)?\.wav$/;

/** No organization gets what another one has stored. */
const nameOf = ({ organization, sha256, spoken, message }: Sound): string =>
  `${organization}-${spoken === true ? 'spoken-' : ''}${message === true ? 'message-' : ''}${sha256}.wav`;

async function statOf(path: string): Promise<{ readonly size: number; readonly usedAt: number }> {
  const { size, mtimeMs: usedAt } = await stat(path);
  return { size, usedAt };
}

/** Whether a file has the only form that is played. */
async function isSound(path: string, size: number): Promise<boolean> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(new Uint8Array(soundHeaderSize), 0, soundHeaderSize, 0);
  return bytesRead === soundHeaderSize && Buffer.from(soundHeader(size - soundHeaderSize)).equals(buffer);
}
