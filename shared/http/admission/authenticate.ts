import { randomUUID } from 'node:crypto';
import type { Endpoint, RateClass } from '../../contract/endpoint.ts';
import type { AccessKeyItem } from '../../dynamodb/rows/access-key.ts';
import type { OrganizationItem } from '../../dynamodb/rows/organization.ts';
import type { UserItem } from '../../dynamodb/rows/user.ts';
import type { Prefetch, PrefetchedItems } from '../../dynamodb/prefetch.ts';
import { tableFor } from '../../dynamodb/table.ts';
import type { Store } from '../../dynamodb/client.ts';
import type { Caller } from '../authorization/caller.ts';
import type { Credential } from './credential.ts';
import { readState, validGrant, type State, type ValidGrant } from './credential-state.ts';
import { recordUse } from './credential-use.ts';
import { useOnce } from './credential-use.ts';
import type { Incoming } from '../request/incoming.ts';
import { narrowRights, type EffectiveRights } from '../authorization/permissions.ts';
import { isExceeded, RateLimited, type RateLimiter, type Window } from '../../limits/rate-limits.ts';
import { readRightsSources, rightsOf } from '../authorization/rights.ts';
import { assertUsableKey } from './authorize.ts';
import { reachOf } from '../authorization/reach.ts';

export type Authenticated = {
  readonly caller: Caller;
  /** Undefined when the request was not counted. */
  readonly window: Window | undefined;
  /** Whether the caller's own organization is suspended. */
  readonly suspended: boolean;
  /** CIDR blocks that the caller's organization allows requests from; empty: any address. */
  readonly networks: readonly string[];
  /** Addresses and hours that the caller itself is limited to. */
  readonly restrictions: Pick<UserItem['access'], 'ip_whitelist' | 'hours'>;
  /** The organization that the request names, or else the caller's own; undefined if it does not exist. */
  readonly named: OrganizationItem | undefined;
  readonly prefetch: PrefetchedItems;
};

type AuthenticationInput = {
  readonly endpoint: Endpoint;
  readonly request: Incoming;
  readonly credential: Promise<Credential>;
  readonly now: Date;
  /** The organization that the request names, if any. */
  readonly organization: number | undefined;
  readonly prefetch: ReturnType<Prefetch>;
};

/**
 * Reads the state of a credential in one strongly consistent round trip and returns the caller.
 * @throws AppError UNAUTHENTICATED, INVALID_TOKEN, RATE_LIMITED, API_ACCESS_DISABLED, IP_NOT_ALLOWED
 */
export type Authenticator = (question: AuthenticationInput) => Promise<Authenticated>;

/** @param nextAttempt a text that no other attempt to use a single-use token has */
export function authenticator(
  store: Store,
  limiter: RateLimiter,
  nextAttempt: () => string = randomUUID,
): Authenticator {
  return async (question) => {
    const { endpoint, request, now } = question;
    const credential = await question.credential;
    const [read, window] = await Promise.all([
      readState(store, credential, question),
      countRequest(limiter, endpoint, credential, now),
    ]);
    if (window !== undefined && isExceeded(window)) throw new RateLimited(window, now);
    const valid = validGrant(read, now);
    // At authentication: the token is used up even if the request fails afterwards.
    if (credential.kind === 'temporary' && credential.token.single_use)
      await useOnce(store, credential.token, nextAttempt());
    const key = keyBehind(credential, read);
    if (key !== undefined) assertUsableKey(key, valid.user, request);
    const [rights] = await Promise.all([currentRights(store, valid), recordUse(store, credential, lastUse(read), now)]);
    const { organization, user } = valid;
    return {
      caller: callerOf(credential, valid, rights),
      window,
      networks: organization.security.ip_whitelist,
      restrictions: user.access,
      suspended: organization.status === 'suspended',
      named: read.named,
      prefetch: read.prefetch,
    };
  };
}

/** The access key that a request uses, itself or by a temporary token that it made. */
function keyBehind(credential: Credential, { parent }: State): AccessKeyItem | undefined {
  if (credential.kind === 'accesskey') return credential.key;
  return parent !== undefined && 'allowed_ips' in parent ? parent : undefined;
}

/** ISO 8601. Making a session counts as its first use. */
const lastUse = ({ use, grant }: State): string | undefined =>
  use?.used_at ?? (grant !== undefined && 'session_epoch' in grant ? grant.created_at : undefined);

/** Classes that are counted once for all credentials of an organization. */
const perOrganization: ReadonlySet<RateClass> = new Set(['ingest', 'eventlog', 'eventquery', 'gatewaystatus']);

/** Counts the request for its credential and its organization. Returns the window that is exceeded, if one is. */
async function countRequest(
  limiter: RateLimiter,
  endpoint: Endpoint,
  { id, user, organization: home }: Credential,
  now: Date,
): Promise<Window | undefined> {
  const rateClass = endpoint.rate ?? 'default';
  if (rateClass === 'none' || rateClass === 'login') return undefined;
  const ofUser = rateClass === 'tempauth' ? `${user}/${rateClass}` : id;
  const subject = perOrganization.has(rateClass) ? `org_${home}/${rateClass}` : ofUser;
  try {
    const [credential, organization] = await Promise.all([
      limiter.count(rateClass, subject, now),
      rateClass === 'default' ? limiter.countOrganization(home, now) : undefined,
    ]);
    return organization !== undefined && isExceeded(organization) ? organization : credential;
  } catch {
    // When the counter fails, requests pass; only log-ins are rejected (shared/http/README.md, "Rates").
    return undefined;
  }
}

/**
 * The current rights of the credential. Groups and roles are read only when they can have changed since: for access
 * keys, and for sessions that are older than the organization's last change of rights.
 */
async function currentRights(store: Store, { grant, user, organization }: ValidGrant): Promise<EffectiveRights> {
  const granted: EffectiveRights = { scopes: grant.scopes, ownOnly: grant.own_only, reach: grant.reach };
  const isCurrent = 'permission_epoch' in grant && grant.permission_epoch === organization.permission_epoch;
  if (isCurrent || grant.scopes.length === 0) return granted;
  const sources = await readRightsSources(tableFor<'group' | 'role'>(store, organization.org_id), [user]);
  return narrowRights(granted, rightsOf(user, sources));
}

const callerOf = (
  credential: Credential,
  { user, organization, isByProvider }: ValidGrant,
  rights: EffectiveRights,
): Caller => ({
  id: user.id,
  type: user.type,
  username: user.username,
  email: user.email,
  organization: organization.org_id,
  roles: user.roles,
  reach: reachOf(user, organization, rights.reach),
  scopes: new Set(rights.scopes),
  ownOnly: new Set(rights.ownOnly),
  credential: presented(credential),
  sessionEpoch: user.session_epoch,
  mustChangePassword: isOfSession(credential) && user.must_change_password && !isByProvider,
  twoFactor: user.two_factor_enabled,
  pageKey: organization.page_key,
});

const presented = (credential: Credential): Caller['credential'] => {
  const { kind, id, expiresAt } = credential;
  const upload = credential.kind === 'temporary' ? credential.token.upload : undefined;
  return { kind, id, expiresAt, ...(upload === undefined ? {} : { upload }) };
};

/** Access keys, and what they made, keep working while their user must change the password. */
const isOfSession = (credential: Credential): boolean =>
  credential.kind === 'session' || (credential.kind === 'temporary' && credential.token.parent.kind === 'session');
