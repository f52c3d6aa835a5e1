import { createHash } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';
import type { Secrets } from '../secrets/secrets.ts';

/**
 * Who asks the sidecar shows a token that is good for one command to one task, for half a minute (RFC 7519, RFC 7518
 * HS256).
 */
const issuer = 'platform';
/** Seconds. */
const life = 30;
const skew = 5;

const digestOf = (body: string): string => createHash('sha256').update(body).digest('base64url');

type Asked = { readonly task: string; readonly body: string; readonly now: Date };

export const controlToken = (key: Uint8Array, { task, body, now }: Asked): Promise<string> => {
  const at = Math.floor(now.getTime() / 1_000);
  return new SignJWT({ body: digestOf(body) })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(task)
    .setIssuedAt(at)
    .setExpirationTime(at + life)
    .sign(key);
};

/** Whether the token lets its holder ask this task for just this. */
export async function isControlToken(key: Uint8Array, token: string, { task, body, now }: Asked): Promise<boolean> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      typ: 'JWT',
      issuer,
      audience: task,
      clockTolerance: skew,
      currentDate: now,
      maxTokenAge: life,
      requiredClaims: ['exp', 'iat', 'body'],
    });
    return payload['body'] === digestOf(body);
  } catch {
    return false;
  }
}

const ControlSecret = z.object({ key: z.string().min(32) });

/** Milliseconds for which the key is kept: a new one is known everywhere after that. */
const keyLife = 5 * 60_000;

/** The key that signs and verifies, read when it is first wanted. */
export function controlKey(secrets: Secrets<'sidecar-control'>, clock: () => Date): () => Promise<Uint8Array> {
  let known: { readonly key: Promise<Uint8Array>; readonly readAt: number } | undefined;
  const read = async (): Promise<Uint8Array> =>
    new TextEncoder().encode(ControlSecret.parse(JSON.parse(await secrets.read('sidecar-control'))).key);
  return () => {
    const now = clock().getTime();
    if (known === undefined || now - known.readAt > keyLife) {
      const asked = { key: read(), readAt: now };
      // What could not be read is read again by the next who asks.
      asked.key.catch(() => (known = known === asked ? undefined : known));
      known = asked;
    }
    return known.key;
  };
}
