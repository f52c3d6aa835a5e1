import { drawNumber } from '../../../shared/dynamodb/counter.ts';
import { costIn, scryptPasswords, type Passwords } from '../../../shared/credentials/password-hash.ts';
import { randomPassword, randomSecret } from '../../../shared/credentials/random.ts';
import type { OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { commits, created, ok, page } from '../../../shared/http/answers/answer.ts';
import type { Caller } from '../../../shared/http/admission/caller.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { isWithin } from '../../../shared/http/admission/networks.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { pinned } from '../../../shared/http/pinned.ts';
import { reached } from '../../../shared/http/authorization/reached.ts';
import { serve } from '../../../shared/http/serve.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import {
  deleteOrganization,
  getOrganization,
  listOrganizations,
  organizations,
  postOrganization,
  putOrganization,
} from './contract.ts';
import {
  changedOrganization,
  isListed,
  newContacts,
  presentClosed,
  presentCounts,
  rejectLockOut,
  requireClosable,
  requireContacts,
  requireParentFor,
} from './organization-change.ts';
import {
  firstAdmin,
  firstProfile,
  newOrganization,
  presentOrganization,
  requireParent,
  weakAdminPassword,
  type NewOrganization,
} from './organization.ts';
import { closing, creation, organizationCounter, organizationStore, update } from './store.ts';

type CreationRequest = Request<typeof putOrganization>;
type OrganizationsContext = Context<typeof organizations>;

/** The organization above the new one; by default the one in which the request works. */
async function parentOf(
  { caller, organization }: CreationRequest,
  { tableOf }: OrganizationsContext,
  wanted: NewOrganization,
): Promise<OrganizationItem> {
  const number = wanted.parent_id ?? organization.org_id;
  const parent = number === organization.org_id ? organization : await organizationStore(tableOf).get(number);
  return requireParent(wanted.type, parent, caller);
}

type FirstAdministrator = {
  readonly user: ReturnType<typeof firstAdmin>;
  readonly password: string;
  readonly generated: boolean;
};

/** @throws AppError WEAK_PASSWORD */
function administratorOf(
  { now }: CreationRequest,
  { nextId }: OrganizationsContext,
  wanted: NewOrganization,
  organization: OrganizationItem,
): FirstAdministrator | undefined {
  if (wanted.admin === undefined || wanted.admin === null) return undefined;
  const weak = weakAdminPassword(wanted);
  if (weak !== null) throw weak;
  const generated = typeof wanted.admin.password !== 'string';
  const user = firstAdmin(wanted.admin, organization, { id: nextId('usr'), now: now.toISOString(), generated });
  return { user, password: wanted.admin.password ?? randomPassword(), generated };
}

/** In the new organization's own log. */
function events(
  { recordIn }: CreationRequest,
  organization: OrganizationItem,
  administrator: FirstAdministrator | undefined,
) {
  const record = recordIn(organization.org_id);
  return [
    record('org.created', {
      entity: { type: 'org', id: organizationText(organization.org_id) },
      description: `Organization ${organization.name} created`,
      after: organization,
    }),
    ...(administrator === undefined
      ? []
      : [
          record('user.created', {
            entity: { type: 'user', id: administrator.user.id },
            description: `User ${administrator.user.username} created`,
            after: administrator.user,
          }),
        ]),
  ];
}

const entityOf = ({ org_id: number }: OrganizationItem) => ({ type: 'org', id: organizationText(number) });

/** Whose organizations a list is of: the caller's reach, in the organization where it works. */
function familyOf(caller: Caller, organization: OrganizationItem, parent: OrganizationItem | undefined) {
  if (parent !== undefined) return { self: undefined, parent: parent.org_id };
  if (organization.type === 'operator')
    return caller.reach === 'all' ? { self: undefined, parent: undefined } : { self: organization, parent: null };
  return {
    self: organization,
    parent: caller.reach !== 'own' && organization.type === 'reseller' ? organization.org_id : null,
  };
}

/** Which of its events a change is. */
const eventFor = (before: OrganizationItem, after: OrganizationItem) =>
  before.status === after.status ? 'org.updated' : after.status === 'suspended' ? 'org.suspended' : 'org.resumed';

