import type { Endpoint, RateClass } from '../../contract/endpoint.ts';
import { fromAttributes, keyAttributes, type Attributes, type Row } from '../../dynamodb/row.ts';
import { credentialUseRow, type AccessKeyItem, type CredentialUseItem } from '../../dynamodb/rows/access-key.ts';
import { organizationRow, type OrganizationItem } from '../../dynamodb/rows/organization.ts';
import type { ChallengeItem } from '../../dynamodb/rows/challenge.ts';
import { sessionRow, userRow, type SessionItem, type UserItem } from '../../dynamodb/rows/user.ts';
import type { Prefetch, PrefetchedItems } from '../../dynamodb/prefetch.ts';
import { batchGet, keyText, tableFor } from '../../dynamodb/table.ts';
import type { Store } from '../../dynamodb/client.ts';
import type { Caller } from './caller.ts';
import type { Credential } from './credential.ts';
import { recordUse } from './credential-use.ts';
import type { Incoming } from '../incoming.ts';
import { narrowRights, type EffectiveRights } from '../authorization/permissions.ts';
import { isExceeded, RateLimited, type RateLimiter, type Window } from './rate-limits.ts';
import { readRightsSources, rightsOf } from '../authorization/rights.ts';
import { invalidToken } from './token.ts';
import { assertUsableKey } from '../authorization/authorize.ts';
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

type Question = {
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
export type Authenticator = (question: Question) => Promise<Authenticated>;

export function authenticator(store: Store, limiter: RateLimiter): Authenticator {
  return async (question) => {
    const { endpoint, request, now } = question;
    const credential = await question.credential;
    const [read, window] = await Promise.all([
      readState(store, credential, question),
      countRequest(limiter, endpoint, credential, now),
    ]);
    if (window !== undefined && isExceeded(window)) throw new RateLimited(window, now);
    const valid = validGrant(read, now);
    if (credential.kind === 'accesskey') assertUsableKey(credential.key, valid.user, request);
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

/** ISO 8601. Making a session counts as its first use. */
const lastUse = ({ use, grant }: State): string | undefined =>
  use?.used_at ?? (grant !== undefined && 'session_epoch' in grant ? grant.created_at : undefined);

/** A pending log-in has no rights: it may only go on. */
const grantOfChallenge = (challenge: ChallengeItem): PendingGrant => ({
  ...challenge,
  scopes: [],
  own_only: [],
  reach: 'own',
});

/** Reads session, last use, user, organizations and the resource's prefetched items in one round trip. */
async function readState(
  store: Store,
  credential: Credential,
  { organization: named, prefetch }: Question,
): Promise<State> {
  const { id, user, organization } = credential;
  const target = named ?? organization;
  const keys = {
    session: credential.kind === 'session' ? keyAttributes(sessionRow, organization, { user_id: user, id }) : undefined,
    use: keyAttributes(credentialUseRow, organization, { user_id: user, id }),
    user: keyAttributes(userRow, organization, { id: user }),
    organization: keyAttributes(organizationRow, organization, {}),
    named: keyAttributes(organizationRow, target, {}),
  };
  const prefetched = prefetch.map((keyIn) => keyIn(target));
  const found = await batchGet(store, [...Object.values(keys).filter((key) => key !== undefined), ...prefetched]);
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
    grant: grantOf(credential, () => item<SessionItem>(sessionRow, keys.session)),
    use: item<CredentialUseItem>(credentialUseRow, keys.use),
    user: item<UserItem>(userRow, keys.user),
    organization: own,
    named: target === organization ? own : item<OrganizationItem>(organizationRow, keys.named),
    prefetch: new Map(prefetched.map((key) => [keyText(key), attributes(key)])),
  };
}

/** Classes that are counted once for all credentials of an organization. */
const perOrganization: ReadonlySet<RateClass> = new Set(['ingest', 'eventlog', 'eventquery', 'gatewaystatus']);

/** Counts the request for its credential and its organization. Returns the window that is exceeded, if one is. */
async function countRequest(
  limiter: RateLimiter,
  endpoint: Endpoint,
  { id, organization: home }: Credential,
  now: Date,
): Promise<Window | undefined> {
  const rateClass = endpoint.rate ?? 'default';
  if (rateClass === 'none' || rateClass === 'login') return undefined;
  const subject = perOrganization.has(rateClass) ? `org_${home}/${rateClass}` : id;
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

type PendingGrant = ChallengeItem & Pick<SessionItem, 'scopes' | 'own_only' | 'reach'>;

/** The record that grants rights to a credential. */
type Grant = SessionItem | AccessKeyItem | PendingGrant;

function grantOf(credential: Credential, session: () => SessionItem | undefined): Grant | undefined {
  switch (credential.kind) {
    case 'session':
      return session();
    case 'accesskey':
      return credential.key;
    case 'pending':
      return grantOfChallenge(credential.challenge);
  }
}

type State = {
  readonly grant: Grant | undefined;
  readonly use: CredentialUseItem | undefined;
  readonly user: UserItem | undefined;
  readonly organization: OrganizationItem | undefined;
  readonly named: OrganizationItem | undefined;
  readonly prefetch: PrefetchedItems;
};

type ValidGrant = { readonly grant: Grant; readonly user: UserItem; readonly organization: OrganizationItem };

/** @throws AppError INVALID_TOKEN when the grant has ended, the user is not active or the organization is closed */
function validGrant({ grant, user, organization }: State, now: Date): ValidGrant {
  if (grant === undefined || user === undefined || organization === undefined) throw invalidToken();
  // Ending all sessions raises the user's epoch. Access keys have no epoch and stay valid.
  const isRevoked = 'session_epoch' in grant && grant.session_epoch !== user.session_epoch;
  const isExpired = grant.expires_at <= now.getTime() / 1_000;
  if (isRevoked || isExpired || user.status !== 'active' || organization.status === 'closed') throw invalidToken();
  return { grant, user, organization };
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
  { kind, id, expiresAt }: Credential,
  { user, organization }: ValidGrant,
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
  credential: { kind, id, expiresAt },
  // Access keys keep working while their user must change the password.
  mustChangePassword: kind === 'session' && user.must_change_password,
  twoFactor: user.two_factor_enabled,
  pageKey: organization.page_key,
});
