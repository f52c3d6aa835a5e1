import { createHash } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';
import { minute, second } from '../schema/time.ts';
import type { Secrets } from '../secrets/secrets.ts';

/**
 * Tokens of the control interface: a JWT (RFC 7519, HS256 of RFC 7518) that is valid for one command to one task, for
 * 30 seconds.
 */
const issuer = 'platform';
/** Lifetime and tolerated clock skew, in seconds. */
const ttl = 30;
const skew = 5;

const digestOf = (body: string): string => createHash('sha256').update(body).digest('base64url');

/** The request that a token is valid for. `task`: id of the task; `body`: the JSON text. */
type ControlRequest = { readonly task: string; readonly body: string; readonly now: Date };

/** Signs a token for a request. */
export const controlToken = (key: Uint8Array, { task, body, now }: ControlRequest): Promise<string> => {
  const at = Math.floor(now.getTime() / second);
  return new SignJWT({ body: digestOf(body) })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(task)
    .setIssuedAt(at)
    .setExpirationTime(at + ttl)
    .sign(key);
};

/** Whether the token is valid for exactly this request. */
export async function isControlToken(
  key: Uint8Array,
  token: string,
  { task, body, now }: ControlRequest,
): Promise<boolean> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      typ: 'JWT',
      issuer,
      audience: task,
      clockTolerance: skew,
      currentDate: now,
      maxTokenAge: ttl,
      requiredClaims: ['exp', 'iat', 'body'],
    });
    return payload['body'] === digestOf(body);
  } catch {
    return false;
  }
}

const ControlSecret = z.object({ key: z.string().min(32) });

/** Time for which the key is cached, in milliseconds. A rotated key is in use everywhere after it. */
const keyTtl = 5 * minute;

/** The key that signs and verifies tokens, read on first use. @throws ZodError for a malformed secret */
export function controlKey(secrets: Secrets<'sidecar-control'>, clock: () => Date): () => Promise<Uint8Array> {
  let known: { readonly key: Promise<Uint8Array>; readonly readAt: number } | undefined;
  const read = async (): Promise<Uint8Array> =>
    new TextEncoder().encode(ControlSecret.parse(JSON.parse(await secrets.read('sidecar-control'))).key);
  return () => {
    const now = clock().getTime();
    if (known === undefined || now - known.readAt > keyTtl) {
      const pending = { key: read(), readAt: now };
      // A failed read is not cached.
      pending.key.catch(() => (known = known === pending ? undefined : known));
      known = pending;
    }
    return known.key;
  };
}
