import { join } from 'node:path';
import { randomWebhookSecret } from '#credentials/random.ts';
import { AppError, found } from '#errors.ts';
import { accepted, commits, ok, page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { commitCreation, commitDeletion } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { assertMaySend, newBrake, windowsOfStore } from '#limits/brake.ts';
import { assertAllowedUrl, outboundFromEnvironment } from '#outbound/outbound.ts';
import { queuesFromEnvironment } from '#queue/queues.ts';
import { assetsIn, type Assets } from '#runtime/assets.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { eventCatalogueIn } from '#runtime/event-catalogue.ts';
import { recordUpdate } from '#runtime/change-events.ts';
import { systemOrigin } from '#runtime/event-record.ts';
import { sealsFrom, type Seals } from '#secrets/seals.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { auditOf } from '#schema/audit.ts';
import { assertEventType, assertSelectors } from '#schema/event-catalogue.ts';
import { webhookBody } from '#schema/webhook/body.ts';
import { afterAttempt, isChosen, newDelivery } from '#schema/webhook/delivery.ts';
import { paceAfter } from '#schema/webhook/pace.ts';
import { hintOf } from '#schema/webhook/signature.ts';
import { builtInWebhook, defaultWebhook, type Webhook } from '#schema/webhook/webhook.ts';
import { postEvent, sealHeaders, sealSecret } from '#webhooks/post.ts';
import { redeliveryMessage } from '../webhook-delivery/contract.ts';
import {
  deleteWebhook,
  getWebhook,
  listWebhooks,
  redeliverWebhook,
  saveWebhook,
  testWebhook,
  webhooks,
  type NewWebhook,
} from './contract.ts';
import { webhookErrors } from './errors.ts';
import { loggedFields, presentDelivery, presentWebhook } from './presented-webhook.ts';
import { assertKnownEvents, redeliveryOf } from './redelivery.ts';
import { countDeliveries, createWrites, deleteWrites, testWrites, updateWrites, webhookStore } from './store.ts';
import {
  assertCreatable,
  assertNotBuiltIn,
  assertRotation,
  newWebhook,
  replaceWebhook,
  requiredFields,
  rotateDefault,
} from './webhook.ts';

type WebhooksContext = Context<typeof webhooks>;
type SaveRequest = Request<typeof saveWebhook>;
type Store = ReturnType<typeof webhookStore>;

const entityOf = ({ id }: Pick<Webhook, 'id'>) => ({ type: 'webhook', id });
const audit = auditOf('webhook', {
  noun: 'Webhook',
  describe: ({ id, url }: Webhook, verb) => `Webhook to ${url ?? id} ${verb === 'updated' ? 'replaced' : verb}`,
  logged: (webhook) => loggedFields(webhook),
});
const textOf = ({ url, description }: Webhook): string => `${url ?? ''}\n${description ?? ''}`.toLowerCase();

/** The built-in webhook, also before it is stored. */
const orBuiltIn = (webhook: Webhook | undefined, organization: number, now: Date): Webhook =>
  webhook ?? builtInWebhook(organization, now.toISOString());

/** A webhook of the organization, or the built-in one. @throws AppError NOT_FOUND */
async function findWebhook(store: Store, id: string, { organization, now }: Pick<SaveRequest, 'organization' | 'now'>) {
  const webhook = await store.get(id);
  return id === defaultWebhook ? orBuiltIn(webhook, organization.org_id, now) : found(webhook, 'Webhook');
}

async function list(request: Request<typeof listWebhooks>, { table }: WebhooksContext) {
  const { organization, now, query } = request;
  const store = webhookStore(table);
  const stored = await store.all();
  const builtIn = stored.find(({ id }) => id === defaultWebhook);
  const others = stored.filter(({ id }) => id !== defaultWebhook);
  const all = [orBuiltIn(builtIn, organization.org_id, now), ...others];
  const listed = all.filter((webhook) => textOf(webhook).includes(query.q?.toLowerCase() ?? ''));
  const shown = await store.page(request.page(), listed);
  const hours = await Promise.all(shown.items.map(({ id }) => store.hours(id, now)));
  return page({ ...shown, items: shown.items.map((webhook, at) => presentWebhook(webhook, hours[at] ?? [], now)) });
}

async function get(request: Request<typeof getWebhook>, { table }: WebhooksContext) {
  const { params, now } = request;
  const store = webhookStore(table);
  const [webhook, hours, deliveries] = await Promise.all([
    findWebhook(store, params.id, request),
    store.hours(params.id, now),
    store.deliveries(params.id),
  ]);
  const shown = { ...presentWebhook(webhook, hours, now), deliveries: deliveries.map(presentDelivery) };
  return ok(shown, { version: webhook.version });
}

/** A new secret of a webhook, sealed, and as it is shown once. */
async function makeSecret(seals: Seals, webhook: Pick<Webhook, 'org_id' | 'id'>, now: Date) {
  const secret = randomWebhookSecret();
  return { secret, stored: await sealSecret(seals, webhook, { secret, hint: hintOf(secret), now }) };
}

/** What the function has of its own: keys, and the files beside the bundle. */
type Own = { readonly seals: Seals; readonly assets: Assets };

/** @throws AppError VALIDATION_FAILED for selectors of events that select nothing */
const assertSelected = ({ assets }: Own, { events = [] }: NewWebhook): void =>
  assertSelectors(
    eventCatalogueIn(assets),
    events.map((selector, at) => ({ path: `events[${at}]`, selector })),
  );

async function create(own: Own, request: SaveRequest, { nextId, outbound }: WebhooksContext) {
  const { organization, now } = request;
  const body = request.body();
  assertSelected(own, body);
  assertCreatable(body);
  await assertAllowedUrl(outbound, requiredFields(body).url, 'url');
  const identity = { id: nextId('wh'), organization: organization.org_id };
  const sealed = { id: identity.id, org_id: identity.organization };
  const { secret, stored } = await makeSecret(own.seals, sealed, now);
  const sealedHeaders = await sealHeaders(own.seals, sealed, body.headers);
  const webhook = newWebhook(body, identity, { secret: stored, sealedHeaders, now });
  return commitCreation(audit, request, webhook, {
    writes: createWrites(webhook),
    shown: { ...presentWebhook(webhook, [], now), secret },
  });
}

/** The events of a save: of the change, and of a rotation. */
function saveEvents({ record, body }: SaveRequest, before: Webhook, after: Webhook) {
  const isRotated = body().rotate_secret === true;
  const rotated = {
    entity: entityOf(after),
    description: `Secret of webhook ${after.id} rotated`,
    fields: { previous_expires_at: after.secrets[1]?.expires_at ?? null },
  };
  return [
    ...(after.url === null ? [] : [recordUpdate(audit, record, { before, after })]),
    ...(isRotated ? [record('webhook.secret_rotated', rotated)] : []),
  ];
}

async function answerSaved(store: Store, { now }: SaveRequest, after: Webhook, secret: string | undefined) {
  const shown = presentWebhook(after, await store.hours(after.id, now), now);
  const extras = { message: 'Webhook updated successfully', version: after.version };
  return ok({ ...shown, ...(secret === undefined ? {} : { secret }) }, extras);
}

/** PUT of `default`. */
async function rotateBuiltIn({ seals }: Own, request: SaveRequest, { table }: WebhooksContext) {
  const { organization, now, pinnedVersion } = request;
  const store = webhookStore(table);
  const stored = await store.get(defaultWebhook);
  const body = request.body();
  assertRotation(body);
  const before = assertPinnedVersion(orBuiltIn(stored, organization.org_id, now), pinnedVersion);
  const { secret, stored: sealed } = await makeSecret(seals, before, now);
  const after = rotateDefault(before, sealed, body.overlap_hours, now);
  const writes = stored === undefined ? createWrites(after) : updateWrites(stored, after);
  return commits([...writes, ...saveEvents(request, before, after)], await answerSaved(store, request, after, secret));
}

/** PUT of an id. */
async function replace(own: Own, request: SaveRequest, { table, outbound }: WebhooksContext) {
  const { params, now, pinnedVersion } = request;
  const store = webhookStore(table);
  const before = found(await store.get(params.id), 'Webhook');
  const body = request.body();
  assertSelected(own, body);
  await assertAllowedUrl(outbound, requiredFields(body).url, 'url');
  assertPinnedVersion(before, pinnedVersion);
  const made = body.rotate_secret === true ? await makeSecret(own.seals, before, now) : undefined;
  const sealedHeaders = await sealHeaders(own.seals, before, body.headers);
  const after = replaceWebhook(before, body, { secret: made?.stored, sealedHeaders, now });
  return commits(
    [...updateWrites(before, after), ...saveEvents(request, before, after)],
    await answerSaved(store, request, after, made?.secret),
  );
}

async function remove(request: Request<typeof deleteWebhook>, { table }: WebhooksContext) {
  const { params } = request;
  assertNotBuiltIn(params.id, 'deleted');
  const webhook = found(await webhookStore(table).get(params.id), 'Webhook');
  return commitDeletion(audit, request, webhook, { writes: deleteWrites(webhook) });
}

/** Sends the test event, which is not stored: `webhook.test` reports its outcome under the same id. */
async function test({ seals, assets }: Own, request: Request<typeof testWebhook>, context: WebhooksContext) {
  const { params, now, record } = request;
  const { table, outbound, clock, nextId, random, dependencies } = context;
  const webhook = await findWebhook(webhookStore(table), params.id, request);
  const type = request.body().type ?? 'webhook.test';
  assertEventType(eventCatalogueIn(assets), 'type', type);
  assertNotBuiltIn(params.id, 'tested');
  const target = new URL(webhook.url ?? '').hostname;
  const brake = newBrake(windowsOfStore(dependencies.store));
  await assertMaySend(brake, 'webhook-test', { organization: webhook.org_id, target }, now);
  const eventId = nextId('evt');
  const event = {
    ...systemOrigin,
    id: eventId,
    type,
    at: now.toISOString(),
    org_id: webhook.org_id,
    entity: entityOf(webhook),
    severity: 'info',
    description: 'Test event',
    changes: null,
    data: { test: true },
  };
  const post = { webhook, url: webhook.url ?? '', eventId, body: webhookBody(event) };
  const outcome = await postEvent({ outbound, seals, clock }, post);
  const before = newDelivery({ webhookId: webhook.id, event }, '', now);
  const delivery = afterAttempt(before, outcome, { now, chance: random(), isFinal: true });
  const { response_status, duration_ms, response_excerpt, error } = outcome;
  const delivered = error === null;
  const recorded = record('webhook.test', {
    id: eventId,
    entity: entityOf(webhook),
    description: `Webhook ${webhook.id} tested`,
    fields: { type, delivered, response_status, duration_ms, error },
  });
  return commits(
    [...testWrites(webhook, delivery, paceAfter(webhook.pace, outcome, now)), recorded],
    ok({ delivery_id: delivery.id, delivered, response_status, duration_ms, response_excerpt, error }),
  );
}

async function redeliver(request: Request<typeof redeliverWebhook>, { table, queues, nextId }: WebhooksContext) {
  const { params, now, organization } = request;
  const store = webhookStore(table);
  const webhook = await findWebhook(store, params.id, request);
  const wanted = redeliveryOf(request.body(), now);
  if ('event_ids' in wanted) assertKnownEvents(wanted.event_ids, await store.unknownEvents(wanted.event_ids));
  if (!webhook.enabled) throw new AppError(webhookErrors.WEBHOOK_DISABLED, 'The webhook is disabled; enable it first');
  const queued =
    'event_ids' in wanted
      ? wanted.event_ids.length
      : await countDeliveries(table, webhook.id, wanted, (delivery) => isChosen(delivery, wanted.status));
  const range = 'event_ids' in wanted ? { since: null, until: null, status: 'all' as const } : wanted;
  const message = redeliveryMessage({
    org_id: organization.org_id,
    webhook_id: webhook.id,
    series: nextId('redelivery'),
    event_ids: 'event_ids' in wanted ? [...wanted.event_ids] : null,
    ...range,
    after: null,
  });
  if (queued > 0) await queues.send('webhook-retry', [message]);
  return accepted({ queued });
}

const environmentDependencies = (): Dependencies =>
  dependenciesFromEnvironment({
    secrets: secretsFromEnvironment(),
    queues: queuesFromEnvironment(),
    outbound: outboundFromEnvironment(),
  });

/**
 * The function of `/webhooks`.
 * @param assets the files beside the bundle @throws Error without secrets, which seal those of webhooks
 */
export function webhooksHandler(
  dependencies: Dependencies = environmentDependencies(),
  assets: Assets = assetsIn(join(import.meta.dirname, 'assets')),
) {
  if (dependencies.secrets === undefined) throw new Error('sealing the secrets of webhooks needs secrets');
  const own: Own = { seals: sealsFrom(dependencies.secrets), assets };
  return serve(
    webhooks,
    {
      [listWebhooks.route]: list,
      [getWebhook.route]: get,
      [saveWebhook.route]: (request, context) => {
        const { id } = request.params;
        if (id === 'new') return create(own, request, context);
        return id === defaultWebhook ? rotateBuiltIn(own, request, context) : replace(own, request, context);
      },
      [deleteWebhook.route]: remove,
      [testWebhook.route]: (request, context) => test(own, request, context),
      [redeliverWebhook.route]: redeliver,
    },
    dependencies,
  );
}

export const handler = webhooksHandler();
