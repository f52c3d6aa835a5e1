import { operatorOrganization, resellerOf } from '../../../shared/dynamodb/rows/organization.ts';
import { pageRequest } from '../../../shared/dynamodb/page.ts';
import { AppError, notFound } from '../../../shared/errors.ts';
import { commits, created, ok, page } from '../../../shared/http/answers/answer.ts';
import type { Caller } from '../../../shared/http/admission/caller.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { pinned } from '../../../shared/http/pinned.ts';
import { serve } from '../../../shared/http/serve.ts';
import {
  deleteNumber,
  getChannels,
  getNumber,
  numbers,
  postNumber,
  putChannels,
  putNumber,
  searchNumbers,
} from './contract.ts';
import type { PhoneNumber } from '../../../shared/telephony/phone-number.ts';
import { charge, checkCredit, checkCurrency, firstFee, isCharged, isPaid, periodOf } from './fee.ts';
import type { BillingProfile } from '../../billing/billing-profiles/billing-profile.ts';
import {
  changedNumber,
  isNumber,
  presentChannels,
  presentHeld,
  presentOffer,
  releasedNumber,
  stockedNumber,
  takenNumber,
  withChannels,
} from './number.ts';
import {
  activation,
  assignment,
  booking,
  numberStore,
  payerStore,
  release,
  stockChange,
  stocking,
  update,
} from './store.ts';

type NumbersContext = Context<typeof numbers>;
type PutRequest = Request<typeof putNumber>;
type Scope = 'telephony:read' | 'telephony:write';

const entityOf = ({ id }: PhoneNumber) => ({ type: 'number', id });

/** Own-only callers have the numbers that ring them. */
const isTheirs = ({ id, ownOnly }: Caller, { route }: PhoneNumber, scope: Scope): boolean =>
  !ownOnly.has(scope) || (route?.type === 'user' && route.id === id);

/**
 * A number that the organization holds, or held last, or may take: another's is not there. Which state it must have,
 * its rules say.
 */
async function found(
  table: NumbersContext['table'],
  id: string,
  { caller, scope }: { readonly caller: Caller; readonly scope: Scope },
): Promise<PhoneNumber> {
  const number = await numberStore(table).get(id);
  if (
    number === undefined ||
    (number.org_id ?? table.organization) !== table.organization ||
    !isTheirs(caller, number, scope)
  )
    throw notFound('Number');
  return number;
}

/** A number that the organization holds: what it gave up it does not see any more. */
async function held(table: NumbersContext['table'], id: string, caller: Caller): Promise<PhoneNumber> {
  const number = await found(table, id, { caller, scope: 'telephony:read' });
  if (number.state !== 'active') throw notFound('Number');
  return number;
}

const requireOperator = ({ reach }: Caller): void => {
  if (reach !== 'all') throw new AppError('OPERATOR_ONLY', 'Only the operator fills the stock of numbers');
};

/** The operator fills the stock. */
function stock(
  { body, params, caller, now, recordIn, pinnedVersion }: PutRequest,
  { nextId }: NumbersContext,
  before: PhoneNumber | undefined,
) {
  requireOperator(caller);
  const stamp = { id: before?.id ?? nextId('num'), number: before?.number ?? params.id, now: now.toISOString() };
  const wanted = stockedNumber(body(), stamp);
  const record = recordIn(operatorOrganization);
  if (before === undefined)
    return commits(
      [
        ...stocking(wanted),
        record('number.available', {
          entity: entityOf(wanted),
          description: `Number ${wanted.number} is in stock`,
          after: wanted,
        }),
      ],
      created(presentOffer(wanted), { message: 'Number added successfully', version: 1 }),
    );
  if (before.state !== 'available') throw new AppError('NUMBER_TAKEN', `The number is ${before.state}`);
  const after = { ...wanted, created_at: pinned(before, pinnedVersion).created_at, version: before.version + 1 };
  return commits(
    [
      ...stockChange(before, after),
      record('number.updated', {
        entity: entityOf(after),
        description: `Number ${after.number} updated`,
        before,
        after,
      }),
    ],
    ok(presentOffer(after), { message: 'Number updated successfully', version: after.version }),
  );
}

