import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Attributes } from './row.ts';
import { awsTimeouts } from '../aws/timeouts.ts';

/** The part of the SDK's client that the table uses. Tests and benchmarks bring their own. */
export type Sender = Pick<DynamoDBClient, 'send'>;

/** Reads items by key, strongly consistent. @returns those that exist, by the text of their key */
export type ReadItems = (keys: readonly Attributes[]) => Promise<ReadonlyMap<string, Attributes>>;

/** A DynamoDB table and its client. */
export type Store = {
  readonly client: Sender;
  readonly tableName: string;
  /** Reads items of several readers together (`grouped-reads.ts`). Undefined: each reader reads its own. */
  readonly readItems?: ReadItems;
};

/** The platform's table, named by `TABLE_NAME`. */
export function storeFromEnvironment(environment: NodeJS.ProcessEnv = process.env): Store {
  const client = new DynamoDBClient({ maxAttempts: 4, requestHandler: awsTimeouts(5_000) });
  // The middleware copies every input and output, even without a logger: half of the CPU time of a call, and two thirds
  // of that of a query of 1,000 items (33 ms instead of 12).
  client.middlewareStack.remove('loggerMiddleware');
  return { client, tableName: environment['TABLE_NAME'] ?? '' };
}
