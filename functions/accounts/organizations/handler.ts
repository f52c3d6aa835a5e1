import { drawNumber } from '#dynamodb/rows/counter.ts';
import { costIn, scryptPasswords, type Passwords } from '#credentials/password-hash.ts';
import { randomPassword, randomSecret } from '#credentials/random.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { UserItem } from '#dynamodb/rows/user.ts';
import { commits, created, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { isWithin } from '#http/authorization/networks.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { reachableOrganization } from '#http/authorization/reachable-organization.ts';
import { listOf } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { organizationText } from '#schema/values.ts';
import { newAdministrator, weakAdministratorPassword } from './administrator.ts';
import { assertClosable, presentClosed } from './closure.ts';
import {
  createOrganization,
  deleteOrganization,
  getOrganization,
  listOrganizations,
  organizations,
  updateOrganization,
} from './contract.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import {
  assertDistinctCodes,
  assertNoEmergencyCodes,
  assertNoEmergencyOperator,
  wantedCodes,
  warningsOfCodes,
} from './feature-code-settings.ts';
import { presentCounts, presentOrganization } from './organization-answer.ts';
import {
  assertContactsExist,
  assertNotLockedOut,
  changeEvent,
  changeOrganization,
  newContacts,
} from './organization-change.ts';
import { firstProfile, matches, newOrganization, type NewOrganization } from './organization.ts';
import {
  assertDefaultSender,
  assertFewPrompts,
  assertSounds,
  wantedDefaultSender,
  wantedSounds,
} from './organization-settings.ts';
import { assertBrandHost, assertBranding, assertImages, wantedBranding, wantedImages } from './branding-settings.ts';
import { assertMayChange, familyOf, parentFor } from './parent.ts';
import { closeWrites, createWrites, organizationCounter, organizationStore, updateWrites } from './store.ts';

type CreateRequest = Request<typeof createOrganization>;
type OrganizationsContext = Context<typeof organizations>;

const entityOf = ({ org_id: number }: OrganizationItem) => ({ type: 'org', id: organizationText(number) });

/** The parent of a new organization; by default the one in which the request works. */
async function parentOf(
  { caller, organization }: CreateRequest,
  { tableOf }: OrganizationsContext,
  wanted: NewOrganization,
): Promise<OrganizationItem> {
  const number = wanted.parent_id ?? organization.org_id;
  const parent = number === organization.org_id ? organization : await organizationStore(tableOf).get(number);
  return parentFor(wanted.type, parent, caller);
}

type Administrator = {
  readonly user: UserItem;
  readonly password: string;
  readonly generated: boolean;
};

/** @throws AppError WEAK_PASSWORD */
async function administratorOf(
  { now }: CreateRequest,
  { nextId }: OrganizationsContext,
  { admin }: NewOrganization,
  organization: OrganizationItem,
): Promise<Administrator | undefined> {
  if (admin === undefined || admin === null) return undefined;
  const weak = await weakAdministratorPassword(admin, organization.name);
  if (weak !== null) throw weak;
  const generated = typeof admin.password !== 'string';
  const user = newAdministrator(admin, organization, { id: nextId('usr'), now: now.toISOString(), generated });
  return { user, password: admin.password ?? randomPassword(), generated };
}

/** Events in the new organization's own log. */
function createEvents(
  { recordIn }: CreateRequest,
  organization: OrganizationItem,
  administrator: Administrator | undefined,
) {
  const record = recordIn(organization.org_id);
  const organizationCreated = record('org.created', {
    entity: entityOf(organization),
    description: `Organization ${organization.name} created`,
    after: organization,
  });
  if (administrator === undefined) return [organizationCreated];
  const { user } = administrator;
  return [
    organizationCreated,
    record('user.created', {
      entity: { type: 'user', id: user.id },
      description: `User ${user.username} created`,
      after: user,
    }),
  ];
}

/** The domains and files of a new organization. */
const ownsNothing = { ownerOf: async () => undefined, files: async () => [] };

/** @throws AppError VALIDATION_FAILED for branding that the organization may not have, or names what it has not */
async function assertBrandingUsable(
  wanted: Parameters<typeof wantedBranding>[0],
  { org_id: number, type }: Pick<OrganizationItem, 'org_id' | 'type'>,
  store: Pick<ReturnType<typeof organizationStore>, 'ownerOf' | 'files'>,
): Promise<void> {
  const branding = wantedBranding(wanted);
  if (branding === undefined) return;
  assertBranding(branding, type);
  if (branding.host != null) assertBrandHost(branding.host, await store.ownerOf(branding.host), number);
  const images = wantedImages(branding);
  assertImages(
    images,
    await store.files(
      number,
      images.map(({ file }) => file),
    ),
  );
}

