import { AppError, invalid } from '#errors.ts';
import { omit } from '#schema/omit.ts';
import { day, hour, second } from '#schema/time.ts';
import { organizationText } from '#schema/values.ts';
import type { AccessKey, NewAccessKey } from './contract.ts';
import { accessKeyErrors } from './errors.ts';

/** Access keys (functions/accounts/auth/README.md, "Access keys"). */

type Scope = AccessKey['scopes'][number];

/** Rights of a caller: the most that its keys may have. */
export type Rights = {
  readonly scopes: ReadonlySet<Scope>;
  readonly ownOnly: ReadonlySet<Scope>;
  readonly reach: 'own' | 'children' | 'all';
};

type Secret = { readonly hash: string };

type Key = Secret & {
  readonly id: string;
  readonly org_id: number;
  readonly user_id: string;
  readonly name: string;
  readonly detail: string;
  readonly scopes: readonly Scope[];
  readonly own_only: readonly Scope[];
  readonly reach: Rights['reach'];
  /** Still accepted after a rotation, until a time (ISO 8601). */
  readonly previous?: Secret & { readonly valid_until: string };
  readonly allowed_ips: readonly string[];
  readonly created_at: string;
  /** Unix seconds. */
  readonly expires_at: number;
  readonly version: number;
};

const defaultTtl = 365 * day;
const maxYears = 10;
const maxKeys = 25;

/** The form in which names of one user's keys are compared: case does not count. */
export const foldName = (name: string): string => name.toLowerCase();

const cannotGrant = (scopes: readonly Scope[]): AppError =>
  new AppError('CANNOT_GRANT', `You do not have these scopes yourself: ${scopes.join(', ')}`, {
    details: scopes.map((scope) => ({ path: 'scopes', message: `you do not have ${scope} yourself` })),
  });

/** @throws AppError CANNOT_GRANT for a scope that the caller lacks */
function scopesOf(wanted: readonly Scope[] | null | undefined, { scopes }: Rights): Scope[] {
  const requested = [...new Set(wanted ?? scopes)];
  const beyond = requested.filter((scope) => !scopes.has(scope));
  if (beyond.length > 0) throw cannotGrant(beyond);
  return requested;
}

/** The end in Unix seconds. @throws AppError VALIDATION_FAILED for an end in the past or more than 10 years away */
function expiryOf(wanted: string | null | undefined, now: Date): number {
  if (wanted === null || wanted === undefined) return Math.floor((now.getTime() + defaultTtl) / second);
  const latest = new Date(now);
  latest.setUTCFullYear(latest.getUTCFullYear() + maxYears);
  const end = Date.parse(wanted);
  if (end <= now.getTime()) throw invalid('expires_at', 'must be in the future');
  if (end > latest.getTime()) throw invalid('expires_at', `must be at most ${maxYears} years away`);
  return Math.floor(end / second);
}

type Owner = { readonly id: string; readonly organization: number; readonly rights: Rights };
type Stamp = Secret & { readonly id: string; readonly now: Date };

/** A key as it is first stored. @throws AppError VALIDATION_FAILED, CANNOT_GRANT */
export function newAccessKey(wanted: NewAccessKey, owner: Owner, { id, hash, now }: Stamp): Key {
  const expiresAt = expiryOf(wanted.expires_at, now);
  const scopes = scopesOf(wanted.scopes, owner.rights);
  return {
    id,
    hash,
    org_id: owner.organization,
    user_id: owner.id,
    name: wanted.name,
    detail: wanted.detail ?? '',
    scopes,
    own_only: scopes.filter((scope) => owner.rights.ownOnly.has(scope)),
    reach: owner.rights.reach,
    allowed_ips: wanted.allowed_ips ?? [],
    created_at: now.toISOString(),
    expires_at: expiresAt,
    version: 1,
  };
}

type KeyName = { readonly name: string; /** Unix seconds. */ readonly expires_at: number };

/** Expired keys do not count. @throws AppError TOO_MANY_KEYS, NAME_TAKEN */
export function assertRoom(names: readonly KeyName[], name: string, now: Date): void {
  const live = names.filter((each) => each.expires_at > now.getTime() / second);
  if (live.length >= maxKeys)
    throw new AppError(
      accessKeyErrors.TOO_MANY_KEYS,
      `A user may have at most ${maxKeys} access keys; delete one first`,
    );
  if (live.some((each) => each.name === foldName(name)))
    throw new AppError('NAME_TAKEN', `An access key named ${name} exists`);
}

export const isLive = ({ expires_at: end }: Pick<Key, 'expires_at'>, now: Date): boolean =>
  end > now.getTime() / second;

/** Hours. */
const defaultOverlap = 24;

/**
 * The key with a new secret; the old one stays valid for the overlap (hours). The caller receives the new token, so it
 * must have all rights of the key. @throws AppError CANNOT_GRANT, ROTATION_IN_PROGRESS
 */
export function rotateKey(
  key: Key,
  overlap: number | null | undefined,
  { rights, hash, now }: Secret & { readonly rights: Rights; readonly now: Date },
): Key {
  const beyond = key.scopes.filter(
    (scope) => !rights.scopes.has(scope) || (rights.ownOnly.has(scope) && !key.own_only.includes(scope)),
  );
  if (beyond.length > 0) throw cannotGrant(beyond);
  const { previous } = key;
  if (previous !== undefined && previous.valid_until > now.toISOString())
    throw new AppError(
      'ROTATION_IN_PROGRESS',
      `The previous token is valid until ${previous.valid_until}; rotate again after that time`,
    );
  const hours = overlap ?? defaultOverlap;
  const outgoing =
    hours === 0
      ? {}
      : { previous: { hash: key.hash, valid_until: new Date(now.getTime() + hours * hour).toISOString() } };
  return { ...omit(key, 'previous'), ...outgoing, hash, version: key.version + 1 };
}

/** A key as answered, without its secret. `usedAt`: ISO 8601, its last use if recorded. */
export const presentKey = (key: Key, usedAt: string | undefined): AccessKey => ({
  id: key.id,
  name: key.name,
  detail: key.detail,
  org_id: organizationText(key.org_id),
  user_id: key.user_id,
  scopes: [...key.scopes],
  token_prefix: key.id,
  allowed_ips: [...key.allowed_ips],
  expires_at: new Date(key.expires_at * second).toISOString(),
  last_used_at: usedAt ?? null,
  created_at: key.created_at,
});