async function changeOrganization(request: Request<typeof postOrganization>, context: OrganizationsContext) {
  const { caller, body, now, ip, record, pinnedVersion } = request;
  const store = organizationStore(context.tableOf);
  const before = (await store.get(request.organization.org_id)) ?? request.organization;
  const wanted = body();
  requireParentFor(wanted, before, caller);
  const parent = before.parent_id === null ? undefined : await store.get(before.parent_id);
  const after = changedOrganization(before, wanted, parent, now.toISOString());
  const contacts = newContacts(wanted);
  requireContacts(
    contacts,
    await store.users(
      before.org_id,
      contacts.map(([, id]) => id),
    ),
  );
  rejectLockOut(after, caller.organization === before.org_id, (networks) => isWithin(ip, networks));
  pinned(before, pinnedVersion);
  return commits(
    [
      ...update(before, after),
      record(eventFor(before, after), {
        entity: entityOf(after),
        description: `Organization ${after.name} updated`,
        before,
        after,
      }),
    ],
    ok(presentOrganization(after), { message: 'Organization updated successfully', version: after.version }),
  );
}

async function closeOrganization(request: Request<typeof deleteOrganization>, context: OrganizationsContext) {
  const { caller, now, record, pinnedVersion } = request;
  const store = organizationStore(context.tableOf);
  const organization = (await store.get(request.organization.org_id)) ?? request.organization;
  const number = organization.org_id;
  const [counts, balance, tasks, profile] = await Promise.all([
    store.counts(number),
    store.balance(number),
    store.tasks(number),
    store.profile(number),
  ]);
  requireClosable(organization, caller, { counts, balance, tasks });
  pinned(organization, pinnedVersion);
  const at = now.toISOString();
  return commits(
    [
      ...closing(organization, profile, at),
      record('org.closed', {
        entity: entityOf(organization),
        description: `Organization ${organization.name} closed`,
        before: { status: organization.status },
        after: { status: 'closed' },
      }),
    ],
    ok(presentClosed(organization.org_id, at), { message: 'Organization deleted successfully' }),
  );
}

export const organizationsHandler = (
  dependencies: Dependencies = dependenciesFromEnvironment(),
  passwords: Passwords = scryptPasswords(costIn(dependencies.environment)),
) =>
  serve(
    organizations,
    {
      [listOrganizations.route]: async ({ query, page: request, caller, organization }, { tableOf }) => {
        const parent =
          query.parent_id === undefined ? undefined : await reached(query.parent_id, { caller, organization }, tableOf);
        const found = await organizationStore(tableOf).page(request(), familyOf(caller, organization, parent), (each) =>
          isListed(each, query),
        );
        return page({ ...found, items: found.items.map(presentOrganization) });
      },

      [getOrganization.route]: async ({ organization }, { tableOf }) =>
        ok(
          {
            ...presentOrganization(organization),
            counts: presentCounts(await organizationStore(tableOf).counts(organization.org_id)),
          },
          { version: organization.version },
        ),

      [postOrganization.route]: changeOrganization,
      [deleteOrganization.route]: closeOrganization,

      [putOrganization.route]: async (request, context) => {
        const wanted = request.body();
        const now = request.now.toISOString();
        const parent = await parentOf(request, context, wanted);
        const draft = newOrganization(wanted, parent, { number: 0, pageKey: randomSecret(), now });
        const currency =
          wanted.currency ?? (await organizationStore(context.tableOf).profile(parent.org_id))?.currency ?? 'USD';
        const administrator = administratorOf(request, context, wanted, draft);
        const password = administrator === undefined ? undefined : await passwords.hash(administrator.password);
        // Drawn last, so that a request which breaks a rule leaves no gap.
        const organization = { ...draft, org_id: await drawNumber(dependencies.store, organizationCounter) };
        return commits(
          [
            ...creation({
              organization,
              parent,
              profile: firstProfile(organization, { id: context.nextId('bp'), currency, now }),
              first:
                administrator === undefined || password === undefined
                  ? undefined
                  : { user: administrator.user, password },
            }),
            ...events(request, organization, administrator),
          ],
          created(
            {
              ...presentOrganization(organization),
              admin_user_id: administrator?.user.id ?? null,
              ...(administrator?.generated === true ? { admin_password: administrator.password } : {}),
            },
            { message: 'Organization created successfully', version: 1 },
          ),
        );
      },
    },
    dependencies,
  );

export const handler = organizationsHandler();
