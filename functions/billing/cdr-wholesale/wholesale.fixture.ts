import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { testDependencies } from '../../../test/support/dependencies.fixture.ts';
import type { Sender, Store } from '../../../shared/dynamodb/client.ts';
import { cdrWholesaleHandler } from './handler.ts';

type Through = { readonly through?: (client: Sender) => Sender; readonly clock?: () => Date };

/** Delivers messages to a new consumer. @returns how many are to be delivered again */
export async function deliverWholesale(
  store: Store,
  bodies: readonly unknown[],
  { through = (client) => client, clock }: Through = {},
): Promise<number> {
  const dependencies = {
    ...testDependencies({ ...store, client: through(store.client) }),
    ...(clock === undefined ? {} : { clock }),
    deadLetters: () => Promise.reject(new Error('every message can be read')),
  };
  const Records = bodies.map(
    (body, at) =>
      ({ messageId: `w${at}`, body: JSON.stringify(body), attributes: { ApproximateReceiveCount: '1' } }) as SQSRecord,
  );
  return (await cdrWholesaleHandler(dependencies)({ Records } satisfies SQSEvent)).batchItemFailures.length;
}
