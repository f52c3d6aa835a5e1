import { hash } from 'node:crypto';
import { importJWK, jwtVerify } from 'jose';
import { AppError } from '../../errors.ts';
import type { Store } from '../../dynamodb/client.ts';
import { signingKeyRow, type SigningKeyItem } from '../../dynamodb/rows/user.ts';
import { tableFor } from '../../dynamodb/table.ts';
import { mayStillVerify } from '../../signing/key-lifecycle.ts';

/** What a session token says; everything else is read from the store on every request (auth.md, "Credentials"). */
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

/** A key is published at least 10 minutes before it signs, so that a list of this age (ms) is never too old. */
const keysLife = 5 * 60_000;
const rememberedTokens = 10_000;

export const invalidToken = (cause?: unknown): AppError =>
  new AppError('INVALID_TOKEN', 'The token is not valid, or no longer so', cause === undefined ? {} : { cause });

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

const organizationOf = (claim: unknown): number => {
  const number = typeof claim === 'string' ? Number(/^org_([1-9][0-9]{3,11})$/.exec(claim)?.[1]) : Number.NaN;
  if (Number.isNaN(number)) throw invalidToken();
  return number;
};

/** Milliseconds. */
const longestWake = 1;

/**
 * Keeps this thread awake while another works for it: WebCrypto verifies a signature on a thread of its own, and here
 * to fall asleep and be woken takes longer than that (`npm run bench pipeline`). A function has no other request
 * meanwhile.
 */
async function awake<T>(work: Promise<T>): Promise<T> {
  const begun = performance.now();
  let isOver = false;
  const turn = (): void => {
    if (!isOver && performance.now() - begun < longestWake) setImmediate(turn);
  };
  setImmediate(turn);
  try {
    return await work;
  } finally {
    isOver = true;
  }
}

export type TokenVerifier = (token: string, now: Date) => Promise<TokenClaims>;

/**
 * Verifies ES256 session tokens against the published keys. A verified token is remembered by its hash
 * until it expires, as verification is a request's dearest part; an unknown `kid` is refused without a
 * look anywhere, so that no token causes a request of its own (RFC 8725 §3.10).
 */
export function tokenVerifier(store: Store, issuer: string): TokenVerifier {
  let keys: Keys | undefined;
  const remembered = new Map<string, TokenClaims>();

  const freshKeys = async (now: number): Promise<Keys> => {
    if (keys === undefined || keys.byId.size === 0 || now - keys.readAt > keysLife) keys = await readKeys(store, now);
    return keys;
  };

  const verify = async (token: string, now: Date): Promise<TokenClaims> => {
    const { byId } = await freshKeys(now.getTime());
    try {
      const { payload } = await awake(
        jwtVerify(
          token,
          ({ kid }) => {
            const key = byId.get(kid ?? '');
            if (key === undefined) throw invalidToken();
            return key;
          },
          {
            algorithms: ['ES256'],
            typ: 'JWT',
            issuer,
            audience: tokenAudience,
            clockTolerance: clockSkew,
            currentDate: now,
            requiredClaims: ['sub', 'org', 'sid', 'jti', 'iat', 'exp'],
          },
        ),
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
  };

  return async (token, now) => {
    const digest = hash('sha256', token, 'base64');
    const known = remembered.get(digest);
    if (known !== undefined && known.expiresAt + clockSkew > now.getTime() / 1_000) return known;
    const claims = await verify(token, now);
    if (remembered.size >= rememberedTokens) remembered.delete(remembered.keys().next().value ?? '');
    remembered.set(digest, claims);
    return claims;
  };
}
