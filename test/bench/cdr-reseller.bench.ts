/**
 * How fast CDRs are charged to an organization and to its reseller, by as many consumers as there are at once, on a
 * store that holds items.
 */
import { addAccount, chargesTo, startIngestion, messageOf } from '#functions/billing/cdr-ingest/ingest.fixture.ts';
import { cdrWholesale } from '#functions/billing/cdr-wholesale/contract.ts';
import { deliverWholesale } from '#functions/billing/cdr-wholesale/wholesale.fixture.ts';
import type { Store } from '#dynamodb/client.ts';
import { record } from '#functions/billing/cdr-ingest/filed-cdr.fixture.ts';
import { eventually } from '../support/eventually.ts';
import { startOwnStore } from '../support/store.fixture.ts';
import type { Figure } from './benchmark.ts';
import { holdingItems, type Holding } from './held-items.ts';

const [reseller, customer] = [3000, 3001];
const calls = 6_000;
const perDelivery = 100;
/**
 * Messages of the queue `cdr-wholesale` that are delivered at once, and milliseconds for which they are gathered, as
 * its mapping says.
 */
const [soldAtOnce, gathering] = [cdrWholesale.batchSize, cdrWholesale.batchWindow * 1_000];
/** Milliseconds for which a transaction holds its items after it has committed. */
const held = 15;

const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
const callOf = (at: number) =>
  record(`call-${at}`, {
    callee: `+1415555${String(1_000 + (at % 9_000))}`,
    trunk_id: `trunk_${at % 7}`,
    user_id: `usr_${at % 50}`,
    start_time: minutesAgo((at % 600) + 10),
    end_time: minutesAgo(at % 600),
  });

type Bodies = readonly (readonly [string, string])[];

/** Two consumers of each queue, as many as there are at once. */
async function chargeAll(store: Store, through: Holding['through']): Promise<void> {
  const clock = () => new Date();
  const waiting: Bodies[number][] = Array.from({ length: calls }, (_, at) => [
    `m${at}`,
    messageOf(customer, [callOf(at)], { batch_id: 'bench' }),
  ]);
  const sold: unknown[] = [];
  const ingest = async (): Promise<void> => {
    const ingestion = startIngestion(store, { through, clock });
    for (
      let bodies: Bodies = waiting.splice(0, perDelivery);
      bodies.length > 0;
      bodies = waiting.splice(0, perDelivery)
    ) {
      const failed = new Set(await ingestion.deliver(Object.fromEntries(bodies)));
      waiting.push(...bodies.filter(([id]) => failed.has(id)));
      for (const {
        queue,
        message: { body },
      } of ingestion.queues.sent.splice(0)) {
        if (queue === 'cdr-ingest')
          waiting.push([(body as { readonly first_delivered_as: string }).first_delivered_as, JSON.stringify(body)]);
        else sold.push(body);
      }
    }
  };
  let ingesting = true;
  const charge = async (): Promise<void> => {
    for (;;) {
      await eventually(() => !ingesting || sold.length > 0, 60_000);
      const gathered = performance.now() + gathering;
      await eventually(() => !ingesting || sold.length >= soldAtOnce || performance.now() > gathered, 60_000);
      const messages = sold.splice(0, soldAtOnce);
      if (messages.length === 0) return;
      if ((await deliverWholesale(store, messages, { through, clock })) > 0) sold.push(...messages);
    }
  };
  await Promise.all([
    Promise.all([ingest(), ingest()]).then(() => {
      ingesting = false;
    }),
    charge(),
    charge(),
  ]);
}

export default async function measure(): Promise<readonly Figure[]> {
  const { store, stop } = await startOwnStore();
  try {
    await addAccount(store, reseller, { type: 'reseller' });
    await addAccount(store, customer, { parent_id: reseller });
    const { through, counted } = holdingItems(held);
    const began = performance.now();
    await chargeAll(store, through);
    const seconds = (performance.now() - began) / 1_000;
    for (const payer of [reseller, customer]) {
      const { calls: charged } = await chargesTo(store, payer);
      if (charged !== calls) throw new Error(`organization ${payer} is charged for ${charged} calls`);
    }
    return [
      {
        what: `CDRs of one organization under a reseller, charged to both, items held for ${held} ms`,
        measured: calls / seconds,
        unit: 'CDRs/s',
        must: { atLeastPerYardstick: 0.025 },
      },
      {
        what: 'transactions tried for each that was done, at that',
        measured: counted.tried / counted.done,
        unit: '×',
        must: { atMost: 1.5 },
      },
    ];
  } finally {
    await stop();
  }
}
