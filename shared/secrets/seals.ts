import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { hour } from '../schema/time.ts';
import type { Secrets } from './secrets.ts';

/**
 * Sealing of secrets that must be readable again (SIP passwords, provisioning URLs): AES-256-GCM (NIST SP 800-38D) with
 * a data key from the secret `sealing-keys`, which has a version for each generation. A function that may read an item
 * can open its sealed values only if its contract also names that secret.
 */

/** What a sealed value belongs to. It opens for nothing else, so a copy is useless to another tenant or resource. */
export type SealedFor = {
  readonly organization: number;
  /** Id of the resource (`trunk_…`). */ readonly id: string;
  readonly field: string;
};

export type Seals = {
  /** @returns `<generation>.<initialization vector>.<cipher text>.<tag>`, the last three in base64url */
  readonly seal: (text: string, belongsTo: SealedFor) => Promise<string>;
  /** @throws Error if the value belongs to something else or was changed */
  readonly open: (sealed: string, belongsTo: SealedFor) => Promise<string>;
};

/** Codes of short secrets that are only compared (recovery codes): without the key they cannot be guessed. */
export type Macs = {
  /** @returns `<generation>.<HMAC-SHA-256 in base64url>` */
  readonly mac: (text: string, belongsTo: SealedFor) => Promise<string>;
  /** Whether `stored` is the code of a text. Constant time. */
  readonly isMacOf: (stored: string, text: string, belongsTo: SealedFor) => Promise<boolean>;
  /** A code that is the same for ever, by which an item is found: HMAC-SHA-256 in base64url by the first key. */
  readonly lookupCode: (text: string, belongsTo: SealedFor) => Promise<string>;
};

/** Generation 0 is the initial value of the secret, which seals nothing. */
const DataKey = z.object({ generation: z.int().min(0), key: z.base64url() });
type DataKey = z.output<typeof DataKey>;

/** The name of a version, which has at least 32 characters. */
const versionOf = (generation: number): string => `sealing-key-generation-${String(generation).padStart(12, '0')}`;

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
/** NIST SP 800-38D §8.2.2 allows random vectors for at most 2^32 values per key. */
const vectorBytes = 12;
const tagBytes = 16;

/** Milliseconds after which the current key is read again. */
const currentKeyTtl = hour;

const associated = ({ organization, id, field }: SealedFor): Buffer =>
  Buffer.from(JSON.stringify([organization, id, field]));
const base64url = (bytes: Buffer): string => bytes.toString('base64url');
const parseKey = (stored: string): DataKey => DataKey.parse(JSON.parse(stored));

function sealWith({ generation, key }: DataKey, text: string, belongsTo: SealedFor): string {
  const vector = randomBytes(vectorBytes);
  const cipher = createCipheriv(algorithm, Buffer.from(key, 'base64url'), vector, { authTagLength: tagBytes }).setAAD(
    associated(belongsTo),
  );
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return [String(generation), ...[vector, encrypted, cipher.getAuthTag()].map(base64url)].join('.');
}

function openWith({ key }: DataKey, parts: readonly Buffer[], belongsTo: SealedFor): string {
  const [vector = Buffer.alloc(0), encrypted = Buffer.alloc(0), tag = Buffer.alloc(0)] = parts;
  const decipher = createDecipheriv(algorithm, Buffer.from(key, 'base64url'), vector, { authTagLength: tagBytes })
    .setAAD(associated(belongsTo))
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(encrypted), decipher.final()]).toString('utf8');
}

/** A key of its own for HMAC, derived from the data key (RFC 5869). */
const macKey = ({ key }: DataKey): Buffer =>
  Buffer.from(hkdfSync('sha256', Buffer.from(key, 'base64url'), '', 'trunkline codes', keyBytes));

const macWith = (key: DataKey, text: string, belongsTo: SealedFor): Buffer =>
  createHmac('sha256', macKey(key)).update(associated(belongsTo)).update(text, 'utf8').digest();

/** Makes the first key. When several processes do so concurrently, all get the same one. */
const makeFirstKey = async (secrets: Secrets<'sealing-keys'>): Promise<DataKey> =>
  parseKey(
    await secrets.putOnce(
      'sealing-keys',
      versionOf(1),
      JSON.stringify({ generation: 1, key: base64url(randomBytes(keyBytes)) } satisfies DataKey),
    ),
  );

/** The data keys, cached in memory. */
function keyring(secrets: Secrets<'sealing-keys'>, now: () => number) {
  const cache = new Map<number, DataKey>();
  let latest: { readonly key: DataKey; readonly until: number } | undefined;

  const add = (key: DataKey): DataKey => {
    cache.set(key.generation, key);
    return key;
  };
  return {
    /** The key that seals. */
    current: async (): Promise<DataKey> => {
      if (latest !== undefined && latest.until > now()) return latest.key;
      const stored = parseKey(await secrets.read('sealing-keys'));
      const key = add(stored.generation === 0 ? await makeFirstKey(secrets) : stored);
      latest = { key, until: now() + currentKeyTtl };
      return key;
    },
    ofGeneration: async (generation: number): Promise<DataKey> =>
      cache.get(generation) ?? add(parseKey(await secrets.read('sealing-keys', versionOf(generation)))),
  };
}

/** Seals and opens with the keys in `sealing-keys`. The first seal makes the first key. */
export function sealsFrom(secrets: Secrets<'sealing-keys'>, now: () => number = Date.now): Seals & Macs {
  const keys = keyring(secrets, now);
  return {
    seal: async (text, belongsTo) => sealWith(await keys.current(), text, belongsTo),
    open: async (sealed, belongsTo) => {
      const [generation = '', ...parts] = sealed.split('.');
      const key = await keys.ofGeneration(Number(generation));
      return openWith(
        key,
        parts.map((part) => Buffer.from(part, 'base64url')),
        belongsTo,
      );
    },
    mac: async (text, belongsTo) => {
      const key = await keys.current();
      return `${key.generation}.${base64url(macWith(key, text, belongsTo))}`;
    },
    lookupCode: async (text, belongsTo) => {
      const current = await keys.current();
      const first = current.generation === 1 ? current : await keys.ofGeneration(1);
      return base64url(macWith(first, text, belongsTo));
    },
    isMacOf: async (stored, text, belongsTo) => {
      const [generation = '', code = ''] = stored.split('.');
      const expected = macWith(await keys.ofGeneration(Number(generation)), text, belongsTo);
      const given = Buffer.from(code, 'base64url');
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}
