import type { Endpoint, RateClass } from '../../contract/endpoint.ts';
import type { ReachOfRole } from '../../contract/scopes.ts';
import { AppError } from '../../errors.ts';
import { fromAttributes, keyAttributes, type Attributes, type Row } from '../../dynamodb/row.ts';
import { credentialUseRow, type AccessKeyItem, type CredentialUseItem } from '../../dynamodb/rows/access-key.ts';
import { organizationRow, type OrganizationItem } from '../../dynamodb/rows/organization.ts';
import { sessionRow, userRow, type SessionItem, type UserItem } from '../../dynamodb/rows/user.ts';
import type { Prefetch, PrefetchedItems } from '../../dynamodb/early-reads.ts';
import { batchGet, keyText, tableFor } from '../../dynamodb/table.ts';
import type { Store } from '../../dynamodb/client.ts';
import type { Caller } from './caller.ts';
import type { Credential } from './credential.ts';
import { rememberUse } from './credential-use.ts';
import type { Incoming } from '../incoming.ts';
import { isWithin } from './networks.ts';
import { narrowRights, type EffectiveRights } from '../authorization/permissions.ts';
import { exceeded, RateLimited, type RateLimiter, type Window } from './rate-limits.ts';
import { readRightsSources, rightsOf } from '../authorization/rights.ts';
import { invalidToken } from './token.ts';

export type Authenticated = {
  readonly caller: Caller;
  /** Absent when nothing was counted. */
  readonly window: Window | undefined;
  /** The caller's own organization is. */
  readonly suspended: boolean;
  /** CIDR blocks from which the caller's organization lets its people in; none: from anywhere. */
  readonly networks: readonly string[];
  /** The organization that the request works in, if there is one of that number. */
  readonly named: OrganizationItem | undefined;
  readonly prefetch: PrefetchedItems;
};

type Question = {
  readonly endpoint: Endpoint;
  readonly request: Incoming;
  /** What the request shows, once it has proven itself. */
  readonly credential: Promise<Credential>;
  readonly now: Date;
  /** The organization that `org_id` names, if it names one. */
  readonly organization: number | undefined;
  readonly prefetch: ReturnType<Prefetch>;
};

/** Reads, in one strongly consistent round trip, all that decides about a credential. */
export type Authenticator = (question: Question) => Promise<Authenticated>;

export function authenticator(store: Store, limiter: RateLimiter): Authenticator {
  return async (question) => {
    const { endpoint, request, now } = question;
    const credential = await question.credential;
    const [read, window] = await Promise.all([
      readAround(store, credential, question),
      countRequest(limiter, endpoint, credential, now),
    ]);
    if (window !== undefined && exceeded(window)) throw new RateLimited(window, now);
    const alive = aliveGrant(read, now);
    if (credential.kind === 'accesskey') assertUsableKey(credential.key, alive.user, request);
    // A session was used when it was made.
    const lastUse = read.use?.used_at ?? (credential.kind === 'session' ? alive.record.created_at : undefined);
    const [rights] = await Promise.all([rightsNow(store, alive), rememberUse(store, credential, lastUse, now)]);
    const { organization } = alive;
    return {
      caller: callerOf(credential, alive, rights),
      window,
      networks: organization.security.ip_whitelist,
      suspended: organization.status === 'suspended',
      named: read.named,
      prefetch: read.prefetch,
    };
  };
}

/** All that stands around a credential, and what the endpoint wants beside it, in one round trip. */
async function readAround(
  store: Store,
  credential: Credential,
  { organization: named, prefetch }: Question,
): Promise<Found> {
  const { id, user, organization } = credential;
  const target = named ?? organization;
  const keys = {
    session: credential.kind === 'session' ? keyAttributes(sessionRow, organization, { user_id: user, id }) : undefined,
    use: keyAttributes(credentialUseRow, organization, { user_id: user, id }),
    user: keyAttributes(userRow, organization, { id: user }),
    organization: keyAttributes(organizationRow, organization, {}),
    named: keyAttributes(organizationRow, target, {}),
  };
  const beside = prefetch.map((keyIn) => keyIn(target));
  const found = await batchGet(store, [...Object.values(keys).filter((key) => key !== undefined), ...beside]);
  const attributes = (key: Attributes | undefined): Attributes | undefined =>
    key === undefined ? undefined : found.get(keyText(key));
  const item = <I extends object>(
    of: Pick<Row<never, I, never, never>, 'schema' | 'upgrade'>,
    key: Attributes | undefined,
  ): I | undefined => {
    const stored = attributes(key);
    return stored === undefined ? undefined : fromAttributes(of, stored);
  };
  const own = item<OrganizationItem>(organizationRow, keys.organization);
  return {
    record: credential.kind === 'session' ? item<SessionItem>(sessionRow, keys.session) : credential.key,
    use: item<CredentialUseItem>(credentialUseRow, keys.use),
    user: item<UserItem>(userRow, keys.user),
    organization: own,
    named: target === organization ? own : item<OrganizationItem>(organizationRow, keys.named),
    prefetch: new Map(beside.map((key) => [keyText(key), attributes(key)])),
  };
}

