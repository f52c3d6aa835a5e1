import type { EventType } from '#contract/events.ts';
import type { Store } from '#dynamodb/client.ts';
import { deletionMessage } from '#functions/system/cascading-deletes/contract.ts';
import { contracts, contractsByArea } from '#functions/contracts.ts';
import { derive } from '#functions/system/cascading-deletes/derived.ts';
import { cascadeFolders, cascadingDeletesHandler } from '#functions/system/cascading-deletes/handler.ts';
import { memoryQueues, testDependencies } from './dependencies.fixture.ts';

/** Runs all cascades of an event to their end, as the queue does after the event of a deletion. */
export type RunCascades = (organization: number, type: EventType, id: string) => Promise<void>;

/** The consumer of deletions, with the cascades of all contracts as the build derives them. */
export const deletionsConsumer = (dependencies: Parameters<typeof cascadingDeletesHandler>[0]) =>
  cascadingDeletesHandler(dependencies, () => cascadeFolders(derive(contracts, contractsByArea)['cascades.json']));

/** @throws Error if the consumer reports a failed record */
export function cascadesIn(store: Store): RunCascades {
  const consumer = deletionsConsumer({
    ...testDependencies(store),
    queues: memoryQueues(),
    deadLetters: () => Promise.reject(new Error('the message was rejected')),
  });
  return async (organization, type, id) => {
    const { body } = deletionMessage({ org_id: organization, type, entity: { id }, data: {}, changes: null });
    const record = { messageId: 'm1', body: JSON.stringify(body), attributes: { ApproximateReceiveCount: '1' } };
    const { batchItemFailures } = await consumer({ Records: [record] } as Parameters<typeof consumer>[0]);
    if (batchItemFailures.length > 0) throw new Error(`the cascades of ${type} failed`);
  };
}
