import { drawNumber } from '../../shared/dynamodb/counter.ts';
import { scryptPasswords, type Passwords } from '../../shared/credentials/password-hash.ts';
import { randomPassword, randomSecret } from '../../shared/credentials/random.ts';
import type { OrganizationItem } from '../../shared/dynamodb/rows/organization.ts';
import { commits, created } from '../../shared/http/answer.ts';
import type { Request, World } from '../../shared/http/handlers.ts';
import { outsideFromEnvironment, type Outside } from '../../shared/http/outside.ts';
import { serve } from '../../shared/http/serve.ts';
import { organizationText } from '../../shared/schema/values.ts';
import { organizations, putOrganization } from './contract.ts';
import { firstAdmin, firstProfile, newOrganization, presentOrganization, requireParent, weakAdminPassword, type NewOrganization } from './organization.ts';
import { creation, organizationCounter, organizationStore } from './store.ts';

type CreationRequest = Request<typeof putOrganization>;
type OrganizationsWorld = World<typeof organizations>;

/** The organization above the new one; by default the one in which the request works. */
async function parentOf({ caller, organization }: CreationRequest, { tableOf }: OrganizationsWorld, wanted: NewOrganization): Promise<OrganizationItem> {
  const number = wanted.parent_id ?? organization.org_id;
  const parent = number === organization.org_id ? organization : await organizationStore(tableOf).get(number);
  return requireParent(wanted.type, parent, caller);
}

type FirstAdministrator = { readonly user: ReturnType<typeof firstAdmin>; readonly password: string; readonly generated: boolean };

/** @throws AppError WEAK_PASSWORD */
function administratorOf({ now }: CreationRequest, { nextId }: OrganizationsWorld, wanted: NewOrganization, organization: OrganizationItem): FirstAdministrator | undefined {
  if (wanted.admin === undefined || wanted.admin === null) return undefined;
  const weak = weakAdminPassword(wanted);
  if (weak !== null) throw weak;
  const generated = typeof wanted.admin.password !== 'string';
  const user = firstAdmin(wanted.admin, organization, { id: nextId('usr'), now: now.toISOString(), generated });
  return { user, password: wanted.admin.password ?? randomPassword(), generated };
}

/** In the new organization's own log. */
function events({ recordIn }: CreationRequest, organization: OrganizationItem, administrator: FirstAdministrator | undefined) {
  const record = recordIn(organization.org_id);
  return [
    record('org.created', { entity: { type: 'org', id: organizationText(organization.org_id) }, description: `Organization ${organization.name} created`, after: organization }),
    ...(administrator === undefined ? [] : [record('user.created', { entity: { type: 'user', id: administrator.user.id }, description: `User ${administrator.user.username} created`, after: administrator.user })]),
  ];
}

export const organizationsHandler = (outside: Outside = outsideFromEnvironment(), passwords: Passwords = scryptPasswords()) => serve(organizations, {
  [putOrganization.route]: async (request, world) => {
    const wanted = request.body();
    const now = request.now.toISOString();
    const parent = await parentOf(request, world, wanted);
    const draft = newOrganization(wanted, parent, { number: 0, pageKey: randomSecret(), now });
    const currency = wanted.currency ?? await organizationStore(world.tableOf).currency(parent.org_id) ?? 'USD';
    const administrator = administratorOf(request, world, wanted, draft);
    const password = administrator === undefined ? undefined : await passwords.hash(administrator.password);
    // Drawn last, so that a request which breaks a rule leaves no gap.
    const organization = { ...draft, org_id: await drawNumber(outside.store, organizationCounter) };
    return commits(
      [
        ...creation({
          organization, parent,
          profile: firstProfile(organization, { id: world.nextId('bp'), currency, now }),
          first: administrator === undefined || password === undefined ? undefined : { user: administrator.user, password },
        }),
        ...events(request, organization, administrator),
      ],
      created({
        ...presentOrganization(organization),
        admin_user_id: administrator?.user.id ?? null,
        ...(administrator?.generated === true ? { admin_password: administrator.password } : {}),
      }, { message: 'Organization created successfully', version: 1 }),
    );
  },
}, outside);

export const handler = organizationsHandler();
