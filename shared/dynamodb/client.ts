import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** The part of the SDK's client that the table uses; tests and benches bring their own. */
export type Sender = Pick<DynamoDBClient, 'send'>;

export type Store = { readonly client: Sender; readonly tableName: string };

/** The platform's table, as the function's environment names it. */
export function storeFromEnvironment(environment: NodeJS.ProcessEnv = process.env): Store {
  return { client: new DynamoDBClient({ maxAttempts: 4 }), tableName: environment['TABLE_NAME'] ?? '' };
}
