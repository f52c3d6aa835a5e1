import { isOpenWhileClosed } from '../../contract/changes.ts';
import type { Endpoint } from '../../contract/endpoint.ts';
import type { AccessKeyItem } from '../../dynamodb/rows/access-key.ts';
import type { OrganizationItem } from '../../dynamodb/rows/organization.ts';
import type { UserItem } from '../../dynamodb/rows/user.ts';
import { AppError, notFound } from '../../errors.ts';
import type { Authenticated } from './authenticate.ts';
import type { Caller } from '../authorization/caller.ts';
import type { Incoming } from '../request/incoming.ts';
import { storedAddress } from '../../schema/email-address.ts';
import { assertWithinHours } from '../../schema/hours.ts';
import { assertAllowedAddress, assertAllowedToUser, isWithin } from '../authorization/networks.ts';
import { forbiddenOrganization, isInReach } from '../authorization/reach.ts';

type AuthorizedRequest = Pick<Incoming, 'ip' | 'params'> & { readonly now: Date };

/**
 * Decides whether a caller may use an endpoint, and in which organization. Checks in this order: address, hours,
 * password, credential, scope, seller, organization, its closing, suspension.
 * @returns the organization that the request works in
 * @throws AppError of status 403, and NOT_FOUND for an unknown organization if the caller reaches all of them
 */
export function authorize(
  endpoint: Endpoint,
  { caller, suspended, named, networks, restrictions }: Authenticated,
  { ip, params, now }: AuthorizedRequest,
): OrganizationItem {
  assertAllowedAddress(networks, ip);
  assertAllowedToUser(restrictions.ip_whitelist ?? [], ip);
  assertWithinHours(restrictions.hours, now);
  const isHome = named?.org_id === caller.organization;
  assertAllowedCaller(endpoint, caller, isHome ? params : {});
  // To all but the operator, an organization that does not exist looks like one out of reach.
  if (named === undefined) throw caller.reach === 'all' ? notFound('Organization') : forbiddenOrganization();
  if (!isInReach(caller, named)) throw forbiddenOrganization();
  if (named.status === 'closed' && !isOpenWhileClosed(endpoint)) throw forbiddenOrganization();
  if (suspended && endpoint.whileSuspended !== true)
    throw new AppError('ORG_SUSPENDED', 'Your organization is suspended');
  return named;
}

function assertAllowedCaller(endpoint: Endpoint, caller: Caller, params: Readonly<Record<string, string>>): void {
  if (caller.mustChangePassword && endpoint.whilePasswordExpired !== true)
    throw new AppError('PASSWORD_CHANGE_REQUIRED', 'Change your password first: POST /users/{id}/password');
  assertAllowedCredential(endpoint, caller.credential);
  assertScope(endpoint, caller, params);
  if (endpoint.sellersOnly === true && caller.reach === 'own')
    throw new AppError('NOT_A_SELLER', 'Only a reseller or the operator may use this endpoint');
}

/** @throws AppError USER_SESSION_REQUIRED, TEMP_TOKEN_NOT_ALLOWED */
function assertAllowedCredential(
  { scope, sessionOnly, acceptsTemporary }: Endpoint,
  { kind }: Caller['credential'],
): void {
  if (sessionOnly === true && (kind === 'accesskey' || kind === 'temporary'))
    throw new AppError('USER_SESSION_REQUIRED', 'This endpoint needs a session; this credential is not accepted');
  if (kind === 'temporary' && scope === 'any' && acceptsTemporary !== true)
    throw new AppError('TEMP_TOKEN_NOT_ALLOWED', 'This endpoint does not accept temporary tokens');
}

/** @throws AppError INSUFFICIENT_SCOPE */
function assertScope({ scope, ownRecord }: Endpoint, caller: Caller, params: Readonly<Record<string, string>>): void {
  if (scope === 'any' || scope === 'public' || caller.scopes.has(scope)) return;
  // A temporary token has the scopes that it was made for, and nothing else.
  const mayOwn = caller.credential.kind !== 'temporary' && ownRecord !== undefined;
  if (mayOwn && isCaller(params[ownRecord], caller)) return;
  throw new AppError('INSUFFICIENT_SCOPE', `This endpoint needs the scope ${scope}`, {
    details: [{ path: 'scope', message: scope }],
  });
}

/** Whether a value of a path names the caller: by its id, or by its e-mail address in any form. */
const isCaller = (name: string | undefined, { id, email }: Caller): boolean =>
  name !== undefined && (name === id || storedAddress(name) === email);

/** Checks the limits of an access key itself. @throws AppError API_ACCESS_DISABLED, IP_NOT_ALLOWED */
export function assertUsableKey(key: AccessKeyItem, user: UserItem, { ip }: Pick<Incoming, 'ip'>): void {
  if (!user.access.api_access) throw new AppError('API_ACCESS_DISABLED', 'Access keys are disabled for this user');
  if (key.allowed_ips.length > 0 && !isWithin(ip, key.allowed_ips))
    throw new AppError('IP_NOT_ALLOWED', 'This access key may not be used from this IP address');
}
