import type { Endpoint } from '../contract/endpoint.ts';
import type { ReachOfRole } from '../contract/scopes.ts';
import { AppError } from '../errors.ts';
import { fromAttributes, keyAttributes, type Attributes, type Keyed, type Row } from '../dynamodb/row.ts';
import { organizationRow, type OrganizationItem } from '../dynamodb/rows/organization.ts';
import { sessionRow, userRow, type SessionItem, type UserItem } from '../dynamodb/rows/user.ts';
import { batchGet, keyText, tableFor } from '../dynamodb/table.ts';
import type { Store } from '../dynamodb/client.ts';
import type { Caller } from './caller.ts';
import type { Incoming } from './incoming.ts';
import { narrower, type Effective } from './permissions.ts';
import { exceeded, RateLimited, type RateLimiter, type Window } from './rate-limits.ts';
import { backingOf, rightsOf } from './rights.ts';
import { badToken, type TokenClaims, type TokenVerifier } from './token.ts';

/** Items that an endpoint wants in the round trip that reads the session, such as the head of the dial plan. */
export type Alongside = (organization: number) => { readonly row: Keyed<object>; readonly key: object };

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
  readonly alongside: Attributes | undefined;
};

const bearer = /^Bearer +([^\s]+)$/i;

/** The credential of a request; `Authorization` wins over the query. @throws AppError UNAUTHENTICATED */
export function credentialOf(request: Incoming): string {
  const header = request.headers['authorization'];
  if (header !== undefined) {
    const token = bearer.exec(header)?.[1];
    if (token === undefined) throw badToken();
    return token;
  }
  const key = request.query['accesskey'];
  if (key === undefined) throw new AppError('UNAUTHENTICATED', 'A bearer token is needed');
  return key;
}

type Question = {
  readonly endpoint: Endpoint;
  readonly request: Incoming;
  readonly now: Date;
  /** The organization that `org_id` names, if it names one. */
  readonly organization: number | undefined;
  readonly alongside: Alongside | undefined;
};

/** Verifies the credential and reads, in one strongly consistent round trip, all that decides about it. */
export type Authenticator = (question: Question) => Promise<Authenticated>;

export function authenticator(store: Store, verify: TokenVerifier, limiter: RateLimiter): Authenticator {
  return async (question) => {
    const { endpoint, request, now } = question;
    const claims = await verify(credentialOf(request), now);
    const target = question.organization ?? claims.organization;
    const beside = question.alongside?.(target);
    const keys = {
      session: keyAttributes(sessionRow, claims.organization, { user_id: claims.user, id: claims.session }),
      user: keyAttributes(userRow, claims.organization, { id: claims.user }),
      organization: keyAttributes(organizationRow, claims.organization, {}),
      named: keyAttributes(organizationRow, target, {}),
      alongside: beside === undefined ? undefined : keyAttributes(beside.row, target, beside.key),
    };
    const [found, window] = await Promise.all([
      batchGet(store, Object.values(keys).filter((key) => key !== undefined)),
      countRequest(limiter, endpoint, claims, now),
    ]);
    if (window !== undefined && exceeded(window)) throw new RateLimited(window, now);
    const item = <I extends object>(of: Pick<Row<never, I, never, never>, 'schema' | 'upgrade'>, key: Attributes): I | undefined => {
      const attributes = found.get(keyText(key));
      return attributes === undefined ? undefined : fromAttributes(of, attributes);
    };
    const own = item<OrganizationItem>(organizationRow, keys.organization);
    const alive = requireAlive({ session: item<SessionItem>(sessionRow, keys.session), user: item<UserItem>(userRow, keys.user), organization: own }, now);
    const caller = callerOf(alive, await rightsNow(store, alive));
    return {
      caller, window, networks: alive.organization.security.ip_whitelist, suspended: own?.status === 'suspended', named: item<OrganizationItem>(organizationRow, keys.named),
      alongside: keys.alongside === undefined ? undefined : found.get(keyText(keys.alongside)),
    };
  };
}

/** Credential and organization are counted at once; the one that is used up speaks. */
async function countRequest(limiter: RateLimiter, endpoint: Endpoint, claims: TokenClaims, now: Date): Promise<Window | undefined> {
  const rateClass = endpoint.rate ?? 'default';
  if (rateClass === 'none' || rateClass === 'login') return undefined;
  const subject = rateClass === 'ingest' ? `org_${claims.organization}/ingest` : claims.session;
  try {
    const [credential, organization] = await Promise.all([
      limiter.count(rateClass, subject, now),
      rateClass === 'default' ? limiter.countOrganization(claims.organization, now) : undefined,
    ]);
    return organization !== undefined && exceeded(organization) ? organization : credential;
  } catch {
    // A counter that cannot be written stops nobody but log-ins (auth.md, "Rates").
    return undefined;
  }
}

type Found = { readonly session: SessionItem | undefined; readonly user: UserItem | undefined; readonly organization: OrganizationItem | undefined };

type Alive = { readonly session: SessionItem; readonly user: UserItem; readonly organization: OrganizationItem };

/** What the credential rests on, or 401: everything here may have changed since the token was made. */
function requireAlive({ session, user, organization }: Found, now: Date): Alive {
  if (session === undefined || user === undefined || organization === undefined) throw badToken();
  const over = session.expires_at <= now.getTime() / 1_000 || session.session_epoch !== user.session_epoch;
  if (over || user.status !== 'active' || organization.status === 'closed') throw badToken();
  return { session, user, organization };
}

/**
 * What the session may do just now. Only when roles, groups or permissions of the organization changed since
 * is more read: a session loses scopes at once and never gains any (auth.md, "Credentials").
 */
async function rightsNow(store: Store, { session, user, organization }: Alive): Promise<Effective> {
  const atLogIn: Effective = { scopes: session.scopes, ownOnly: session.own_only, reach: session.reach };
  if (session.permission_epoch === organization.permission_epoch) return atLogIn;
  return narrower(atLogIn, rightsOf(user, await backingOf(tableFor<'group' | 'role'>(store, organization.org_id), [user])));
}

const callerOf = ({ session, user, organization }: Alive, rights: Effective): Caller => ({
  id: user.id, type: user.type, username: user.username, organization: organization.org_id, roles: user.roles,
  reach: reachOf(user, organization, rights.reach), scopes: new Set(rights.scopes), ownOnly: new Set(rights.ownOnly),
  credential: { kind: 'session', id: session.id, expiresAt: session.expires_at },
  mustChangePassword: user.must_change_password, twoFactor: user.two_factor_enabled, pageKey: organization.page_key,
});

/** Every organization is in reach of the operator's people only, and of the producers of events that it employs (auth.md, "Roles and scopes"). */
function reachOf(user: UserItem, organization: OrganizationItem, ofRoles: ReachOfRole): ReachOfRole {
  if (organization.type !== 'operator') return ofRoles === 'all' ? 'own' : ofRoles;
  return user.type === 'service' && user.roles.includes('ingest') ? 'all' : ofRoles;
}