/** By its id another's number is none, as any other thing of another's; by its digits it is taken. */
const named = (number: PhoneNumber | undefined, id: string, organization: number): PhoneNumber | undefined =>
  number === undefined || isNumber(id) || number.state === 'available' || number.org_id === organization
    ? number
    : undefined;

/**
 * What a payer is charged for a number that an organization takes; nothing, if that is booked for the period. @throws
 * AppError INSUFFICIENT_CREDITS, of the holder
 */
async function feeWrites(
  number: PhoneNumber,
  {
    payer,
    period,
    profile,
  }: { readonly payer: number; readonly period: ReturnType<typeof periodOf>; readonly profile: BillingProfile },
  { organization, now, recordIn }: PutRequest,
  { tableOf }: NumbersContext,
) {
  const store = payerStore(tableOf(payer));
  const fee = firstFee(number, { payer, period, now });
  if (fee === null || (await store.present([fee.id])).has(fee.id)) return [];
  const balance = await store.balance();
  if (payer === organization.org_id) checkCredit(profile, balance, fee);
  const booked = charge({ profile, balance }, fee, now);
  const record = recordIn(payer);
  return [...booking(payer, booked), ...booked.events.map(({ crossing, event }) => record(crossing, event))];
}

/**
 * The first fee of a number, charged to its holder, and to its seller when that is a reseller. @throws AppError
 * CURRENCY_MISMATCH, INSUFFICIENT_CREDITS
 */
async function firstFees(number: PhoneNumber, request: PutRequest, context: NumbersContext) {
  if (!isPaid(number)) return [];
  const { organization, now } = request;
  const { org_id } = organization;
  const reseller = resellerOf(organization);
  const profileIn = (organization: number) => payerStore(context.tableOf(organization)).profile();
  const [own, currency] = [await profileIn(org_id), (await profileIn(operatorOrganization))?.currency];
  checkCurrency(own, currency);
  const period = periodOf(own, now);
  const writes = await feeWrites(number, { payer: org_id, period, profile: own }, request, context);
  if (reseller === null) return writes;
  const profile = await profileIn(reseller);
  // Who sells in another currency is not charged in this one.
  return isCharged(profile, currency)
    ? [...writes, ...(await feeWrites(number, { payer: reseller, period, profile }, request, context))]
    : writes;
}

async function put(request: PutRequest, context: NumbersContext) {
  const { params, body, content, caller, organization, now, record, pinnedVersion } = request;
  const before = named(await numberStore(context.table).get(params.id), params.id, organization.org_id);
  if (content['state'] === 'available')
    return before === undefined && !isNumber(params.id)
      ? Promise.reject(notFound('Number'))
      : stock(request, context, before);
  const taking = { organization: organization.org_id, now: now.toISOString() };
  if (before === undefined) {
    // A number that the stock does not have yet the operator assigns at once.
    if (caller.reach !== 'all' || content['country'] === undefined || !isNumber(params.id))
      throw new AppError('NUMBER_NOT_FOUND', 'There is no such number');
    const wanted = body();
    const number = {
      ...takenNumber(
        stockedNumber(wanted, { id: context.nextId('num'), number: params.id, now: taking.now }),
        wanted,
        taking,
      ),
      version: 1,
    };
    return commits(
      [
        ...assignment(number, organization.limits.max_numbers),
        ...(await firstFees(number, request, context)),
        record('number.activated', {
          entity: entityOf(number),
          description: `Number ${number.number} activated`,
          after: number,
        }),
      ],
      created(presentHeld(number, taking.organization), { message: 'Number activated successfully', version: 1 }),
    );
  }
  const after = takenNumber(before, body(), taking);
  if (before.state === 'active') {
    pinned(before, pinnedVersion);
    return commits(
      [
        ...update(before, after),
        record('number.updated', {
          entity: entityOf(after),
          description: `Number ${after.number} replaced`,
          before,
          after,
        }),
      ],
      ok(presentHeld(after, taking.organization), { message: 'Number updated successfully', version: after.version }),
    );
  }
  return commits(
    [
      ...activation(before, after, organization.limits.max_numbers),
      ...(await firstFees(after, request, context)),
      record('number.activated', { entity: entityOf(after), description: `Number ${after.number} activated`, after }),
    ],
    created(presentHeld(after, taking.organization), {
      message: 'Number activated successfully',
      version: after.version,
    }),
  );
}

