import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey } from 'jose';
import * as z from 'zod';
import { commit, StaleWrite } from '../dynamodb/commit.ts';
import type { Store } from '../dynamodb/client.ts';
import type { SecretName } from '../contract/effects.ts';
import type { SigningKeyItem } from '../dynamodb/rows/user.ts';
import { tableFor } from '../dynamodb/table.ts';
import { create } from '../dynamodb/write.ts';
import { tokenAudience } from './token.ts';
import { minute } from '../schema/time.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { signingKeyAt } from './key-lifecycle.ts';
import { tokenKeys, type KeyUse } from './key-use.ts';

/**
 * ES256 keys in generations. The private key is a version of the use's secret, the public one a row. The process that
 * stores the secret first determines a generation; all others, and one after a crash, continue from what is stored.
 */

const PrivateKey = z.object({
  kid: z.string(),
  jwk: z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string(), d: z.string() }),
});

/** The name of a version, which has at least 32 characters. */
const versionOf = (generation: number): string => `signing-key-generation-${String(generation).padStart(12, '0')}`;

async function newPrivateKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  // The key id is the thumbprint of the key (RFC 7638).
  return JSON.stringify({ kid: await calculateJwkThumbprint(jwk), jwk });
}

/** The keys of a use, in their store and secret. */
export type KeyStore<S extends SecretName = SecretName> = {
  readonly store: Store;
  readonly secrets: Secrets<S>;
  readonly use: KeyUse<string, S>;
};

/** The stored public keys of a use, in the order of their generations. */
export const readSigningKeys = async (store: Store, { row }: Pick<KeyUse, 'row'>): Promise<readonly SigningKeyItem[]> =>
  (await tableFor<string>(store, 0).query<string, SigningKeyItem, object>(row, {}, { order: 'asc' })).items;

type NewKey = { readonly generation: number; readonly activeFrom: Date; readonly now: Date };

/** Makes a generation, or completes or returns an existing one. */
export async function makeSigningKey<S extends SecretName>(
  { store, secrets, use }: KeyStore<S>,
  { generation, activeFrom, now }: NewKey,
): Promise<SigningKeyItem> {
  const chosen = await secrets.putOnce(use.secret, versionOf(generation), await newPrivateKey());
  const {
    kid,
    jwk: { kty, crv, x, y },
  } = PrivateKey.parse(JSON.parse(chosen));
  const item: SigningKeyItem = {
    generation,
    kid,
    jwk: { kty, crv, x, y },
    created_at: now.toISOString(),
    active_from: activeFrom.toISOString(),
  };
  try {
    await commit(store, 0, [create(use.row, item)]);
    return item;
  } catch (error) {
    if (!(error instanceof StaleWrite)) throw error;
    const stored = await tableFor<string>(store, 0).get(use.row, { generation });
    return stored ?? item;
  }
}

/** Milliseconds. Safe, because a key is published at least 10 minutes before it signs. */
const keysTtl = 5 * minute;

/** The stored keys, read at most every five minutes. The first call ever makes the first key. */
function keyList<S extends SecretName>(keys: KeyStore<S>): (now: Date) => Promise<readonly SigningKeyItem[]> {
  let list: { readonly keys: readonly SigningKeyItem[]; readonly readAt: number } | undefined;
  return async (now) => {
    if (list !== undefined && now.getTime() - list.readAt <= keysTtl) return list.keys;
    const stored = await readSigningKeys(keys.store, keys.use);
    const all = stored.length > 0 ? stored : [await makeSigningKey(keys, { generation: 1, activeFrom: now, now })];
    list = { keys: all, readAt: now.getTime() };
    return all;
  };
}

/** The key of a use that signs at an instant: its id and its private key. */
export type ActiveKey = (now: Date) => Promise<{ readonly kid: string; readonly key: CryptoKey | Uint8Array }>;

/** Finds the key that signs, from lists and private keys in memory. */
export function activeKeyOf<S extends SecretName>(keys: KeyStore<S>): ActiveKey {
  const keysAt = keyList(keys);
  const privateKeys = new Map<number, CryptoKey | Uint8Array>();

  const privateKeyOf = async ({ generation }: SigningKeyItem): Promise<CryptoKey | Uint8Array> => {
    const known = privateKeys.get(generation);
    if (known !== undefined) return known;
    const { jwk } = PrivateKey.parse(JSON.parse(await keys.secrets.read(keys.use.secret, versionOf(generation))));
    const key = await importJWK(jwk, 'ES256');
    privateKeys.set(generation, key);
    return key;
  };

  return async (now) => {
    const active = signingKeyAt(await keysAt(now), now);
    if (active === undefined) throw new Error('there is no signing key');
    return { kid: active.kid, key: await privateKeyOf(active) };
  };
}

export type SessionClaims = {
  /** `usr_…` or `svc_…`. */
  readonly user: string;
  readonly organization: number;
  readonly scopes: readonly string[];
  readonly session: string;
  /** Unique id of the token (`jti`). */
  readonly tokenId: string;
  /** Unix seconds. */
  readonly expiresAt: number;
};

export type TokenSigner = (claims: SessionClaims, now: Date) => Promise<string>;

/** Signs session tokens with the key that is active. */
export function tokenSigner(store: Store, secrets: Secrets<'signing-keys'>, issuer: string): TokenSigner {
  const activeKey = activeKeyOf({ store, secrets, use: tokenKeys });
  return async ({ user, organization, scopes, session, tokenId, expiresAt }, now) => {
    const { kid, key } = await activeKey(now);
    return new SignJWT({ org: `org_${organization}`, scopes: [...scopes], sid: session })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid })
      .setIssuer(issuer)
      .setAudience(tokenAudience)
      .setSubject(user)
      .setJti(tokenId)
      .setIssuedAt(Math.floor(now.getTime() / 1_000))
      .setExpirationTime(expiresAt)
      .sign(key);
  };
}
