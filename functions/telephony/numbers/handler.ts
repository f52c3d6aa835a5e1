import { pageRequest } from '#dynamodb/page.ts';
import { operatorOrganization, resellerOf } from '#dynamodb/rows/organization.ts';
import { AppError, found, notFound } from '#errors.ts';
import { commits, created, ok, page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { commitUpdate } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { auditOf } from '#schema/audit.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import type { BillingProfile } from '../../billing/schema/billing-profile.ts';
import { book, readBooking } from '../../billing/charging/balance-steps.ts';
import * as contract from './contract.ts';
import { assertCredit, assertCurrency, firstFee, isPaid, periodOf } from './fee.ts';
import {
  assertNotCallerId,
  assignNumber,
  changeNumber,
  isNumber,
  newInventoryNumber,
  quarantineNumber,
  setChannels,
  numberErrors,
} from './number.ts';
import { presentChannels, presentHeld, presentOffer } from './presented-number.ts';
import { filtersOf } from './search.ts';
import {
  activateWrites,
  addWrites,
  assignWrites,
  noCallsWrite,
  numberStore,
  profileOfPayer,
  releaseWrites,
  updateWrites,
} from './store.ts';

type NumbersContext = Context<typeof contract.numbers>;
type ActivateRequest = Request<typeof contract.activateNumber>;

const entityOf = ({ id }: PhoneNumber) => ({ type: 'number', id });

/** @param updated the word for an update */
const auditAs = (updated: 'replaced' | 'updated') =>
  auditOf('number', { noun: 'Number', describe: ({ number }: PhoneNumber) => `Number ${number} ${updated}` });

/** Callers limited to their own resources have the numbers that route to them. */
const userOf = ({ route }: PhoneNumber): string | null => (route?.type === 'user' ? route.id : null);

/** The currency of fees: that of the operator; null: it is not set yet. */
const feeCurrency = async ({ tableOf }: NumbersContext): Promise<string | null> =>
  (await profileOfPayer(tableOf(operatorOrganization)))?.currency ?? null;

/** A number as its holder sees it. */
const showHeld = async (number: PhoneNumber, { org_id }: { readonly org_id: number }, context: NumbersContext) =>
  presentHeld(number, { organization: org_id, currency: await feeCurrency(context) });

/** A number that the organization holds, held last, or can activate. @throws AppError NOT_FOUND */
async function findNumber(
  { params, own }: Pick<Request<typeof contract.getNumber>, 'params' | 'own'>,
  { table }: NumbersContext,
): Promise<PhoneNumber> {
  const number = found(await numberStore(table).get(params.id), 'Number');
  if ((number.org_id ?? table.organization) !== table.organization || !own.covers(userOf(number)))
    throw notFound('Number');
  return number;
}

/** @throws AppError NOT_FOUND for a number that the organization released */
function assertHeld({ state }: PhoneNumber): void {
  if (state !== 'active') throw notFound('Number');
}

async function search(
  { body, caller, own, organization, now }: Request<typeof contract.searchNumbers>,
  context: NumbersContext,
) {
  const wanted = body();
  const request = pageRequest(wanted, {
    key: caller.pageKey,
    scope: JSON.stringify([organization.org_id, contract.searchNumbers.route, filtersOf(wanted)]),
    now: now.getTime(),
  });
  const [numbers, currency] = await Promise.all([
    numberStore(context.table).search(wanted, request, own.limitedTo),
    feeCurrency(context),
  ]);
  const present = (number: PhoneNumber) =>
    wanted.scope === 'own'
      ? presentHeld(number, { organization: organization.org_id, currency })
      : presentOffer(number, currency);
  return page({ ...numbers, items: numbers.items.map(present) });
}

async function get(request: Request<typeof contract.getNumber>, context: NumbersContext) {
  const { params, own } = request;
  const number = await numberStore(context.table).get(params.id);
  // Offers exist for all.
  if (number?.state === 'available')
    return ok(presentOffer(number, await feeCurrency(context)), { version: number.version });
  const held = await findNumber({ params, own }, context);
  assertHeld(held);
  return ok(await showHeld(held, request.organization, context), { version: held.version });
}

/** PUT of the operator with `state: available`: adds a number to the inventory, or changes one. */
async function offer(request: ActivateRequest, context: NumbersContext, before: PhoneNumber | undefined) {
  const { body, params, caller, now, recordIn, pinnedVersion } = request;
  if (caller.reach !== 'all') throw new AppError('OPERATOR_ONLY', 'Only the operator adds numbers to the inventory');
  const stamp = {
    id: before?.id ?? context.nextId('num'),
    number: before?.number ?? params.id,
    now: now.toISOString(),
  };
  const wanted = newInventoryNumber(body(), stamp);
  const entity = entityOf(wanted);
  const record = recordIn(operatorOrganization);
  const currency = await feeCurrency(context);
  if (before === undefined) {
    const description = `Number ${wanted.number} is in the inventory`;
    return commits(
      [...addWrites(wanted), record('number.available', { entity, description, after: wanted })],
      created(presentOffer(wanted, currency), { message: 'Number added successfully', version: 1 }),
    );
  }
  if (before.state !== 'available') throw new AppError(numberErrors.NUMBER_TAKEN, `The number is ${before.state}`);
  const after = { ...wanted, created_at: before.created_at, version: before.version + 1 };
  return commitUpdate(
    auditAs('updated'),
    { record, pinnedVersion },
    { before, after },
    { writes: updateWrites(before, after), shown: presentOffer(after, currency) },
  );
}

type Payer = {
  readonly organization: number;
  readonly profile: BillingProfile;
  readonly period: ReturnType<typeof periodOf>;
};

/** The booking of a payer's first fee, unless it is booked already. @throws AppError INSUFFICIENT_CREDITS (holder) */
async function feeWrites(
  number: PhoneNumber,
  { organization: payer, profile, period }: Payer,
  { organization, now, recordIn }: ActivateRequest,
  { tableOf }: NumbersContext,
) {
  const fee = firstFee(number, { payer, period, now });
  if (fee === null) return [];
  const { account, due } = await readBooking(profile, [fee], tableOf(payer));
  if (due.length > 0 && payer === organization.org_id) assertCredit(profile, account.balance, fee);
  return book(account, due, { record: recordIn(payer), now }).writes;
}

/**
 * The first fee of a number, charged to its holder, and to the seller of the holder if that is a reseller.
 * @throws AppError CURRENCY_MISMATCH, INSUFFICIENT_CREDITS
 */
async function firstFees(number: PhoneNumber, request: ActivateRequest, context: NumbersContext) {
  if (!isPaid(number)) return [];
  const { organization, now } = request;
  const { org_id: holder } = organization;
  const profileOf = (payer: number) => profileOfPayer(context.tableOf(payer));
  const [own, currency] = [await profileOf(holder), await feeCurrency(context)];
  assertCurrency(own, currency);
  const period = periodOf(own, now);
  const writes = await feeWrites(number, { organization: holder, period, profile: own }, request, context);
  const reseller = resellerOf(organization);
  if (reseller === null) return writes;
  const profile = await profileOf(reseller);
  assertCurrency(profile, currency);
  return [...writes, ...(await feeWrites(number, { organization: reseller, period, profile }, request, context))];
}

/** Another organization's number is unknown by its id, and taken by its digits. */
const addressed = (number: PhoneNumber | undefined, id: string, organization: number): PhoneNumber | undefined =>
  number === undefined || isNumber(id) || number.state === 'available' || number.org_id === organization
    ? number
    : undefined;

async function activate(request: ActivateRequest, context: NumbersContext) {
  const { params, body, content, own, organization, now } = request;
  const before = addressed(await numberStore(context.table).get(params.id), params.id, organization.org_id);
  if (content['state'] === 'available') {
    if (before === undefined && !isNumber(params.id)) throw notFound('Number');
    return offer(request, context, before);
  }
  if (before === undefined) return assignNew(request, context);
  // The limit of callers to their own numbers includes that they take none from the inventory.
  if (!own.covers(userOf(before))) throw notFound('Number');
  const after = assignNumber(before, body(), { organization: organization.org_id, now: now.toISOString() });
  if (before.state === 'active') return saveUpdate(request, context, { before, after, verb: 'replaced' });
  const checks = await numberStore(context.table).targetChecks(undefined, after);
  const writes = [...activateWrites(before, after, organization.limits.max_numbers), ...checks];
  const event = request.record('number.activated', {
    entity: entityOf(after),
    description: `Number ${after.number} activated`,
    after,
  });
  return commits(
    [...writes, ...(await firstFees(after, request, context)), event],
    activated(await showHeld(after, organization, context), after.version),
  );
}

/** The operator assigns a number that is not in the inventory. @throws AppError NUMBER_NOT_FOUND */
async function assignNew(request: ActivateRequest, context: NumbersContext) {
  const { params, body, content, caller, organization, now, record } = request;
  if (caller.reach !== 'all' || content['country'] === undefined || !isNumber(params.id))
    throw new AppError(numberErrors.NUMBER_NOT_FOUND, 'There is no such number');
  const wanted = body();
  const stamp = { id: context.nextId('num'), number: params.id, now: now.toISOString() };
  const assignment = { organization: organization.org_id, now: stamp.now };
  const number = { ...assignNumber(newInventoryNumber(wanted, stamp), wanted, assignment), version: 1 };
  const checks = await numberStore(context.table).targetChecks(undefined, number);
  const writes = [...assignWrites(number, organization.limits.max_numbers), ...checks];
  const event = record('number.activated', {
    entity: entityOf(number),
    description: `Number ${number.number} activated`,
    after: number,
  });
  return commits(
    [...writes, ...(await firstFees(number, request, context)), event],
    activated(await showHeld(number, organization, context), number.version),
  );
}

const activated = (shown: ReturnType<typeof presentHeld>, version: number) =>
  created(shown, { message: 'Number activated successfully', version });

type SaveRequest = Pick<ActivateRequest, 'record' | 'own' | 'organization' | 'pinnedVersion'>;

type Update = { readonly before: PhoneNumber; readonly after: PhoneNumber; readonly verb: 'replaced' | 'updated' };

async function saveUpdate(request: SaveRequest, context: NumbersContext, { before, after, verb }: Update) {
  const { own, organization, pinnedVersion } = request;
  assertPinnedVersion(before, pinnedVersion);
  own.assertCovers(userOf(after));
  const checks = await numberStore(context.table).targetChecks(before, after);
  const shown = await showHeld(after, organization, context);
  return commitUpdate(
    auditAs(verb),
    request,
    { before, after },
    { writes: [...updateWrites(before, after), ...checks], shown },
  );
}

async function update(request: Request<typeof contract.updateNumber>, context: NumbersContext) {
  const before = await findNumber(request, context);
  const after = changeNumber(before, request.body(), request.now.toISOString());
  return saveUpdate(request, context, { before, after, verb: 'updated' });
}

async function release(request: Request<typeof contract.releaseNumber>, context: NumbersContext) {
  const { query, organization, now, record, pinnedVersion } = request;
  const before = assertPinnedVersion(await findNumber(request, context), pinnedVersion);
  const presenters = await numberStore(context.table).presenters(before.number);
  if (query.force !== true) assertNotCallerId(presenters);
  const after = quarantineNumber(before, now.toISOString());
  const { id, number, quarantine_until, updated_at: deleted_at } = after;
  const description = `Number ${number} released`;
  return commits(
    [
      ...releaseWrites(before, after, { organization: organization.org_id, presenters }),
      ...(query.force === true ? [] : [noCallsWrite(before)]),
      record('number.released', { entity: entityOf(after), description, before, after }),
    ],
    ok(
      { id, number, state: 'released' as const, quarantine_until, deleted_at },
      { message: 'Number released successfully' },
    ),
  );
}

async function getChannels(request: Request<typeof contract.getNumberChannels>, context: NumbersContext) {
  const number = await findNumber(request, context);
  assertHeld(number);
  return ok(presentChannels(number, await numberStore(context.table).channels(number)), { version: number.version });
}

async function saveChannels(request: Request<typeof contract.setNumberChannels>, context: NumbersContext) {
  const { body, now, record, pinnedVersion } = request;
  const before = await findNumber(request, context);
  const after = setChannels(before, body(), now.toISOString());
  const inUse = await numberStore(context.table).channels(before);
  assertPinnedVersion(before, pinnedVersion);
  const event = { entity: entityOf(after), description: `Channel limits of ${after.number} set`, before, after };
  return commits(
    [...updateWrites(before, after), record('number.channels_updated', event)],
    ok(presentChannels(after, inUse), { message: 'Channel limits set successfully', version: after.version }),
  );
}

/** The function of `/numbers`. */
export const numbersHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    contract.numbers,
    {
      [contract.searchNumbers.route]: search,
      [contract.getNumber.route]: get,
      [contract.activateNumber.route]: activate,
      [contract.updateNumber.route]: update,
      [contract.releaseNumber.route]: release,
      [contract.getNumberChannels.route]: getChannels,
      [contract.setNumberChannels.route]: saveChannels,
    },
    dependencies,
  );

export const handler = numbersHandler();