async function create(
  request: CreateRequest,
  context: OrganizationsContext,
  { passwords, nextNumber }: { readonly passwords: Passwords; readonly nextNumber: () => Promise<number> },
) {
  const wanted = request.body();
  // It has no domain and no files yet.
  assertDefaultSender(wantedDefaultSender(wanted), undefined);
  assertSounds(wantedSounds(wanted), []);
  const now = request.now.toISOString();
  const parent = await parentOf(request, context, wanted);
  assertDistinctCodes({ settings: { feature_codes: wanted.settings?.feature_codes ?? undefined } });
  const draft = newOrganization(wanted, parent, { number: 0, pageKey: randomSecret(), now });
  assertNoEmergencyCodes(wanted, numberOriginOf(draft));
  assertNoEmergencyOperator(wanted, numberOriginOf(draft));
  await assertBrandingUsable(wanted, draft, ownsNothing);
  const currency =
    wanted.currency ?? (await organizationStore(context.tableOf).profile(parent.org_id))?.currency ?? 'USD';
  const administrator = await administratorOf(request, context, wanted, draft);
  const first =
    administrator === undefined
      ? undefined
      : { user: administrator.user, password: await passwords.hash(administrator.password) };
  // Drawn last, so that a request which breaks a rule leaves no gap.
  const organization = { ...draft, org_id: await nextNumber() };
  const profile = firstProfile(organization, { id: context.nextId('bp'), currency, now });
  return commits(
    [...createWrites({ organization, parent, profile, first }), ...createEvents(request, organization, administrator)],
    created(
      {
        ...presentOrganization(organization),
        admin_user_id: administrator?.user.id ?? null,
        ...(administrator?.generated === true ? { admin_password: administrator.password } : {}),
      },
      { message: 'Organization created successfully', version: 1 },
    ),
  );
}

async function update(request: Request<typeof updateOrganization>, context: OrganizationsContext) {
  const { caller, body, now, ip, record, pinnedVersion } = request;
  const store = organizationStore(context.tableOf);
  const before = (await store.get(request.organization.org_id)) ?? request.organization;
  const wanted = body();
  assertMayChange(wanted, before, caller);
  const parent = before.parent_id === null ? undefined : await store.get(before.parent_id);
  const after = changeOrganization(before, wanted, parent, now.toISOString());
  const contacts = newContacts(wanted);
  const users = await store.users(
    before.org_id,
    contacts.map(([, id]) => id),
  );
  assertContactsExist(contacts, users);
  const sender = wantedDefaultSender(wanted);
  assertDefaultSender(sender, sender === undefined ? undefined : await store.senderDomain(before.org_id, sender));
  const sounds = wantedSounds(wanted);
  assertFewPrompts(after);
  assertDistinctCodes(after);
  assertNoEmergencyCodes(wanted, numberOriginOf(after));
  assertNoEmergencyOperator(wanted, numberOriginOf(after));
  assertSounds(sounds, await store.files(before.org_id, [...new Set(sounds.map(({ file }) => file))]));
  await assertBrandingUsable(wanted, after, store);
  assertNotLockedOut(after, caller.organization === before.org_id, (networks) => isWithin(ip, networks));
  assertPinnedVersion(before, pinnedVersion);
  const event = record(changeEvent(before, after), {
    entity: entityOf(after),
    description: `Organization ${after.name} updated`,
    before,
    after,
  });
  const codes = wantedCodes(wanted);
  const warnings = codes.length === 0 ? [] : warningsOfCodes(codes, await store.extensionsIn(before.org_id, codes));
  return commits(
    [...updateWrites(before, after), event],
    ok(presentOrganization(after), {
      message: 'Organization updated successfully',
      version: after.version,
      ...(warnings.length === 0 ? {} : { warnings }),
    }),
  );
}

async function close(request: Request<typeof deleteOrganization>, context: OrganizationsContext) {
  const { caller, now, record, pinnedVersion } = request;
  const store = organizationStore(context.tableOf);
  const organization = (await store.get(request.organization.org_id)) ?? request.organization;
  const number = organization.org_id;
  const [counts, balance, tasks, calls, profile] = await Promise.all([
    store.counts(number),
    store.balance(number),
    store.tasks(number),
    store.calls(number),
    store.profile(number),
  ]);
  assertClosable(organization, caller, { counts, balance, tasks, calls });
  assertPinnedVersion(organization, pinnedVersion);
  const at = now.toISOString();
  const event = record('org.closed', {
    entity: entityOf(organization),
    description: `Organization ${organization.name} closed`,
    before: { status: organization.status },
    after: { status: 'closed' },
  });
  return commits(
    [...closeWrites(organization, profile, at), event],
    ok(presentClosed(number, at), { message: 'Organization deleted successfully' }),
  );
}

async function read(request: Request<typeof listOrganizations>, { tableOf }: OrganizationsContext) {
  const { query, caller, organization } = request;
  const parent =
    query.parent_id === undefined
      ? undefined
      : await reachableOrganization(query.parent_id, { caller, organization }, tableOf);
  const family = familyOf(caller, organization, parent);
  return organizationStore(tableOf).page(request.page(), family, (each) => matches(each, query));
}

export const organizationsHandler = (
  dependencies: Dependencies = dependenciesFromEnvironment(),
  passwords: Passwords = scryptPasswords(costIn(dependencies.environment)),
) =>
  serve(
    organizations,
    {
      [listOrganizations.route]: listOf(read, presentOrganization),

      [getOrganization.route]: async ({ organization }, { tableOf }) => {
        const counts = presentCounts(await organizationStore(tableOf).counts(organization.org_id));
        return ok({ ...presentOrganization(organization), counts }, { version: organization.version });
      },

      [createOrganization.route]: (request, context) =>
        create(request, context, {
          passwords,
          nextNumber: () => drawNumber(dependencies.store, organizationCounter),
        }),
      [updateOrganization.route]: update,
      [deleteOrganization.route]: close,
    },
    dependencies,
  );

export const handler = organizationsHandler();
