import { found, notFound } from '#errors.ts';
import { commits, created, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { assertListsRemoveFew } from '#http/removal.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import type { BlfList } from '#schema/blf-list.ts';
import type { ServedEntity, ServiceList } from '#schema/service-list.ts';
import type { BillingProfile } from '../../billing/schema/billing-profile.ts';
import { book, readBooking } from '../../billing/charging/balance-steps.ts';
import { blfList, knownTargets, presentBlf, wantedTargets, watchedUsers } from './blf.ts';
import { cancelSubscription, getSubscription, setSubscription, subscriptions } from './contract.ts';
import {
  cancelServices,
  firstCharges,
  listedServices,
  presentServices,
  replaceServices,
  wantedServices,
} from './service.ts';
import {
  billingProfile,
  removeBlfWrites,
  saveBlfWrites,
  saveServiceWrites,
  subscriptionStore,
  tariffOf,
} from './store.ts';
import { cancelEvent, presentCancelled, setEvent, subscribingEntity } from './subscription.ts';

type SubscriptionContext = Context<typeof subscriptions>;
type AnyRequest =
  | Request<typeof getSubscription>
  | Request<typeof setSubscription>
  | Request<typeof cancelSubscription>;

/** The named entity. @throws AppError INVALID_ENTITY_TYPE, NOT_FOUND */
async function namedEntity({ params }: AnyRequest, { table }: SubscriptionContext) {
  const entity = subscribingEntity(params.entity);
  if (!(await subscriptionStore(table).exists(entity, params.id))) throw notFound('Subscriber');
  return entity;
}

/** A list as answered, with the watched users as they are now. */
async function present(list: BlfList, { organization, now }: AnyRequest, { table }: SubscriptionContext) {
  const people = await subscriptionStore(table).users(watchedUsers(list));
  return presentBlf(list, people, { organization: organization.org_id, now });
}

/** The billing profile of the organization. @throws AppError NOT_FOUND without a billing profile */
const billing = async ({ table }: SubscriptionContext) =>
  found((await billingProfile(table)) ?? undefined, 'Billing profile');

async function get(request: Request<typeof getSubscription>, context: SubscriptionContext) {
  const { params, organization, now } = request;
  const store = subscriptionStore(context.table);
  const entity = await namedEntity(request, context);
  if (entity === 'blf') {
    const keys = found(await store.blf(params.id), 'Subscription');
    return ok(await present(keys, request, context), { version: keys.version });
  }
  const list = found(await store.services(entity, params.id), 'Subscription');
  if (listedServices(list, now).length === 0) throw notFound('Subscription');
  const { billingDays: days } = await billing(context);
  return ok(presentServices(list, { organization, days, now }), { version: list.version });
}

async function setBlf(request: Request<typeof setSubscription>, context: SubscriptionContext) {
  const { params, body, now, record } = request;
  const store = subscriptionStore(context.table);
  const before = await store.blf(params.id);
  const wanted = wantedTargets(body());
  const targets = knownTargets(wanted, await store.targets(wanted));
  const list = blfList(before, body(), targets, { id: context.nextId('sub'), entity: params.id, now });
  if (before !== undefined) assertListsRemoveFew(assertPinnedVersion(before, request.pinnedVersion), list, request);
  const answer = await present(list, request, context);
  const extras = { message: 'Subscription set successfully', version: list.version };
  return commits(
    [...saveBlfWrites(before, list), record('subscription.set', setEvent('blf', params.id, before, list))],
    before === undefined ? created(answer, extras) : ok(answer, extras),
  );
}

/** Books what services that begin now cost for the rest of the period, each once. */
async function firstChargeWrites(
  list: ServiceList,
  profile: BillingProfile,
  { now, record }: Request<typeof setSubscription>,
  { table }: SubscriptionContext,
) {
  const bookings = firstCharges(list, profile, now);
  if (bookings.length === 0) return [];
  const { account, due } = await readBooking(profile, bookings, table);
  return book(account, due, { record, now }).writes;
}

async function setServices(
  request: Request<typeof setSubscription>,
  context: SubscriptionContext,
  entity: ServedEntity,
) {
  const { params, body, organization, now, record } = request;
  const before = await subscriptionStore(context.table).services(entity, params.id);
  const wanted = wantedServices(body().subscriptions);
  if (before !== undefined) assertPinnedVersion(before, request.pinnedVersion);
  const profile = await billing(context);
  const { tariffId, billingDays: days } = profile;
  const tariff = await tariffOf(context.tableOf(organization.parent_id ?? organization.org_id), tariffId);
  const made = { id: context.nextId('sub'), entity, entityId: params.id };
  const list = replaceServices(before, wanted, made, { tariff, days, now });
  const answer = presentServices(list, { organization, days, now });
  const extras = { message: 'Subscription set successfully', version: list.version };
  return commits(
    [
      ...saveServiceWrites(before, list),
      ...(await firstChargeWrites(list, profile, request, context)),
      record('subscription.set', setEvent(entity, params.id, before, list)),
    ],
    before === undefined ? created(answer, extras) : ok(answer, extras),
  );
}

async function set(request: Request<typeof setSubscription>, context: SubscriptionContext) {
  const entity = await namedEntity(request, context);
  return entity === 'blf' ? setBlf(request, context) : setServices(request, context, entity);
}

async function cancel(request: Request<typeof cancelSubscription>, context: SubscriptionContext) {
  const { params, query, now, record } = request;
  const store = subscriptionStore(context.table);
  const entity = await namedEntity(request, context);
  const message = 'Subscription cancelled successfully';
  if (entity === 'blf') {
    const list = assertPinnedVersion(found(await store.blf(params.id), 'Subscription'), request.pinnedVersion);
    return commits(
      [...removeBlfWrites(list), record('subscription.cancelled', cancelEvent(entity, params.id, list))],
      ok(presentCancelled(list, now), { message }),
    );
  }
  const list = assertPinnedVersion(
    found(await store.services(entity, params.id), 'Subscription'),
    request.pinnedVersion,
  );
  const { billingDays: days } = await billing(context);
  const after = found(cancelServices(list, query.serviceType, { days, now }), 'Subscription');
  return commits(
    [
      ...saveServiceWrites(list, after),
      record('subscription.cancelled', cancelEvent(entity, params.id, list, query.serviceType)),
    ],
    ok(presentCancelled(list, now), { message }),
  );
}

export const subscriptionsHandler = (dependencies: Dependencies = dependenciesFromEnvironment()) =>
  serve(
    subscriptions,
    { [getSubscription.route]: get, [setSubscription.route]: set, [cancelSubscription.route]: cancel },
    dependencies,
  );

export const handler = subscriptionsHandler();
