import type { Passwords } from '#credentials/password-hash.ts';
import type { SessionItem, UserItem } from '#dynamodb/rows/user.ts';
import type { Request, Context } from '#http/handlers.ts';
import { allowsAddress } from '#http/authorization/networks.ts';
import { readRightsSources, rightsOf, roleNamesOf } from '#http/authorization/rights.ts';
import { recordAll, type Origin, type Recorder } from '#runtime/event-record.ts';
import { isWithinHours } from '#schema/hours.ts';
import type { Macs, Seals } from '#secrets/seals.ts';
import type { TokenSigner } from '#signing/signing-keys.ts';
import type { auth, createToken, getToken, logIn } from './contract.ts';
import { operatorNumber } from './first-start.ts';
import { logInEvent } from './log-in-events.ts';
import type { PasswordShare } from './hashing-steps.ts';
import type { Account } from './store.ts';
import { tokenClaims } from './token.ts';

/** What log-ins of people and of service accounts have in common. */

export type AuthContext = Context<typeof auth>;
export type LogInRequest = Request<typeof getToken> | Request<typeof createToken> | Request<typeof logIn>;

/** Made once per process. */
export type Tools = {
  readonly passwords: Passwords;
  readonly share: PasswordShare;
  readonly sign: TokenSigner;
  readonly seals: Seals & Macs;
};

const actorOf = ({ id, type, username }: UserItem, credential: string | null = null): Origin['actor'] => ({
  id,
  type,
  name: username,
  credential,
});

/** Failures of an unknown name belong to the operator. */
export const failureRecorder = ({ recordIn }: LogInRequest, account: Account | undefined): Recorder =>
  account === undefined ? recordIn(operatorNumber) : recordIn(account.organization.org_id, actorOf(account.user));

/** Whether organization and user allow a log-in from here and now. */
export const placeOfLogIn = (
  { organization: { security }, user: { access } }: Account,
  { ip, now }: Pick<LogInRequest, 'ip' | 'now'>,
) => ({
  isAddressAllowed: [security.ip_whitelist, access.ip_whitelist ?? []].every((list) => allowsAddress(list, ip)),
  isInHours: isWithinHours(access.hours, now),
});

export const isInOrganization = (account: Account | undefined, organization: number | undefined): account is Account =>
  account !== undefined && (organization === undefined || account.organization.org_id === organization);

/** Read only once the secret proved right. */
export async function rightsOfAccount({ user, organization }: Account, { tableOf }: AuthContext) {
  const backing = await readRightsSources(tableOf(organization.org_id), [user]);
  return { rights: rightsOf(user, backing), roles: roleNamesOf(user, backing) };
}

export const signToken = (
  { nextId }: AuthContext,
  { sign }: Tools,
  { organization }: Account,
  session: SessionItem,
): Promise<string> => sign(tokenClaims(session, organization.org_id, nextId('jti')), new Date(session.created_at));

export const recordLogIn = ({ recordIn }: LogInRequest, { user, organization }: Account, session: SessionItem) =>
  recordAll(recordIn(organization.org_id, actorOf(user, session.id)), [logInEvent(user, session)]);
