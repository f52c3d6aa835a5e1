import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Store } from '#dynamodb/client.ts';

/**
 * A store whose queries answer a few items at once, as DynamoDB's do of large ones (1 MB). So a few records are as many
 * pages as thousands.
 */
export function smallPages(store: Store, items: number): Store {
  const { client } = store;
  const send: typeof client.send = async (command: object) => {
    if (!(command instanceof QueryCommand)) return client.send(command as never);
    const { Limit: limit = items } = command.input;
    return client.send(new QueryCommand({ ...command.input, Limit: Math.min(limit, items) }));
  };
  return { ...store, client: { send } };
}
