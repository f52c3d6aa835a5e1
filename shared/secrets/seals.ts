import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { Secrets } from './secrets.ts';

/**
 * Secrets that must be readable again (SIP passwords, provisioning URLs), as items hold them: AES-256-GCM
 * (NIST SP 800-38D) under a data key that lies in the secret `sealing-keys`, a version for each generation.
 * Who may read an item cannot read what is sealed in it, unless its contract names that secret too.
 */

/**
 * What a sealed value belongs to: it opens for nothing else, so that no copy of it serves another tenant, thing or
 * field.
 */
export type SealedFor = {
  readonly organization: number;
  /** Of the thing: `trunk_…`. */ readonly id: string;
  readonly field: string;
};

export type Seals = {
  /** @returns `<generation>.<initialization vector>.<cipher text>.<tag>`, in base64url */
  readonly seal: (text: string, belongsTo: SealedFor) => Promise<string>;
  /** @throws Error when it was sealed for something else, or was changed */
  readonly open: (sealed: string, belongsTo: SealedFor) => Promise<string>;
};

/** Generation 0 is what the secret was made with, and seals nothing. */
const DataKey = z.object({ generation: z.int().min(0), key: z.base64url() });
type DataKey = z.output<typeof DataKey>;

/** A version's name has at least 32 characters. */
const versionOf = (generation: number): string => `sealing-key-generation-${String(generation).padStart(12, '0')}`;

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
/** NIST SP 800-38D §8.2.2: random ones, for at most 2^32 values under one key. */
const vectorBytes = 12;
const tagBytes = 16;

/** Milliseconds after which the key that seals is looked up again, as another may be current by then. */
const currentLife = 3_600_000;

const associated = ({ organization, id, field }: SealedFor): Buffer =>
  Buffer.from(JSON.stringify([organization, id, field]));
const text64 = (bytes: Buffer): string => bytes.toString('base64url');
const parsed = (stored: string): DataKey => DataKey.parse(JSON.parse(stored));

function sealedBy({ generation, key }: DataKey, text: string, belongsTo: SealedFor): string {
  const vector = randomBytes(vectorBytes);
  const cipher = createCipheriv(algorithm, Buffer.from(key, 'base64url'), vector, { authTagLength: tagBytes }).setAAD(
    associated(belongsTo),
  );
  const hidden = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return [String(generation), ...[vector, hidden, cipher.getAuthTag()].map(text64)].join('.');
}

function openedBy({ key }: DataKey, parts: readonly Buffer[], belongsTo: SealedFor): string {
  const [vector = Buffer.alloc(0), hidden = Buffer.alloc(0), tag = Buffer.alloc(0)] = parts;
  const decipher = createDecipheriv(algorithm, Buffer.from(key, 'base64url'), vector, { authTagLength: tagBytes })
    .setAAD(associated(belongsTo))
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(hidden), decipher.final()]).toString('utf8');
}

/** Keys are kept in memory; the first that seals anything makes the first key, of several at once one for all. */
export function sealsFrom(secrets: Secrets<'sealing-keys'>, now: () => number = Date.now): Seals {
  const known = new Map<number, DataKey>();
  let current: { readonly key: DataKey; readonly until: number } | undefined;

  const keep = (key: DataKey): DataKey => {
    known.set(key.generation, key);
    return key;
  };

  const firstKey = async (): Promise<DataKey> =>
    parsed(
      await secrets.putOnce(
        'sealing-keys',
        versionOf(1),
        JSON.stringify({ generation: 1, key: text64(randomBytes(keyBytes)) } satisfies DataKey),
      ),
    );

  const currentKey = async (): Promise<DataKey> => {
    if (current !== undefined && current.until > now()) return current.key;
    const stored = parsed(await secrets.read('sealing-keys'));
    const key = keep(stored.generation === 0 ? await firstKey() : stored);
    current = { key, until: now() + currentLife };
    return key;
  };

  return {
    seal: async (text, belongsTo) => sealedBy(await currentKey(), text, belongsTo),
    open: async (sealed, belongsTo) => {
      const [generation = '', ...parts] = sealed.split('.');
      const key =
        known.get(Number(generation)) ??
        keep(parsed(await secrets.read('sealing-keys', versionOf(Number(generation)))));
      return openedBy(
        key,
        parts.map((part) => Buffer.from(part, 'base64url')),
        belongsTo,
      );
    },
  };
}
