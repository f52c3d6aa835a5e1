import { createHash, timingSafeEqual } from 'node:crypto';

/** Secrets of service accounts: 256 random bits, kept as SHA-256 (auth.md, "Passwords"). */
export type ServiceCredential = {
  readonly secret?: string;
  readonly previous_secret?: { readonly hash: string; /** ISO 8601. */ readonly valid_until: string };
};

/** What is stored of a secret: its SHA-256, hex. */
export const secretHash = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const nobody = secretHash('');

const same = (one: string, other: string): boolean => timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'));

/** Whether a secret is the present one, or the previous one within its overlap; in the same time for any account or none. */
export function secretMatches(credential: ServiceCredential | undefined, secret: string, now: string): boolean {
  const given = secretHash(secret);
  const isPresent = same(given, credential?.secret ?? nobody) && credential?.secret !== undefined;
  const previous = credential?.previous_secret;
  const isPrevious = same(given, previous?.hash ?? nobody) && previous !== undefined && previous.valid_until > now;
  return isPresent || isPrevious;
}

/** The credential with a new secret; the old one lives on for the overlap (seconds). */
export function rotatedSecret<C extends ServiceCredential>(credential: C, hash: string, { now, overlap }: { readonly now: Date; readonly overlap: number }): C {
  const { previous_secret: _, ...rest } = credential;
  const keepsOld = credential.secret !== undefined && overlap > 0;
  const previous = keepsOld ? { previous_secret: { hash: credential.secret, valid_until: new Date(now.getTime() + overlap * 1_000).toISOString() } } : {};
  return { ...rest, ...previous, secret: hash } as C;
}
