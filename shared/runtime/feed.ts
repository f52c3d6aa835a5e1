import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Feed } from '../contract/resource.ts';
import type { Dependencies } from './dependencies.ts';
import { queueDependencies } from './queue-dependencies.ts';
import { contextOf, type BackgroundContext } from './background-context.ts';

/** The key of an inserted item. The stream only notifies; the handler reads the item itself. */
export type InsertedKey = { readonly partition: string; readonly sort: string };

/** Handles some keys, oldest first. After an error Lambda delivers them and all later ones again. */
export type StreamHandler<F extends Feed> = (
  keys: readonly InsertedKey[],
  context: BackgroundContext<F>,
) => Promise<void>;

/** Number of keys per call: the size of an SQS batch. */
const batchSize = 10;

const keyOf = ({ dynamodb }: DynamoDBRecord): InsertedKey => ({
  partition: dynamodb?.Keys?.['PK']?.S ?? '',
  sort: dynamodb?.Keys?.['SK']?.S ?? '',
});

/**
 * Makes the Lambda handler of a feed. A failure reports the first unsettled record, from which Lambda continues (AWS
 * Lambda Developer Guide, "Reporting batch item failures" for DynamoDB streams).
 */
export function handleStream<F extends Feed>(
  of: F,
  handle: StreamHandler<F>,
  dependencies: Dependencies = queueDependencies(),
): (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse> {
  const context = contextOf(of, dependencies);
  return async ({ Records }) => {
    for (let at = 0; at < Records.length; at += batchSize) {
      const records = Records.slice(at, at + batchSize);
      try {
        await handle(records.map(keyOf), context);
      } catch (error) {
        const itemIdentifier = records[0]?.dynamodb?.SequenceNumber ?? '';
        dependencies.log.fault(error, itemIdentifier, `${of.name}: the records will be delivered again`);
        return { batchItemFailures: [{ itemIdentifier }] };
      }
    }
    return { batchItemFailures: [] };
  };
}
