import { AppError, invalid } from '../../../shared/errors.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import type { AccessKey, NewAccessKey } from './contract.ts';

/** Access keys: what one may be, and what becomes of it (auth.md, "Access keys"). */

type Scope = AccessKey['scopes'][number];

/** What a caller may do, and so what a key of its may do at most. */
export type Standing = {
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
  readonly reach: Standing['reach'];
  readonly previous?: Secret & { readonly valid_until: string };
  readonly allowed_ips: readonly string[];
  readonly created_at: string;
  /** Unix seconds. */
  readonly expires_at: number;
  readonly version: number;
};

const day = 24 * 3_600_000;
const defaultLife = 365 * day;
const longestYears = 10;
const maxKeys = 25;

/** Names of one user's keys are the same in any case. */
export const foldedName = (name: string): string => name.toLowerCase();

const cannotGrant = (scopes: readonly Scope[]): AppError =>
  new AppError('CANNOT_GRANT', `Beyond what you may do yourself: ${scopes.join(', ')}`, {
    details: scopes.map((scope) => ({ path: 'scopes', message: `${scope} goes beyond what you may do yourself` })),
  });

/** @throws AppError CANNOT_GRANT for a scope that the caller lacks */
function grantedScopes(wanted: readonly Scope[] | null | undefined, { scopes }: Standing): Scope[] {
  const asked = [...new Set(wanted ?? scopes)];
  const beyond = asked.filter((scope) => !scopes.has(scope));
  if (beyond.length > 0) throw cannotGrant(beyond);
  return asked;
}

/** Unix seconds. @throws AppError VALIDATION_FAILED for an end that is past or further than 10 years away */
function endOf(wanted: string | null | undefined, now: Date): number {
  if (wanted === null || wanted === undefined) return Math.floor((now.getTime() + defaultLife) / 1_000);
  const latest = new Date(now);
  latest.setUTCFullYear(latest.getUTCFullYear() + longestYears);
  const end = Date.parse(wanted);
  if (end <= now.getTime()) throw invalid('expires_at', 'must lie in the future');
  if (end > latest.getTime()) throw invalid('expires_at', `must be at most ${longestYears} years away`);
  return Math.floor(end / 1_000);
}

type Maker = { readonly id: string; readonly organization: number; readonly standing: Standing };
type Made = Secret & { readonly id: string; readonly now: Date };

/** A key as it is first stored. @throws AppError VALIDATION_FAILED, CANNOT_GRANT */
export function newAccessKey(wanted: NewAccessKey, maker: Maker, { id, hash, now }: Made): Key {
  const expiresAt = endOf(wanted.expires_at, now);
  const scopes = grantedScopes(wanted.scopes, maker.standing);
  return {
    id,
    hash,
    org_id: maker.organization,
    user_id: maker.id,
    name: wanted.name,
    detail: wanted.detail ?? '',
    scopes,
    own_only: scopes.filter((scope) => maker.standing.ownOnly.has(scope)),
    reach: maker.standing.reach,
    allowed_ips: wanted.allowed_ips ?? [],
    created_at: now.toISOString(),
    expires_at: expiresAt,
    version: 1,
  };
}

type TakenName = { readonly name: string; /** Unix seconds. */ readonly expires_at: number };

/** @throws AppError TOO_MANY_KEYS, NAME_TAKEN; what has expired counts no longer */
export function requireRoom(names: readonly TakenName[], name: string, now: Date): void {
  const live = names.filter((each) => each.expires_at > now.getTime() / 1_000);
  if (live.length >= maxKeys) throw new AppError('TOO_MANY_KEYS', `A user may have ${maxKeys} access keys`);
  if (live.some((each) => each.name === foldedName(name)))
    throw new AppError('NAME_TAKEN', `An access key named ${name} exists`);
}

export const isLive = ({ expires_at: end }: Pick<Key, 'expires_at'>, now: Date): boolean => end > now.getTime() / 1_000;

const defaultOverlap = 24;

/**
 * The key with a new secret; the old one lives on for the overlap (hours). Whoever takes the new one may do
 * all that the key may. @throws AppError CANNOT_GRANT, ROTATION_IN_PROGRESS
 */
export function rotatedKey(
  key: Key,
  overlap: number | null | undefined,
  { standing, hash, now }: Secret & { readonly standing: Standing; readonly now: Date },
): Key {
  const beyond = key.scopes.filter(
    (scope) => !standing.scopes.has(scope) || (standing.ownOnly.has(scope) && !key.own_only.includes(scope)),
  );
  if (beyond.length > 0) throw cannotGrant(beyond);
  const { previous, ...rest } = key;
  if (previous !== undefined && previous.valid_until > now.toISOString())
    throw new AppError('ROTATION_IN_PROGRESS', `The token before lives on until ${previous.valid_until}`);
  const hours = overlap ?? defaultOverlap;
  const outgoing =
    hours === 0
      ? {}
      : { previous: { hash: key.hash, valid_until: new Date(now.getTime() + hours * 3_600_000).toISOString() } };
  return { ...rest, ...outgoing, hash, version: key.version + 1 };
}

/** What is told of a key: never its secret. `usedAt`: ISO 8601. */
export const presentKey = (key: Key, usedAt: string | undefined): AccessKey => ({
  id: key.id,
  name: key.name,
  detail: key.detail,
  org_id: organizationText(key.org_id),
  user_id: key.user_id,
  scopes: [...key.scopes],
  token_prefix: key.id,
  allowed_ips: [...key.allowed_ips],
  expires_at: new Date(key.expires_at * 1_000).toISOString(),
  last_used_at: usedAt ?? null,
  created_at: key.created_at,
});
