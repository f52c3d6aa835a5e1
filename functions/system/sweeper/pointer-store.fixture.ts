import { GetItemCommand, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { Store } from '#dynamodb/client.ts';
import { indexAttributes, type Attributes } from '#dynamodb/row.ts';

/** A store of many items without conditions, which counts what is asked of it. */
export type PointerStore = {
  readonly store: Store;
  readonly put: (items: readonly Attributes[]) => void;
  /** All items of an entity. */
  readonly itemsOf: (entity: string) => Attributes[];
  /** Requests since the start. */
  readonly asked: { queries: number; transactions: number };
};

const textOf = (item: Attributes, name: string): string => item[name]?.S ?? '';
const keyOf = (item: Attributes): string => `${textOf(item, 'PK')}\n${textOf(item, 'SK')}`;

/** The items of a partition in the order of their sort keys; sorted when they are read after a put. */
type Partition = { items: Map<string, Attributes>; sorted: { sort: string; key: string; item: Attributes }[] | null };

/** Answers GetItem, Query and TransactWriteItems as DynamoDB does; conditions are no part of it. */
class Items {
  readonly #items = new Map<string, Attributes>();
  readonly #partitions = new Map<string, Partition>();

  #placesOf = (item: Attributes): string[] =>
    ['PK', indexAttributes.GSI2.partition].flatMap((name) =>
      item[name] === undefined ? [] : [`${name} ${textOf(item, name)}`],
    );

  put(item: Attributes): void {
    this.delete(item);
    this.#items.set(keyOf(item), item);
    for (const place of this.#placesOf(item)) {
      const partition = this.#partitions.get(place) ?? { items: new Map(), sorted: null };
      partition.items.set(keyOf(item), item);
      partition.sorted = null;
      this.#partitions.set(place, partition);
    }
  }

  delete(key: Attributes): void {
    const item = this.#items.get(keyOf(key));
    if (item === undefined) return;
    this.#items.delete(keyOf(key));
    for (const place of this.#placesOf(item)) this.#partitions.get(place)?.items.delete(keyOf(key));
  }

  get = (key: Attributes): Attributes | undefined => this.#items.get(keyOf(key));
  all = (): Attributes[] => [...this.#items.values()];

  query({ input }: QueryCommand): { Items: Attributes[]; LastEvaluatedKey?: Attributes } {
    const [partitionName, sortName] = input.IndexName === undefined ? ['PK', 'SK'] : ['GSI2PK', 'GSI2SK'];
    const values = input.ExpressionAttributeValues ?? {};
    const partition = this.#partitions.get(`${partitionName} ${textOf(values, ':partition')}`);
    if (partition === undefined) return { Items: [] };
    partition.sorted ??= Array.from(partition.items, ([key, item]) => ({
      sort: textOf(item, sortName),
      key,
      item,
    })).sort((one, other) => (one.sort < other.sort ? -1 : 1));
    const after = textOf(input.ExclusiveStartKey ?? {}, sortName);
    const [from, to] = [textOf(values, ':from'), values[':to']?.S ?? '\uFFFF'];
    const found = partition.sorted
      .filter(({ sort, key }) => sort >= from && sort <= to && sort > after && partition.items.has(key))
      .map(({ item }) => item);
    const Items = found.slice(0, input.Limit ?? found.length);
    const last = Items.at(-1);
    return found.length > Items.length && last !== undefined ? { Items, LastEvaluatedKey: last } : { Items };
  }
}

/** @param tick called with each request */
export function pointerStore(tick: () => void): PointerStore {
  const items = new Items();
  const asked = { queries: 0, transactions: 0 };
  const answer = (command: unknown): object => {
    tick();
    if (command instanceof GetItemCommand) return { Item: items.get(command.input.Key ?? {}) };
    if (command instanceof QueryCommand) {
      asked.queries += 1;
      return items.query(command);
    }
    if (!(command instanceof TransactWriteItemsCommand)) throw new Error('the sweeper needs no such operation');
    asked.transactions += 1;
    for (const { Put, Delete } of command.input.TransactItems ?? []) {
      if (Put?.Item !== undefined) items.put(Put.Item);
      if (Delete?.Key !== undefined) items.delete(Delete.Key);
    }
    return {};
  };
  return {
    store: { tableName: 'pointers', client: { send: (command: unknown) => Promise.resolve(answer(command)) } },
    put: (added) => added.forEach((item) => items.put(item)),
    itemsOf: (entity) => items.all().filter((item) => textOf(item, 'PK').startsWith(`${entity}#`)),
    asked,
  };
}
