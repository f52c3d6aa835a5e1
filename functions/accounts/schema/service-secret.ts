import { sameHash, secretHash } from '#schema/secret-hash.ts';
import { second } from '#schema/time.ts';

/** Secrets of service accounts: 256 random bits, as SHA-256 (functions/accounts/auth/README.md, "Service accounts"). */
export type ServiceCredential = {
  readonly secret?: string;
  readonly previous_secret?: { readonly hash: string; /** ISO 8601. */ readonly valid_until: string };
};

/** Compared where an account has no secret, so that the time is the same. */
const dummyHash = secretHash('');

/**
 * Whether a secret is the current one, or the previous one within its overlap. Takes the same time for any account and
 * for none.
 * @param now ISO 8601
 */
export function secretMatches(credential: ServiceCredential | undefined, secret: string, now: string): boolean {
  const given = secretHash(secret);
  const isCurrent = sameHash(given, credential?.secret ?? dummyHash) && credential?.secret !== undefined;
  const previous = credential?.previous_secret;
  const isPrevious =
    sameHash(given, previous?.hash ?? dummyHash) && previous !== undefined && previous.valid_until > now;
  return isCurrent || isPrevious;
}

type RotatedSecret = Required<Pick<ServiceCredential, 'secret'>> & Pick<ServiceCredential, 'previous_secret'>;

/** The hash of a new secret in place of `current`, which stays valid for the overlap (seconds). */
export function rotateSecret(
  current: string | undefined,
  hash: string,
  { now, overlap }: { readonly now: Date; readonly overlap: number },
): RotatedSecret {
  if (current === undefined || overlap === 0) return { secret: hash };
  return {
    secret: hash,
    previous_secret: { hash: current, valid_until: new Date(now.getTime() + overlap * second).toISOString() },
  };
}
