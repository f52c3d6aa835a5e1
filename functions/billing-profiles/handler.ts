import { AppError } from '../../shared/errors.ts';
import { operatorOrganization, type OrganizationItem } from '../../shared/dynamodb/rows/organization.ts';
import { commits, created, ok } from '../../shared/http/answer.ts';
import type { Caller } from '../../shared/http/caller.ts';
import type { World } from '../../shared/http/handlers.ts';
import { outsideFromEnvironment } from '../../shared/http/outside.ts';
import { pinned } from '../../shared/http/pinned.ts';
import { reached } from '../../shared/http/reached.ts';
import { serve } from '../../shared/http/serve.ts';
import { hasMoved } from './balance.ts';
import { changeProfile, firstProfile, refuseAllButSeller, refuseUnbuilt, type BillingProfile, type ProfileChange, type TariffOfProfile } from './billing-profile.ts';
import { billingProfiles, getOwnProfile, getProfile, putProfile } from './contract.ts';
import { presentDetailedProfile, presentProfile } from './presented-profile.ts';
import { priceListStore, profileStore, profileWrites, sellerOf } from './store.ts';

type ProfileWorld = World<typeof billingProfiles>;

/** A profile and what is shown with it. */
async function read(organization: OrganizationItem, { tableOf }: ProfileWorld) {
  const store = profileStore(tableOf(organization.org_id));
  const [profile, balance] = await Promise.all([store.profile(), store.balance()]);
  return { profile, balance, tariff: await tariffOf(profile?.tariffId ?? null, organization, tableOf) };
}

const tariffOf = async (id: string | null, organization: OrganizationItem, tableOf: ProfileWorld['tableOf']): Promise<TariffOfProfile | null> =>
  id === null ? null : priceListStore(tableOf(sellerOf(organization))).tariff(id);

/** The tariff after a change: the one that it names, else the present one. */
const tariffAfter = async ({ tariffPlan }: ProfileChange, present: TariffOfProfile | null, organization: OrganizationItem, tableOf: ProfileWorld['tableOf']): Promise<TariffOfProfile | null> =>
  typeof tariffPlan === 'string' ? priceListStore(tableOf(sellerOf(organization))).named(tariffPlan) : tariffPlan === null ? null : present;

function configured(profile: BillingProfile | null): BillingProfile {
  if (profile === null) throw new AppError('NOT_CONFIGURED', 'This organization has no billing profile');
  return profile;
}

/** The seller, acting from its own organization. */
const sells = ({ organization }: Caller, to: OrganizationItem): boolean => organization === operatorOrganization || organization === to.parent_id;

const entityOf = ({ id }: BillingProfile) => ({ type: 'billingprofile', id });

/** @param outside what the function touches; tests bring their own */
export const billingProfilesHandler = (outside = outsideFromEnvironment()) => serve(billingProfiles, {
  [getOwnProfile.route]: async ({ organization }, world) => {
    const { profile, ...surroundings } = await read(organization, world);
    const found = configured(profile);
    return ok(presentProfile(found, surroundings), { version: found.version });
  },

  [getProfile.route]: async (request, world) => {
    const organization = await reached(request.params.id, request, world.tableOf);
    const { profile, ...surroundings } = await read(organization, world);
    const found = configured(profile);
    return ok(presentDetailedProfile(found, surroundings, request.now.getTime()), { version: found.version });
  },

  [putProfile.route]: async (request, world) => {
    const organization = await reached(request.params.id, request, world.tableOf);
    const { profile: found, balance, tariff: present } = await read(organization, world);
    const before = found === null ? null : pinned(found, request.pinnedVersion);
    const wanted = request.body();
    refuseAllButSeller(wanted, sells(request.caller, organization));
    refuseUnbuilt(wanted);
    const now = request.now.toISOString();
    const tariff = await tariffAfter(wanted, present, organization, world.tableOf);
    const circumstances = { tariff, balanceMoved: hasMoved(balance), now };
    const after = before === null
      ? firstProfile({ id: world.nextId('bp'), organization: organization.org_id, billingName: organization.name, now }, wanted, circumstances)
      : changeProfile(before, wanted, circumstances);
    const shown = presentDetailedProfile(after, { balance, tariff }, request.now.getTime());
    const event = { entity: entityOf(after), description: `Billing profile of ${organization.name} ${before === null ? 'created' : 'updated'}`, after: shown };
    const record = request.recordIn(organization.org_id);
    const writes = profileWrites(before, after, organization);
    if (before === null) return commits([...writes, record('billingprofile.created', event)], created(shown, { message: 'Billing profile created successfully', version: after.version }));
    const old = presentDetailedProfile(before, { balance, tariff: present }, request.now.getTime());
    return commits(
      [...writes, record('billingprofile.updated', { ...event, before: old })],
      ok(shown, { message: 'Billing profile updated successfully', version: after.version }),
    );
  },
}, outside);

export const handler = billingProfilesHandler();
