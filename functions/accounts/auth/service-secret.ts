import { createHash, timingSafeEqual } from 'node:crypto';

/** Secrets of service accounts: 256 random bits, kept as SHA-256 (auth.md, "Passwords"). */
export type ServiceCredential = {
  readonly secret?: string;
  readonly previous_secret?: { readonly hash: string; /** ISO 8601. */ readonly valid_until: string };
};

/** What is stored of a secret: its SHA-256, hex. */
export const secretHash = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const nobody = secretHash('');

const same = (one: string, other: string): boolean =>
  timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'));

/**
 * Whether a secret is the present one, or the previous one within its overlap; in the same time for any account or
 * none.
 */
export function secretMatches(credential: ServiceCredential | undefined, secret: string, now: string): boolean {
  const given = secretHash(secret);
  const isPresent = same(given, credential?.secret ?? nobody) && credential?.secret !== undefined;
  const previous = credential?.previous_secret;
  const isPrevious = same(given, previous?.hash ?? nobody) && previous !== undefined && previous.valid_until > now;
  return isPresent || isPrevious;
}

type RotatedSecret = Required<Pick<ServiceCredential, 'secret'>> & Pick<ServiceCredential, 'previous_secret'>;

/** A new secret's hash in the place of `present`, which lives on for the overlap (seconds). */
export function rotatedSecret(
  present: string | undefined,
  hash: string,
  { now, overlap }: { readonly now: Date; readonly overlap: number },
): RotatedSecret {
  if (present === undefined || overlap === 0) return { secret: hash };
  return {
    secret: hash,
    previous_secret: { hash: present, valid_until: new Date(now.getTime() + overlap * 1_000).toISOString() },
  };
}
