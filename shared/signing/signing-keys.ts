import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey } from 'jose';
import * as z from 'zod';
import { commit, StaleWrite } from '../dynamodb/commit.ts';
import type { Store } from '../dynamodb/client.ts';
import { signingKeyRow, type SigningKeyItem } from '../dynamodb/rows/user.ts';
import { tableFor } from '../dynamodb/table.ts';
import { create } from '../dynamodb/write.ts';
import { tokenAudience } from '../http/admission/token.ts';
import { minute } from '../schema/time.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { signingKeyAt } from './key-lifecycle.ts';

/**
 * ES256 keys in generations. The private key is a version of the secret `signing-keys`, the public one a row that every
 * function reads. The process that stores the secret first determines a generation; all others, and one after a crash,
 * continue from what is stored.
 */
type SigningSecrets = Secrets<'signing-keys'>;

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

type NewKey = { readonly generation: number; readonly activeFrom: Date; readonly now: Date };

/** Makes a generation, or completes or returns an existing one. */
export async function makeSigningKey(
  store: Store,
  secrets: SigningSecrets,
  { generation, activeFrom, now }: NewKey,
): Promise<SigningKeyItem> {
  const chosen = await secrets.putOnce('signing-keys', versionOf(generation), await newPrivateKey());
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
    await commit(store, 0, [create(signingKeyRow, item)]);
    return item;
  } catch (error) {
    if (!(error instanceof StaleWrite)) throw error;
    const stored = await tableFor<'signingkey'>(store, 0).get(signingKeyRow, { generation });
    return stored ?? item;
  }
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

/** Milliseconds. Safe, because a key is published at least 10 minutes before it signs. */
const keysTtl = 5 * minute;

/** The stored keys, read at most every five minutes. The first call ever makes the first key. */
function keyList(store: Store, secrets: SigningSecrets): (now: Date) => Promise<readonly SigningKeyItem[]> {
  let list: { readonly keys: readonly SigningKeyItem[]; readonly readAt: number } | undefined;
  return async (now) => {
    if (list !== undefined && now.getTime() - list.readAt <= keysTtl) return list.keys;
    const { items } = await tableFor<'signingkey'>(store, 0).query<'signingkey', SigningKeyItem, object>(
      signingKeyRow,
      {},
    );
    const keys =
      items.length > 0 ? items : [await makeSigningKey(store, secrets, { generation: 1, activeFrom: now, now })];
    list = { keys, readAt: now.getTime() };
    return keys;
  };
}

/** Signs session tokens with the key that is active. */
export function tokenSigner(store: Store, secrets: SigningSecrets, issuer: string): TokenSigner {
  const keysAt = keyList(store, secrets);
  const privateKeys = new Map<number, CryptoKey | Uint8Array>();

  const privateKeyOf = async ({ generation }: SigningKeyItem): Promise<CryptoKey | Uint8Array> => {
    const known = privateKeys.get(generation);
    if (known !== undefined) return known;
    const { jwk } = PrivateKey.parse(JSON.parse(await secrets.read('signing-keys', versionOf(generation))));
    const key = await importJWK(jwk, 'ES256');
    privateKeys.set(generation, key);
    return key;
  };

  return async ({ user, organization, scopes, session, tokenId, expiresAt }, now) => {
    const key = signingKeyAt(await keysAt(now), now);
    if (key === undefined) throw new Error('there is no signing key');
    return new SignJWT({ org: `org_${organization}`, scopes: [...scopes], sid: session })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: key.kid })
      .setIssuer(issuer)
      .setAudience(tokenAudience)
      .setSubject(user)
      .setJti(tokenId)
      .setIssuedAt(Math.floor(now.getTime() / 1_000))
      .setExpirationTime(expiresAt)
      .sign(await privateKeyOf(key));
  };
}