/** Everything but where a page begins: tokens of one search are of no use in another. */
const searchScope = (organization: number, search: object): string => {
  const {
    page_token: _,
    limit: __,
    per_page: ___,
    offset: ____,
    page: _____,
    count: ______,
    ...filters
  } = search as Record<string, unknown>;
  return JSON.stringify([organization, searchNumbers.route, filters]);
};

/** @param outside what the function touches; tests bring their own */
export const numbersHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    numbers,
    {
      [searchNumbers.route]: async ({ body, caller, organization, now }, { table }) => {
        const search = body();
        const request = pageRequest(search, {
          key: caller.pageKey,
          scope: searchScope(organization.org_id, search),
          now: now.getTime(),
        });
        const found = await numberStore(table).search(
          search,
          request,
          caller.ownOnly.has('telephony:read') ? caller.id : undefined,
        );
        return page({
          ...found,
          items: found.items.map((number) =>
            search.scope === 'own' ? presentHeld(number, organization.org_id) : presentOffer(number),
          ),
        });
      },

      [getNumber.route]: async ({ params, caller, organization }, { table }) => {
        const number = await numberStore(table).get(params.id);
        if (number?.state === 'available') return ok(presentOffer(number), { version: number.version });
        const own = await held(table, params.id, caller);
        return ok(presentHeld(own, organization.org_id), { version: own.version });
      },

      [putNumber.route]: put,

      [postNumber.route]: async ({ params, body, caller, organization, now, record, pinnedVersion }, { table }) => {
        const before = await found(table, params.id, { caller, scope: 'telephony:write' });
        const after = changedNumber(before, body(), now.toISOString());
        pinned(before, pinnedVersion);
        return commits(
          [
            ...update(before, after),
            record('number.updated', {
              entity: entityOf(after),
              description: `Number ${after.number} updated`,
              before,
              after,
            }),
          ],
          ok(presentHeld(after, organization.org_id), {
            message: 'Number updated successfully',
            version: after.version,
          }),
        );
      },

      [deleteNumber.route]: async ({ params, query, caller, organization, now, record, pinnedVersion }, { table }) => {
        const before = pinned(await found(table, params.id, { caller, scope: 'telephony:write' }), pinnedVersion);
        const showing = await numberStore(table).showing(before.number);
        if (showing.length > 0 && query.force !== true)
          throw new AppError('NUMBER_IN_USE', 'Trunks or gateways show the number as their caller id', {
            details: showing
              .slice(0, 20)
              .map(({ kind, id, name }) => ({ path: id, message: `${kind} ${name} shows it` })),
          });
        const at = now.toISOString();
        const after = releasedNumber(before, at);
        return commits(
          [
            ...release(before, after, { organization: organization.org_id, showing }),
            record('number.released', {
              entity: entityOf(after),
              description: `Number ${after.number} released`,
              before,
              after,
            }),
          ],
          ok(
            {
              id: after.id,
              number: after.number,
              state: 'released' as const,
              quarantine_until: after.quarantine_until,
              deleted_at: at,
            },
            { message: 'Number released successfully' },
          ),
        );
      },

      [getChannels.route]: async ({ params, caller }, { table }) => {
        const number = await held(table, params.id, caller);
        return ok(presentChannels(number), { version: number.version });
      },

      [putChannels.route]: async ({ params, body, caller, now, record, pinnedVersion }, { table }) => {
        const before = await found(table, params.id, { caller, scope: 'telephony:write' });
        const after = withChannels(before, body(), now.toISOString());
        pinned(before, pinnedVersion);
        return commits(
          [
            ...update(before, after),
            record('number.channels_updated', {
              entity: entityOf(after),
              description: `Channel limits of ${after.number} set`,
              before,
              after,
            }),
          ],
          ok(presentChannels(after), { message: 'Channel limits set successfully', version: after.version }),
        );
      },
    },
    dependencies,
  );

export const handler = numbersHandler();
