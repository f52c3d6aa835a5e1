import { hash } from 'node:crypto';
import { importJWK, jwtVerify } from 'jose';
import { AppError } from '../errors.ts';
import type { Store } from '../dynamodb/client.ts';
import { signingKeyRow, type SigningKeyItem } from '../dynamodb/rows/user.ts';
import { tableFor } from '../dynamodb/table.ts';
import { minute } from '../schema/time.ts';
import { mayStillVerify } from './key-lifecycle.ts';

/** The claims of a session token that are used. All other state is read from the store on every request. */
export type TokenClaims = {
  readonly user: string;
  readonly organization: number;
  readonly session: string;
  /** Unix seconds. */ readonly expiresAt: number;
};

export const tokenAudience = 'platform-api';
/** Seconds. */
const clockSkew = 30;

type VerifyingKey = Awaited<ReturnType<typeof importJWK>>;
type Keys = { readonly byId: ReadonlyMap<string, VerifyingKey>; readonly readAt: number };

/** Milliseconds. Safe, because a key is published at least 10 minutes before it signs. */
const keysTtl = 5 * minute;
const cachedTokens = 10_000;

export const invalidToken = (cause?: unknown): AppError =>
  new AppError('INVALID_TOKEN', 'The credential is invalid, expired or revoked', cause === undefined ? {} : { cause });

async function readKeys(store: Store, now: number): Promise<Keys> {
  const { items } = await tableFor<'signingkey'>(store, 0).query<'signingkey', SigningKeyItem, object>(
    signingKeyRow,
    {},
  );
  const byId = new Map<string, VerifyingKey>();
  const current = items.filter((key) => mayStillVerify(key, new Date(now)));
  for (const { kid, jwk } of current) byId.set(kid, await importJWK({ ...jwk, alg: 'ES256' }));
  return { byId, readAt: now };
}

/** The published keys by `kid`, read at most every five minutes, and on every call as long as there is none. */
function keyCache(store: Store): (now: number) => Promise<Keys['byId']> {
  let keys: Keys | undefined;
  return async (now) => {
    if (keys === undefined || keys.byId.size === 0 || now - keys.readAt > keysTtl) keys = await readKeys(store, now);
    return keys.byId;
  };
}

const organizationOf = (claim: unknown): number => {
  const number = typeof claim === 'string' ? Number(/^org_([1-9][0-9]{3,11})$/.exec(claim)?.[1]) : Number.NaN;
  if (Number.isNaN(number)) throw invalidToken();
  return number;
};

/** Milliseconds. */
const maxSpin = 1;

/**
 * Keeps this thread busy while another one works for it. WebCrypto verifies a signature on its own thread, and putting
 * this one to sleep and waking it takes longer than that (`npm run bench pipeline`). A Lambda function has no other
 * request to serve in the meantime.
 */
async function spinUntil<T>(work: Promise<T>): Promise<T> {
  const begun = performance.now();
  let isDone = false;
  const spin = (): void => {
    if (!isDone && performance.now() - begun < maxSpin) setImmediate(spin);
  };
  setImmediate(spin);
  try {
    return await work;
  } finally {
    isDone = true;
  }
}

/** @throws AppError INVALID_TOKEN */
async function verifySignature(
  token: string,
  keys: Keys['byId'],
  { issuer, now }: { readonly issuer: string; readonly now: Date },
): Promise<TokenClaims> {
  const keyNamed = ({ kid }: { readonly kid?: string }): VerifyingKey => {
    const key = keys.get(kid ?? '');
    if (key === undefined) throw invalidToken();
    return key;
  };
  try {
    const { payload } = await spinUntil(
      jwtVerify(token, keyNamed, {
        algorithms: ['ES256'],
        typ: 'JWT',
        issuer,
        audience: tokenAudience,
        clockTolerance: clockSkew,
        currentDate: now,
        requiredClaims: ['sub', 'org', 'sid', 'jti', 'iat', 'exp'],
      }),
    );
    return {
      user: String(payload.sub),
      organization: organizationOf(payload['org']),
      session: String(payload['sid']),
      expiresAt: payload.exp ?? 0,
    };
  } catch (error) {
    throw error instanceof AppError ? error : invalidToken(error);
  }
}

export type TokenVerifier = (token: string, now: Date) => Promise<TokenClaims>;

/**
 * Verifies ES256 session tokens with the published keys. Verified tokens are cached by their hash until they expire,
 * as verification is the most expensive step of a request. An unknown `kid` is rejected without reading keys, so that
 * no token can cause reads (RFC 8725 §3.10).
 */
export function tokenVerifier(store: Store, issuer: string): TokenVerifier {
  const keysAt = keyCache(store);
  const cache = new Map<string, TokenClaims>();

  return async (token, now) => {
    const digest = hash('sha256', token, 'base64');
    const known = cache.get(digest);
    if (known !== undefined && known.expiresAt + clockSkew > now.getTime() / 1_000) return known;
    const claims = await verifySignature(token, await keysAt(now.getTime()), { issuer, now });
    if (cache.size >= cachedTokens) cache.delete(cache.keys().next().value ?? '');
    cache.set(digest, claims);
    return claims;
  };
}
