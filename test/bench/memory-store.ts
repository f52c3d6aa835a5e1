import {
  BatchGetItemCommand,
  GetItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Store } from '#dynamodb/client.ts';
import type { Attributes } from '#dynamodb/row.ts';

/**
 * A store that costs next to nothing: it keeps what is put, and answers reads and counters at once. It enforces
 * nothing.
 */
export function memoryStore(): Store {
  const items = new Map<string, Attributes>();
  const keyOf = ({ PK, SK }: Attributes): string => `${PK?.S ?? ''}\n${SK?.S ?? ''}`;
  const found = (keys: readonly Attributes[]): Attributes[] =>
    keys.map((key) => items.get(keyOf(key))).filter((item) => item !== undefined);

  const answer = (command: unknown): object => {
    if (command instanceof BatchGetItemCommand)
      return {
        Responses: Object.fromEntries(
          Object.entries(command.input.RequestItems ?? {}).map(([table, { Keys = [] }]) => [table, found(Keys)]),
        ),
      };
    if (command instanceof GetItemCommand) return { Item: items.get(keyOf(command.input.Key ?? {})) };
    if (command instanceof UpdateItemCommand) return { Attributes: { used: { N: '1' } } };
    if (command instanceof QueryCommand) {
      const wanted = new Set(Object.values(command.input.ExpressionAttributeValues ?? {}).map(({ S }) => S));
      return { Items: [...items.values()].filter(({ PK }) => wanted.has(PK?.S)) };
    }
    if (command instanceof TransactWriteItemsCommand) {
      for (const { Put } of command.input.TransactItems ?? [])
        if (Put?.Item !== undefined) items.set(keyOf(Put.Item), Put.Item);
      return {};
    }
    throw new Error('the bench needs no such operation');
  };
  return { tableName: 'memory', client: { send: (command: unknown) => Promise.resolve(answer(command)) } };
}
