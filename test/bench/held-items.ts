/** A store that holds the items of a transaction after it has committed, and cancels what meets them, as AWS does. */
import {
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import type { Sender } from '#dynamodb/client.ts';

export type Holding = {
  readonly through: (client: Sender) => Sender;
  /** Transactions that were tried, and that were done. */ readonly counted: { tried: number; done: number };
};

const keyOf = ({ Put, Update, Delete, ConditionCheck }: TransactWriteItem): string => {
  const key = Put?.Item ?? Update?.Key ?? Delete?.Key ?? ConditionCheck?.Key;
  return `${key?.['PK']?.S} ${key?.['SK']?.S}`;
};

/** @param milliseconds for which items are held */
export function holdingItems(milliseconds: number): Holding {
  const held = new Set<string>();
  const counted = { tried: 0, done: 0 };
  const transact = async (client: Sender, command: TransactWriteItemsCommand): Promise<unknown> => {
    counted.tried += 1;
    const keys = (command.input.TransactItems ?? []).map(keyOf);
    if (keys.some((key) => held.has(key))) {
      const CancellationReasons = keys.map((key) => ({ Code: held.has(key) ? 'TransactionConflict' : 'None' }));
      throw new TransactionCanceledException({ message: 'conflict', $metadata: {}, CancellationReasons });
    }
    for (const key of keys) held.add(key);
    try {
      const answer = await client.send(command);
      counted.done += 1;
      setTimeout(() => keys.forEach((key) => held.delete(key)), milliseconds);
      return answer;
    } catch (error) {
      keys.forEach((key) => held.delete(key));
      throw error;
    }
  };
  const through = (client: Sender): Sender =>
    ({
      send: (command: unknown) =>
        command instanceof TransactWriteItemsCommand
          ? transact(client, command)
          : client.send(command as TransactWriteItemsCommand),
    }) as Sender;
  return { counted, through };
}
