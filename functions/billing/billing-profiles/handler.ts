import { AppError } from '#errors.ts';
import { operatorOrganization, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { commits, created, ok, page } from '#http/answers/answer.ts';
import type { Caller } from '#http/authorization/caller.ts';
import type { Handler, Context } from '#http/handlers.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { sellsTo } from '#http/authorization/selling.ts';
import { reachableOrganization } from '#http/authorization/reachable-organization.ts';
import { serve } from '#http/serve.ts';
import { book, profileChangeWrites } from '../charging/balance-steps.ts';
import { presentAccount } from './billing-account.ts';
import {
  assertMayChange,
  changeProfile,
  circumstancesOf,
  firstProfile,
  type BillingProfile,
  type ProfileChange,
  type TariffOfProfile,
} from '../schema/billing-profile.ts';
import {
  addCredit,
  billingProfiles,
  getBillingProfile,
  getOwnBillingProfile,
  listBillingAccounts,
  listLedgerEntries,
  saveBillingProfile,
} from './contract.ts';
import { billingProfileErrors } from '../schema/billing-profile-errors.ts';
import { assertCurrency, assertSameCredit, creditBooking, presentCredit, presentEntry } from './ledger.ts';
import { presentDetailedProfile, presentProfile } from './presented-profile.ts';
import { profileOf } from '../rows/billing-profile.ts';
import { statementDays, statementOf } from './statement.ts';
import {
  accountPage,
  creditReferenceWrites,
  hasPaidNumbers,
  ledgerStore,
  priceListStore,
  profileStore,
  profileWrites,
  sellerOf,
  type AccountScope,
} from './store.ts';

type ProfileHandler<E extends (typeof billingProfiles)['endpoints'][number]> = Handler<typeof billingProfiles, E>;
type TableOf = Context<typeof billingProfiles>['tableOf'];

/** A profile with its balance and its tariff. */
async function readProfile(organization: OrganizationItem, tableOf: TableOf) {
  const store = profileStore(tableOf(organization.org_id));
  const [profile, balance] = await Promise.all([store.profile(), store.balance()]);
  return { profile, balance, tariff: await readTariff(profile?.tariffId ?? null, organization, tableOf) };
}

const readTariff = async (
  id: string | null,
  organization: OrganizationItem,
  tableOf: TableOf,
): Promise<TariffOfProfile | null> => (id === null ? null : priceListStore(tableOf(sellerOf(organization))).tariff(id));

/** The tariff after a change: the one that the change names, else the present one. */
async function tariffAfter(
  { tariffPlan }: ProfileChange,
  before: TariffOfProfile | null,
  organization: OrganizationItem,
  tableOf: TableOf,
): Promise<TariffOfProfile | null> {
  if (typeof tariffPlan === 'string') return priceListStore(tableOf(sellerOf(organization))).tariffNamed(tariffPlan);
  return tariffPlan === null ? null : before;
}

/** @throws AppError NOT_CONFIGURED */
function configured(profile: BillingProfile | null): BillingProfile {
  if (profile === null)
    throw new AppError(billingProfileErrors.NOT_CONFIGURED, 'This organization has no billing profile');
  return profile;
}

/** Which accounts a caller sees while it works in an organization. */
function accountScope({ reach }: Caller, { type }: OrganizationItem): AccountScope {
  if (reach === 'own' || type === 'customer') return 'own';
  return type === 'operator' ? 'all' : 'children';
}

const entityOf = ({ id }: BillingProfile) => ({ type: 'billingprofile', id });

const showOwnProfile: ProfileHandler<typeof getOwnBillingProfile> = async ({ organization }, { tableOf }) => {
  const { profile, ...surroundings } = await readProfile(organization, tableOf);
  const { version } = configured(profile);
  return ok(presentProfile(configured(profile), surroundings), { version });
};

const showProfile: ProfileHandler<typeof getBillingProfile> = async (request, { tableOf }) => {
  const organization = await reachableOrganization(request.params.id, request, tableOf);
  const { profile, ...surroundings } = await readProfile(organization, tableOf);
  const { version } = configured(profile);
  return ok(presentDetailedProfile(configured(profile), surroundings, request.now.getTime()), { version });
};

/**
 * Fees of numbers are in the currency of the operator: an organization that holds such numbers has it, too, and the
 * operator keeps its own while it offers such numbers.
 * @throws AppError CURRENCY_MISMATCH
 */
async function assertCurrencyOfFees({ organization, currency }: BillingProfile, tableOf: TableOf): Promise<void> {
  const isOperator = organization === operatorOrganization;
  const ofFees = isOperator ? undefined : (await profileStore(tableOf(operatorOrganization)).profile())?.currency;
  if (currency === ofFees || !(await hasPaidNumbers(tableOf(organization), isOperator))) return;
  throw new AppError(
    'CURRENCY_MISMATCH',
    `Numbers of the organization have monthly fees in ${ofFees ?? 'its present currency'}: release them first`,
  );
}

/** Changes a profile, or creates the first one of an organization. */
const saveProfile: ProfileHandler<typeof saveBillingProfile> = async (request, context) => {
  const organization = await reachableOrganization(request.params.id, request, context.tableOf);
  const before = await readProfile(organization, context.tableOf);
  const change = request.body();
  assertMayChange(change, sellsTo(organization, request.caller));
  const now = request.now.toISOString();
  const tariff = await tariffAfter(change, before.tariff, organization, context.tableOf);
  const circumstances = circumstancesOf(tariff, before.balance, now);
  const identity = { organization: organization.org_id, billingName: organization.name, now };
  const after =
    before.profile === null
      ? firstProfile({ id: context.nextId('bp'), ...identity }, change, circumstances)
      : changeProfile(before.profile, change, circumstances);
  if (before.profile !== null) assertPinnedVersion(before.profile, request.pinnedVersion);
  const setsCurrency = after.currency !== before.profile?.currency;
  if (setsCurrency) await assertCurrencyOfFees(after, context.tableOf);
  const record = request.recordIn(organization.org_id);
  const show = (profile: BillingProfile, of: TariffOfProfile | null) =>
    presentDetailedProfile(profile, { balance: before.balance, tariff: of }, request.now.getTime());
  const shown = show(after, tariff);
  const writes = [
    ...profileWrites(before.profile, after, organization),
    ...profileChangeWrites({ profile: after, balance: before.balance }, record, setsCurrency),
  ];
  if (before.profile === null) {
    const description = `Billing profile of ${organization.name} created`;
    const event = record('billingprofile.created', { entity: entityOf(after), description, after: shown });
    const message = 'Billing profile created successfully';
    return commits([...writes, event], created(shown, { message, version: after.version }));
  }
  const description = `Billing profile of ${organization.name} updated`;
  const changes = { before: show(before.profile, before.tariff), after: shown };
  const event = record('billingprofile.updated', { entity: entityOf(after), description, ...changes });
  const message = 'Billing profile updated successfully';
  return commits([...writes, event], ok(shown, { message, version: after.version }));
};

const bookCredit: ProfileHandler<typeof addCredit> = async (request, context) => {
  const organization = await reachableOrganization(request.params.id, request, context.tableOf);
  if (!sellsTo(organization, request.caller))
    throw new AppError('NOT_THE_SELLER', 'Only the seller may add credit: the parent, or the operator');
  const table = context.tableOf(organization.org_id);
  const profile = configured(await profileStore(table).profile());
  const wanted = request.body();
  assertCurrency(wanted, profile.currency);
  const booked = await ledgerStore(table).entryOf(wanted.reference);
  const message = 'Credit added successfully';
  if (booked !== undefined) {
    assertSameCredit(booked, wanted);
    return ok(presentCredit(booked, organization.org_id), { message });
  }
  const record = request.recordIn(organization.org_id);
  const account = { profile, balance: await profileStore(table).balance() };
  const booking = creditBooking(wanted, context.nextId('led'));
  const { entries, writes } = book(account, [booking], { record, now: request.now });
  const [entry] = entries;
  if (entry === undefined) throw new Error('a credit is one entry');
  const shown = presentCredit(entry, organization.org_id);
  const kind = shown.type === 'payment' ? 'Payment' : 'Correction';
  const description = `${kind} of ${shown.amount} ${shown.currency} booked`;
  return commits(
    [
      ...writes,
      ...creditReferenceWrites(organization.org_id, wanted.reference, entry),
      record('credit.added', { entity: entityOf(profile), description, fields: shown }),
    ],
    created(shown, { message }),
  );
};

const listEntries: ProfileHandler<typeof listLedgerEntries> = async (request, { tableOf }) => {
  const organization = await reachableOrganization(request.params.id, request, tableOf);
  const table = tableOf(organization.org_id);
  const profile = configured(await profileStore(table).profile());
  const range = statementDays(request.query, profile.billingDays, request.now.getTime());
  const store = ledgerStore(table);
  const [entries, sums] = await Promise.all([
    store.page(request.page(), range, request.query.type),
    store.sumsUntil(range.to),
  ]);
  return page({ ...entries, items: entries.items.map(presentEntry) }, statementOf(sums, range, profile.currency));
};

const listAccounts: ProfileHandler<typeof listBillingAccounts> = async (request, { table, tableOf }) => {
  const scope = accountScope(request.caller, request.organization);
  const profiles = await accountPage(table, scope, request.page());
  const accounts = await Promise.all(
    profiles.items.map(async (item) => {
      const balance = await profileStore(tableOf(item.organization)).balance();
      return presentAccount(profileOf(item), balance, item.parent === null);
    }),
  );
  return page({ ...profiles, items: accounts });
};

/** @param dependencies what the function uses from outside; tests pass their own */
export const billingProfilesHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    billingProfiles,
    {
      [getOwnBillingProfile.route]: showOwnProfile,
      [getBillingProfile.route]: showProfile,
      [saveBillingProfile.route]: saveProfile,
      [addCredit.route]: bookCredit,
      [listLedgerEntries.route]: listEntries,
      [listBillingAccounts.route]: listAccounts,
    },
    dependencies,
  );

export const handler = billingProfilesHandler();
