import type { EventType } from '#contract/events.ts';
import type { Store } from '#dynamodb/client.ts';
import { deletionMessage } from '#functions/system/cascading-deletes/contract.ts';
import { contracts, contractsByArea } from '#functions/contracts.ts';
import { derive } from '#functions/system/cascading-deletes/derived.ts';
import { cascadeFolders, cascadingDeletesHandler } from '#functions/system/cascading-deletes/handler.ts';
import { batchOf } from './sqs-record.fixture.ts';
import { testDependencies } from './dependencies.fixture.ts';

/** Runs all cascades of an event to their end, as the queue does after the event of a deletion. */
export type RunCascades = (organization: number, type: EventType, id: string) => Promise<void>;

/** The consumer of deletions, with the cascades of all contracts as the build derives them. */
export const deletionsConsumer = (dependencies: Parameters<typeof cascadingDeletesHandler>[0]) =>
  cascadingDeletesHandler(dependencies, () => cascadeFolders(derive(contracts, contractsByArea)['cascades.json']));

/** @throws Error if the consumer reports a failed record */
export function cascadesIn(store: Store, options?: Parameters<typeof testDependencies>[1]): RunCascades {
  const consumer = deletionsConsumer(testDependencies(store, options));
  return async (organization, type, id) => {
    const { body } = deletionMessage({ org_id: organization, type, entity: { id }, data: {}, changes: null });
    const { batchItemFailures } = await consumer(batchOf([body]));
    if (batchItemFailures.length > 0) throw new Error(`the cascades of ${type} failed`);
  };
}
