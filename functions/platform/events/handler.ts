import { join } from 'node:path';
import type { EventItem } from '#dynamodb/rows/event.ts';
import { idAt } from '#dynamodb/ulid.ts';
import { notFound } from '#errors.ts';
import { commits, created, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { clientEvent } from '#http/client-event.ts';
import { assetsIn, type Assets } from '#runtime/assets.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { eventCatalogueIn } from '#runtime/event-catalogue.ts';
import { serve } from '#http/serve.ts';
import { events, fileEvent, listEvents } from './contract.ts';
import { presentEvent, timeOf } from './event.ts';
import { assertClientType } from '#schema/event-catalogue.ts';
import { entityText } from '#schema/event-entity.ts';
import { rulesFor } from '#schema/notifier/notifier-settings.ts';
import { subscribersTo } from '#schema/webhook/subscription.ts';
import { eventStore, fileWrites } from './store.ts';

type EventContext = Context<typeof events>;

async function listEntityEvents(
  { params: { entity }, query, page }: Request<typeof listEvents>,
  { table }: EventContext,
) {
  const store = eventStore(table);
  const { items, nextToken } = await store.page(entity, page(), query);
  if (items.length === 0 && !(await store.knows(entity))) throw notFound('Entity');
  return ok({ entity: entityText(entity), events: items.map(presentEvent), next_page_token: nextToken });
}

/** How many webhooks and rules of the notifier an event is handed to. */
async function notifiedOf(event: EventItem, store: ReturnType<typeof eventStore>): Promise<number> {
  const [webhooks, rules] = await Promise.all([store.webhooks(), store.rules()]);
  return subscribersTo(event, webhooks).length + rulesFor(event, rules).length;
}

async function fileEntityEvent(request: Request<typeof fileEvent>, { table, nextId }: EventContext, assets: Assets) {
  const { now, params } = request;
  const { entity } = params;
  const store = eventStore(table);
  if (!(await store.knows(entity))) throw notFound('Entity');
  const { type, data, timestamp, notify } = request.body();
  assertClientType(eventCatalogueIn(assets), 'type', type);
  const at = timeOf(timestamp, now);
  const filed = clientEvent(request, nextId);
  const event: EventItem = {
    ...filed,
    // Events sort by their ids, which contain their time.
    id: idAt(filed.id, Date.parse(at)),
    at,
    type,
    entity,
    data,
    severity: 'info',
    description: type,
    filed: { as: 'event' },
    ...(notify === true ? { notify } : {}),
  };
  const notified = notify === true ? await notifiedOf(event, store) : 0;
  const receipt = { event_id: event.id, entity: entityText(entity), type, created_at: now.toISOString() };
  return commits(
    fileWrites(event),
    created({ ...receipt, notifications_sent: notified }, { message: 'Event recorded successfully' }),
  );
}

/**
 * @param dependencies what the function touches; tests bring their own
 * @param assets the files beside the bundle
 */
export const eventsHandler = (
  dependencies = dependenciesFromEnvironment(),
  assets = assetsIn(join(import.meta.dirname, 'assets')),
) =>
  serve(
    events,
    {
      [listEvents.route]: listEntityEvents,
      [fileEvent.route]: (request, context) => fileEntityEvent(request, context, assets),
    },
    dependencies,
  );

export const handler = eventsHandler();
