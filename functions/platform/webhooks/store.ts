import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { decrementCount, incrementCount } from '#dynamodb/rows/count.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import {
  deliveryWrite,
  webhookCount,
  webhookDeliveryRow,
  webhookHourRow,
  webhookRow,
  webhookUrlRow,
} from '#dynamodb/rows/webhook.ts';
import type { Slice, Table } from '#dynamodb/table.ts';
import { idsBetween } from '#dynamodb/ulid.ts';
import { change, create, remove, replace } from '#dynamodb/write.ts';
import type { Delivery } from '#schema/webhook/delivery.ts';
import { firstHour, type WebhookHour } from '#schema/webhook/statistics.ts';
import type { Webhook } from '#schema/webhook/webhook.ts';
import type { webhooks } from './contract.ts';
import { webhookErrors } from './errors.ts';

/** Webhooks of an organization, besides `default`. */
const maxWebhooks = 20;
const shownDeliveries = 100;
/** Deliveries that a redelivery counts at most. */
const maxCounted = 10_000;

/** A slice of a list in memory. @param after position of the last item before */
function sliceOf<Item>(items: readonly Item[], limit: number, after: string | undefined): Slice<Item> {
  const from = after === undefined ? 0 : Number(after) + 1;
  return {
    items: items.slice(from, from + limit),
    cursor: from + limit < items.length ? String(from + limit - 1) : undefined,
    cursorAt: (position) => String(from + position),
  };
}

type Reads = Table<ReadName<EffectOf<typeof webhooks>>>;

export const webhookStore = (table: Reads) => ({
  get: (id: string): Promise<Webhook | undefined> => table.get(webhookRow, { id }),

  /** All webhooks that are stored, newest first. */
  all: async (): Promise<readonly Webhook[]> => (await table.query(webhookRow, {})).items,

  page: (request: PageRequest, listed: readonly Webhook[]) =>
    readPage(request, { read: async ({ limit = listed.length, after }) => sliceOf(listed, limit, after) }),

  /** The figures of a webhook in the last 24 hours. */
  hours: (id: string, now: Date): Promise<WebhookHour[]> =>
    readToEnd((after) =>
      table.query<'webhookhour', WebhookHour, { webhook_id: string }>(
        webhookHourRow,
        { webhook_id: id },
        { between: [firstHour(now), '9'], ...after },
      ),
    ),

  deliveries: async (id: string): Promise<readonly Delivery[]> =>
    (
      await table.query<'webhookdelivery', Delivery, { webhook_id: string }>(
        webhookDeliveryRow,
        { webhook_id: id },
        { limit: shownDeliveries },
      )
    ).items,

  /** Ids of events that the organization does not have. */
  unknownEvents: async (ids: readonly string[]): Promise<string[]> => {
    const found = await table.getAll(
      eventRow,
      ids.map((id) => ({ id })),
    );
    return ids.filter((_, at) => found[at] === undefined);
  },
});

/** The number of deliveries of events in a range of time, up to 10,000. */
export async function countDeliveries(
  table: Reads,
  webhookId: string,
  range: { readonly since: string; readonly until: string },
  isCounted: (delivery: Delivery) => boolean,
): Promise<number> {
  let [counted, read] = [0, 0];
  let after: string | undefined;
  do {
    const slice = await table.query<'webhookdelivery', Delivery, { webhook_id: string }>(
      webhookDeliveryRow,
      { webhook_id: webhookId },
      { between: idsBetween('evt', range), ...(after === undefined ? {} : { after }) },
    );
    counted += slice.items.filter(isCounted).length;
    read += slice.items.length;
    after = slice.cursor;
  } while (after !== undefined && read < maxCounted);
  return counted;
}

const takeUrl = (url: string) =>
  create(webhookUrlRow, { url }, webhookErrors.WEBHOOK_EXISTS, 'The organization has a webhook with this URL');

const hasUrl = (webhook: Webhook): webhook is Webhook & { readonly url: string } => webhook.url !== null;

export const createWrites = (webhook: Webhook) => [
  create(webhookRow, webhook),
  ...(hasUrl(webhook) ? [takeUrl(webhook.url), incrementCount(webhookCount, maxWebhooks)] : []),
];

/** Writes of the next version; a changed URL is free for another webhook. */
export const updateWrites = (before: Webhook, after: Webhook) => [
  replace(webhookRow, after, before),
  ...(hasUrl(before) && hasUrl(after) && webhookUrlRow.sort(before) !== webhookUrlRow.sort(after)
    ? [remove(webhookUrlRow, { url: before.url }), takeUrl(after.url)]
    : []),
];

export const deleteWrites = (webhook: Webhook) => [
  remove(webhookRow, webhook, webhook),
  ...(hasUrl(webhook) ? [remove(webhookUrlRow, { url: webhook.url })] : []),
  decrementCount(webhookCount),
];

/** Writes of a test: its delivery, and the receiver's pace if it changed. */
export const testWrites = (webhook: Webhook, delivery: Delivery, pace: Webhook['pace']) => [
  deliveryWrite(undefined, delivery),
  ...(pace === webhook.pace
    ? []
    : [change(webhookRow, { id: webhook.id }, { set: { pace }, onlyIf: { expression: 'attribute_exists(PK)' } })]),
];
