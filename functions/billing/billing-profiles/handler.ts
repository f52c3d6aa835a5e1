import { AppError } from '../../../shared/errors.ts';
import { operatorOrganization, type OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { commits, created, ok, page } from '../../../shared/http/answers/answer.ts';
import type { Caller } from '../../../shared/http/admission/caller.ts';
import type { Handler, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { pinned } from '../../../shared/http/pinned.ts';
import { reached } from '../../../shared/http/authorization/reached.ts';
import { serve } from '../../../shared/http/serve.ts';
import type { Recorder } from '../../../shared/runtime/event-record.ts';
import { within } from '../../../shared/dynamodb/write.ts';
import { money, NOTHING, type Money } from '../../../shared/schema/money.ts';
import { presentAccount } from './account.ts';
import {
  balanceOf,
  creditPart,
  crossingEvent,
  crossings,
  currentBalance,
  hasMoved,
  standingOf,
  toldStanding,
  type BalancePart,
} from './balance.ts';
import {
  changeProfile,
  firstProfile,
  refuseAllButSeller,
  type BillingProfile,
  type ProfileChange,
  type TariffOfProfile,
} from './billing-profile.ts';
import {
  billingProfiles,
  getLedger,
  getOwnProfile,
  getProfile,
  listAccounts,
  postCredit,
  putProfile,
} from './contract.ts';
import { creditOf, presentCredit, presentEntry, requireCurrency, requireSameCredit } from './ledger.ts';
import { presentDetailedProfile, presentProfile } from './presented-profile.ts';
import { profileOf } from './row.ts';
import { daysAsked, statementOf } from './statement.ts';
import {
  accountPage,
  creditWrites,
  ledgerStore,
  priceListStore,
  profileStore,
  profileWrites,
  sellerOf,
  type AccountsOf,
} from './store.ts';

type ProfileContext = Context<typeof billingProfiles>;

/** A profile and what is shown with it. */
async function read(organization: OrganizationItem, { tableOf }: ProfileContext) {
  const store = profileStore(tableOf(organization.org_id));
  const [profile, balance] = await Promise.all([store.profile(), store.balance()]);
  return { profile, balance, tariff: await tariffOf(profile?.tariffId ?? null, organization, tableOf) };
}

const tariffOf = async (
  id: string | null,
  organization: OrganizationItem,
  tableOf: ProfileContext['tableOf'],
): Promise<TariffOfProfile | null> => (id === null ? null : priceListStore(tableOf(sellerOf(organization))).tariff(id));

/** The tariff after a change: the one that it names, else the present one. */
const tariffAfter = async (
  { tariffPlan }: ProfileChange,
  present: TariffOfProfile | null,
  organization: OrganizationItem,
  tableOf: ProfileContext['tableOf'],
): Promise<TariffOfProfile | null> =>
  typeof tariffPlan === 'string'
    ? priceListStore(tableOf(sellerOf(organization))).named(tariffPlan)
    : tariffPlan === null
      ? null
      : present;

function configured(profile: BillingProfile | null): BillingProfile {
  if (profile === null) throw new AppError('NOT_CONFIGURED', 'This organization has no billing profile');
  return profile;
}

/** Whose accounts are in reach: those of the organization that is worked in, as far as the caller reaches. */
const accountsIn = ({ reach }: Caller, { type }: OrganizationItem): AccountsOf =>
  reach === 'own' || type === 'customer' ? 'own' : type === 'operator' ? 'all' : 'children';

/** The seller, acting from its own organization. */
const sells = ({ organization }: Caller, to: OrganizationItem): boolean =>
  organization === operatorOrganization || organization === to.parent_id;

const entityOf = ({ id }: BillingProfile) => ({ type: 'billingprofile', id });

/** A balance as it was read, and how it stands once it is another, or its limits are. */
function toldOf(parts: readonly BalancePart[], after: BillingProfile, credited: Money = NOTHING) {
  const balance = balanceOf(parts);
  return {
    read: creditPart(parts),
    standing: standingOf({ ...balance, credits: money(balance.credits + credited) }, after),
  };
}

/** Tells of a crossing, once. */
const told = ({ read: part, standing }: ReturnType<typeof toldOf>, profile: BillingProfile, record: Recorder) =>
  crossings(toldStanding(part), standing).map((crossing) => record(crossing, crossingEvent(crossing, profile)));

/** Changes a profile, or makes the first one. */
const changeOrMake: Handler<typeof billingProfiles, typeof putProfile> = async (request, context) => {
  const organization = await reached(request.params.id, request, context.tableOf);
  const { profile: before, balance, tariff: present } = await read(organization, context);
  const wanted = request.body();
  refuseAllButSeller(wanted, sells(request.caller, organization));
  const now = request.now.toISOString();
  const tariff = await tariffAfter(wanted, present, organization, context.tableOf);
  const circumstances = { tariff, balanceMoved: hasMoved(balance), now };
  const after =
    before === null
      ? firstProfile(
          { id: context.nextId('bp'), organization: organization.org_id, billingName: organization.name, now },
          wanted,
          circumstances,
        )
      : changeProfile(before, wanted, circumstances);
  if (before !== null) pinned(before, request.pinnedVersion);
  const shown = presentDetailedProfile(after, { balance, tariff }, request.now.getTime());
  const event = {
    entity: entityOf(after),
    description: `Billing profile of ${organization.name} ${before === null ? 'created' : 'updated'}`,
    after: shown,
  };
  const record = request.recordIn(organization.org_id);
  const standing = toldOf(balance, after);
  const writes = [...profileWrites(before, after, organization, standing), ...told(standing, after, record)];
  if (before === null)
    return commits(
      [...writes, record('billingprofile.created', event)],
      created(shown, { message: 'Billing profile created successfully', version: after.version }),
    );
  const old = presentDetailedProfile(before, { balance, tariff: present }, request.now.getTime());
  return commits(
    [...writes, record('billingprofile.updated', { ...event, before: old })],
    ok(shown, { message: 'Billing profile updated successfully', version: after.version }),
  );
};

/** Books a credit; of a reference once. */
const addCredit: Handler<typeof billingProfiles, typeof postCredit> = async (request, context) => {
  const organization = await reached(request.params.id, request, context.tableOf);
  if (!sells(request.caller, organization))
    throw new AppError('NOT_THE_SELLER', 'Credit is added by the seller: the parent, or the operator');
  const table = context.tableOf(organization.org_id);
  const profile = configured(await profileStore(table).profile());
  const wanted = request.body();
  requireCurrency(wanted, profile.currency);
  const booked = await ledgerStore(table).booked(wanted.reference);
  const message = 'Credit added successfully';
  if (booked !== undefined) {
    requireSameCredit(booked, wanted);
    return ok(presentCredit(booked, organization.org_id), { message });
  }
  const parts = await profileStore(table).balance();
  const entry = creditOf(wanted, context.nextId('led'), {
    balance: currentBalance(balanceOf(parts)),
    currency: profile.currency,
    created_at: request.now.toISOString(),
  });
  const standing = toldOf(parts, profile, wanted.amount);
  const record = request.recordIn(organization.org_id);
  const shown = presentCredit(entry, organization.org_id);
  const event = {
    entity: entityOf(profile),
    description: `${shown.type === 'payment' ? 'Payment' : 'Correction'} of ${shown.amount} ${shown.currency} booked`,
    fields: shown,
  };
  return commits(
    [
      ...within(organization.org_id, creditWrites(entry, wanted.reference, standing)),
      record('credit.added', event),
      ...told(standing, profile, record),
    ],
    created(shown, { message }),
  );
};

/** @param outside what the function touches; tests bring their own */
export const billingProfilesHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    billingProfiles,
    {
      [getOwnProfile.route]: async ({ organization }, context) => {
        const { profile, ...surroundings } = await read(organization, context);
        const found = configured(profile);
        return ok(presentProfile(found, surroundings), { version: found.version });
      },

      [getProfile.route]: async (request, context) => {
        const organization = await reached(request.params.id, request, context.tableOf);
        const { profile, ...surroundings } = await read(organization, context);
        const found = configured(profile);
        return ok(presentDetailedProfile(found, surroundings, request.now.getTime()), { version: found.version });
      },

      [putProfile.route]: changeOrMake,

      [postCredit.route]: addCredit,

      [getLedger.route]: async (request, context) => {
        const organization = await reached(request.params.id, request, context.tableOf);
        const table = context.tableOf(organization.org_id);
        const profile = configured(await profileStore(table).profile());
        const range = daysAsked(request.query, profile.billingDays, request.now.getTime());
        const store = ledgerStore(table);
        const [found, moved] = await Promise.all([
          store.page(request.page(), range, request.query.type),
          store.movedUntil(range.to),
        ]);
        return page({ ...found, items: found.items.map(presentEntry) }, statementOf(moved, range, profile.currency));
      },

      [listAccounts.route]: async ({ caller, organization, page: request }, { table, tableOf }) => {
        const found = await accountPage(table, accountsIn(caller, organization), request());
        const balances = await Promise.all(
          found.items.map(({ organization: owner }) => profileStore(tableOf(owner)).balance()),
        );
        return page({
          ...found,
          items: found.items.map((item, at) =>
            presentAccount(profileOf(item), balances[at] ?? [], item.parent === null),
          ),
        });
      },
    },
    dependencies,
  );

export const handler = billingProfilesHandler();
