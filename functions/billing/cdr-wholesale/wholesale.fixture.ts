import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import type { Sender, Store } from '#dynamodb/client.ts';
import { cdrWholesaleHandler } from './handler.ts';

type Through = { readonly through?: (client: Sender) => Sender; readonly clock?: () => Date };

/** Delivers messages to a new consumer. @returns how many are to be delivered again, and what it has requeued */
export async function runWholesale(
  store: Store,
  bodies: readonly unknown[],
  { through = (client) => client, clock }: Through = {},
): Promise<{ readonly failed: number; readonly requeued: readonly unknown[] }> {
  const dependencies = {
    ...testDependencies({ ...store, client: through(store.client) }),
    ...(clock === undefined ? {} : { clock }),
  };
  const { batchItemFailures } = await cdrWholesaleHandler(dependencies)(batchOf(bodies));
  return { failed: batchItemFailures.length, requeued: dependencies.queues.sent.map(({ message }) => message.body) };
}

/** Delivers messages to a new consumer. @returns how many are to be delivered again */
export const deliverWholesale = async (...run: Parameters<typeof runWholesale>): Promise<number> =>
  (await runWholesale(...run)).failed;