/** What is counted for all credentials of an organization together. */
const ofOrganization: ReadonlySet<RateClass> = new Set(['ingest', 'eventlog', 'eventquery', 'gatewaystatus']);

/** Credential and organization are counted at once; the one that is used up speaks. */
async function countRequest(
  limiter: RateLimiter,
  endpoint: Endpoint,
  { id, organization: home }: Credential,
  now: Date,
): Promise<Window | undefined> {
  const rateClass = endpoint.rate ?? 'default';
  if (rateClass === 'none' || rateClass === 'login') return undefined;
  const subject = ofOrganization.has(rateClass) ? `org_${home}/${rateClass}` : id;
  try {
    const [credential, organization] = await Promise.all([
      limiter.count(rateClass, subject, now),
      rateClass === 'default' ? limiter.countOrganization(home, now) : undefined,
    ]);
    return organization !== undefined && exceeded(organization) ? organization : credential;
  } catch {
    // A counter that cannot be written stops nobody but log-ins (auth.md, "Rates").
    return undefined;
  }
}

/** What says which rights a credential was given. */
type Grant = SessionItem | AccessKeyItem;

type Found = {
  readonly record: Grant | undefined;
  readonly use: CredentialUseItem | undefined;
  readonly user: UserItem | undefined;
  readonly organization: OrganizationItem | undefined;
  readonly named: OrganizationItem | undefined;
  readonly prefetch: PrefetchedItems;
};

type Alive = { readonly record: Grant; readonly user: UserItem; readonly organization: OrganizationItem };

/** What the credential rests on, or 401: everything here may have changed since it was made. */
function aliveGrant({ record, user, organization }: Found, now: Date): Alive {
  if (record === undefined || user === undefined || organization === undefined) throw invalidToken();
  // Log-out everywhere ends sessions and leaves access keys (auth.md, "DELETE /auth").
  const isEnded = 'session_epoch' in record && record.session_epoch !== user.session_epoch;
  const isOver = record.expires_at <= now.getTime() / 1_000 || isEnded;
  if (isOver || user.status !== 'active' || organization.status === 'closed') throw invalidToken();
  return { record, user, organization };
}

/** @throws AppError API_ACCESS_DISABLED, IP_NOT_ALLOWED */
function assertUsableKey(key: AccessKeyItem, user: UserItem, { ip }: Incoming): void {
  if (!user.access.api_access) throw new AppError('API_ACCESS_DISABLED', 'Access keys of this user are not accepted');
  if (key.allowed_ips.length > 0 && !isWithin(ip, key.allowed_ips))
    throw new AppError('IP_NOT_ALLOWED', 'This access key may not be used from this address');
}

/**
 * What the credential may do just now: it loses scopes at once and never gains any (auth.md, "Credentials"). Of a
 * session more is read only when roles, groups or permissions of the organization changed since.
 */
async function rightsNow(store: Store, { record, user, organization }: Alive): Promise<EffectiveRights> {
  const given: EffectiveRights = { scopes: record.scopes, ownOnly: record.own_only, reach: record.reach };
  if ('permission_epoch' in record && record.permission_epoch === organization.permission_epoch) return given;
  return narrowRights(
    given,
    rightsOf(user, await readRightsSources(tableFor<'group' | 'role'>(store, organization.org_id), [user])),
  );
}

const callerOf = (
  { kind, id, expiresAt }: Credential,
  { user, organization }: Alive,
  rights: EffectiveRights,
): Caller => ({
  id: user.id,
  type: user.type,
  username: user.username,
  organization: organization.org_id,
  roles: user.roles,
  reach: reachOf(user, organization, rights.reach),
  scopes: new Set(rights.scopes),
  ownOnly: new Set(rights.ownOnly),
  credential: { kind, id, expiresAt },
  // Of a session: programs go on with their keys while a person's password is due (auth.md, "Log-in").
  mustChangePassword: kind === 'session' && user.must_change_password,
  twoFactor: user.two_factor_enabled,
  pageKey: organization.page_key,
});

/**
 * Every organization is in reach of the operator's people only, and of the producers of events that it employs
 * (auth.md, "Roles and scopes").
 */
function reachOf(user: UserItem, organization: OrganizationItem, ofRoles: ReachOfRole): ReachOfRole {
  if (organization.type !== 'operator') return ofRoles === 'all' ? 'own' : ofRoles;
  return user.type === 'service' && user.roles.includes('ingest') ? 'all' : ofRoles;
}
