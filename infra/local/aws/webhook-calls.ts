import { mkdirSync } from 'node:fs';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromAttributes, keyAttributes, type Attributes, type Keyed, type Row } from '#dynamodb/row.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { webhookDeliveryRow, webhookRow } from '#dynamodb/rows/webhook.ts';
import type { Entity } from '#contract/entities.ts';
import { webhookBody } from '#schema/webhook/body.ts';
import type { Delivery } from '#schema/webhook/delivery.ts';
import { storeClient, type AwsCall, type AwsService, type StoreClient } from './aws-call.ts';

/**
 * Functions call webhooks over sockets of their own, as on AWS, and store what came of it. Each such write becomes a
 * file of the outbox.
 */

/** Files that are kept: the newest. Older ones are removed from time to time. */
const defaultMax = 1_000;
const pruneEvery = 100;
/** Calls that wait to be written. Under more load, calls are left out of the outbox. */
const maxWaiting = 200;

type PutItem = { readonly TableName: string; readonly Item: Attributes };
type Transaction = { readonly TransactItems: readonly { readonly Put?: PutItem }[] };

/** The items that a call puts. */
function putItems({ operation, parameters }: Pick<AwsCall, 'operation' | 'parameters'>): readonly PutItem[] {
  if (operation === 'PutItem') return [parameters as PutItem];
  if (operation !== 'TransactWriteItems') return [];
  return (parameters as Transaction).TransactItems.flatMap(({ Put: put }) => (put === undefined ? [] : [put]));
}

/** A stored delivery. */
type Stored = { readonly table: string; readonly organization: number; readonly item: Attributes };

const storedDeliveries = (puts: readonly PutItem[]): Stored[] =>
  puts.flatMap(({ TableName: table, Item: item }) => {
    const organization = /^webhookdelivery#(\d+)#/.exec(item['PK']?.S ?? '')?.[1];
    return organization === undefined ? [] : [{ table, organization: Number(organization), item }];
  });

type DeliveryContext = { readonly client: StoreClient; readonly table: string; readonly organization: number };

async function itemOf<Item extends object, K extends object>(
  { client, table: TableName, organization }: DeliveryContext,
  of: Keyed<K> & Pick<Row<Entity, Item, never, never>, 'schema' | 'upgrade' | 'restored'>,
  key: K,
): Promise<Item | undefined> {
  const Key = keyAttributes(of, organization, key);
  const { Item: item } = await client('DynamoDB_20120810.GetItem', { TableName, Key });
  return item === undefined ? undefined : fromAttributes<Item>(of, item as Attributes);
}

/** The call, with the URL and the body as they are now: a call of a deleted webhook has no URL. */
async function callOf(delivery: Delivery, context: DeliveryContext) {
  const [webhook, event] = await Promise.all([
    itemOf(context, webhookRow, { id: delivery.webhook_id }),
    itemOf(context, eventRow, { id: delivery.event_id }),
  ]);
  return {
    ...delivery,
    url: webhook?.url ?? event?.callback_url ?? null,
    body: event === undefined ? null : webhookBody(event),
  };
}

/** Writes one call after the other. */
class CallWriter {
  readonly #folder: string;
  readonly #max: number;
  #waiting = 0;
  #written = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(dataDir: string, max: number) {
    this.#folder = join(dataDir, 'outbox', 'webhook');
    this.#max = max;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** The outbox is no reason for a function to fail: what cannot be written is left out. */
  add(stored: Stored, client: StoreClient): void {
    if (this.#waiting >= maxWaiting) return;
    this.#waiting += 1;
    this.#last = this.#last
      .then(() => this.#write(stored, client))
      .catch(() => undefined)
      .finally(() => (this.#waiting -= 1));
  }

  async #write({ item, ...at }: Stored, client: StoreClient): Promise<void> {
    const delivery = fromAttributes<Delivery>(webhookDeliveryRow, item);
    if (delivery.attempt === 0) return;
    const { id, webhook_id: webhook, version } = delivery;
    const file = join(this.#folder, `${id}-${webhook}-${version}.json`);
    const content = JSON.stringify(await callOf(delivery, { ...at, client }), undefined, 2);
    await writeFile(`${file}.new`, `${content}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
    this.#written += 1;
    if (this.#written % pruneEvery === 1) await this.#prune();
  }

  async #prune(): Promise<void> {
    const names = (await readdir(this.#folder)).toSorted();
    for (const name of names.slice(0, -this.#max)) await rm(join(this.#folder, name), { force: true });
  }
}

/** The service, whose writes of webhook calls go to the outbox as well. @param max files that are kept */
export function recordWebhookCalls(service: AwsService, dataDir: string, max = defaultMax): AwsService {
  const writer = new CallWriter(dataDir, max);
  const client = storeClient(service);
  return async (call) => {
    const answer = await service(call);
    if (answer.status === 200) for (const stored of storedDeliveries(putItems(call))) writer.add(stored, client);
    return answer;
  };
}
