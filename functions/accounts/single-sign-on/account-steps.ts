import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { UserItem } from '#dynamodb/rows/user.ts';
import type { WriteName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { Write } from '#dynamodb/write.ts';
import { isKnownRole } from '#http/authorization/granting.ts';
import { readCustomRoles } from '#http/authorization/rights.ts';
import type { Context, Request } from '#http/handlers.ts';
import type { Origin } from '#runtime/event-record.ts';
import type { finishSalesforceLogIn, singleSignOn } from './contract.ts';
import {
  createdEvent,
  linkedEvent,
  linkOf,
  newPerson,
  notPermitted,
  profileOf,
  storedForms,
  type Profile,
} from './identity.ts';
import type { Redeemed } from './provider-steps.ts';
import type { SetUp } from './set-up.ts';
import { linkWrites, newPersonWrites, singleSignOnStore } from './store.ts';

/** The user of a Salesforce user: the one that is linked, else one that is linked now, else a new one. */

export type FinishRequest = Request<typeof finishSalesforceLogIn>;
export type SingleSignOnContext = Context<typeof singleSignOn>;
export type SingleSignOnWrite = Write<WriteName<EffectOf<typeof singleSignOn>>>;

export type Found = {
  readonly user: UserItem;
  /** Whether it is made with this log-in. */
  readonly isNew: boolean;
  readonly writes: readonly SingleSignOnWrite[];
};

/** Who asks: the organization with its set-up, and the Salesforce user. */
export type Visitor = {
  readonly organization: OrganizationItem;
  readonly setUp: SetUp;
  /** Id of the Salesforce user, of 18 characters. */
  readonly id: string;
};

export const actorOf = (user: UserItem, credential: string | null = null): Origin['actor'] => ({
  id: user.id,
  type: user.type,
  name: user.username,
  credential,
});

/** The writes that link a user, with their event. */
function linking(request: FinishRequest, user: UserItem, { organization, id }: Visitor, stored?: Stored) {
  const record = request.recordIn(organization.org_id, actorOf(user));
  return [
    ...linkWrites(linkOf(stored, { user: user.id, id, now: request.now.toISOString() })),
    record('auth.sso.linked', linkedEvent(user, id)),
  ];
}

type Stored = Parameters<typeof linkOf>[0];

/** A user with the verified address, who is linked. Undefined if there is none. */
async function linkByEmail(
  request: FinishRequest,
  store: ReturnType<typeof singleSignOnStore>,
  { email }: Profile,
  visitor: Visitor,
): Promise<Found | undefined> {
  const owner = email === undefined ? undefined : await store.ownerOf(email);
  if (owner?.startsWith('usr_') !== true) return undefined;
  const [user, stored] = await Promise.all([store.user(owner), store.link(owner)]);
  if (user === undefined) return undefined;
  return { user, isNew: false, writes: linking(request, user, visitor, stored) };
}

/** A new user. @throws AppError SSO_USER_NOT_PERMITTED without a verified address, or if another has the address */
async function provision(
  request: FinishRequest,
  context: SingleSignOnContext,
  profile: Profile,
  visitor: Visitor,
): Promise<Found> {
  const { organization, setUp } = visitor;
  const table = context.tableOf(organization.org_id);
  const store = singleSignOnStore(table);
  const at = request.now.toISOString();
  const made = newPerson(profile, setUp, { id: context.nextId('usr'), now: at });
  const customRoles = await readCustomRoles(table, [setUp.default_role]);
  const owner = await store.ownerOf(made.email ?? '');
  if (owner !== undefined || !isKnownRole(setUp.default_role, organization, customRoles)) throw notPermitted();
  // Its session is made in the same transaction.
  const user: UserItem = { ...made, log_ins: 1, last_login_at: at, last_login_ip: request.ip };
  const record = request.recordIn(organization.org_id, actorOf(user));
  return {
    user,
    isNew: true,
    writes: [
      ...newPersonWrites(user, organization, customRoles),
      record('user.created', createdEvent(user)),
      ...linking(request, user, visitor),
    ],
  };
}

/** @throws AppError SSO_USER_NOT_PERMITTED, and those of `userInfo` */
export async function findUser(
  request: FinishRequest,
  context: SingleSignOnContext,
  redeemed: Redeemed,
  visitor: Visitor,
): Promise<Found> {
  const { organization, setUp, id } = visitor;
  const store = singleSignOnStore(context.tableOf(organization.org_id));
  const linked = await store.linkedUser(storedForms(id));
  const user = linked === undefined ? undefined : await store.user(linked);
  if (user !== undefined) return { user, isNew: false, writes: [] };
  if (!setUp.auto_link && !setUp.auto_provision) throw notPermitted();
  const profile = profileOf(await redeemed.userInfo(), setUp);
  const found = setUp.auto_link ? await linkByEmail(request, store, profile, visitor) : undefined;
  if (found !== undefined) return found;
  if (!setUp.auto_provision) throw notPermitted();
  return provision(request, context, profile, visitor);
}
