import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Feed } from '../contract/resource.ts';
import type { Dependencies } from './dependencies.ts';
import { queueDependencies } from './queue-dependencies.ts';
import { contextOf, type BackgroundContext } from './background-context.ts';

/** The key of an item that was inserted: the stream is a doorbell, whoever hears it reads the item itself. */
export type InsertedKey = { readonly partition: string; readonly sort: string };

/** Handles some keys, oldest first. What it throws has them, and all behind them, come again. */
export type StreamHandler<F extends Feed> = (
  keys: readonly InsertedKey[],
  context: BackgroundContext<F>,
) => Promise<void>;

/** Keys that are handled at once, which is what one batch of SQS takes. */
const handledAtOnce = 10;

const keyOf = ({ dynamodb }: DynamoDBRecord): InsertedKey => ({
  partition: dynamodb?.Keys?.['PK']?.S ?? '',
  sort: dynamodb?.Keys?.['SK']?.S ?? '',
});

/**
 * Joins a feed's contract to the handler of its Lambda. A failure names the first record that is not
 * settled: Lambda goes on from there (AWS Lambda guide, "Reporting batch item failures" for DynamoDB).
 */
export function handleStream<F extends Feed>(
  of: F,
  hear: StreamHandler<F>,
  dependencies: Dependencies = queueDependencies(),
): (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse> {
  const context = contextOf(of, dependencies);
  return async ({ Records }) => {
    for (let at = 0; at < Records.length; at += handledAtOnce) {
      const records = Records.slice(at, at + handledAtOnce);
      try {
        await hear(records.map(keyOf), context);
      } catch (error) {
        const itemIdentifier = records[0]?.dynamodb?.SequenceNumber ?? '';
        dependencies.log.fault(error, itemIdentifier, `${of.name}: the records come again`);
        return { batchItemFailures: [{ itemIdentifier }] };
      }
    }
    return { batchItemFailures: [] };
  };
}
