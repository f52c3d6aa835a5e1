import { marshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Entity, Index } from '../contract/entities.ts';
import { nativeMap } from './native.ts';

/**
 * A kind of item in the one table: its entity, how its keys are made, and the version of its form.
 * Keys are made here and nowhere else: `PK = <entity>#<organization>[#…]` for what belongs to an
 * organization, `<entity>#…` for what is found before one is known (architecture.md, "Data").
 */
export type Row<E extends Entity, Item extends object, Key extends object, Partition extends object = object> = {
  readonly entity: E;
  /** `organization` rows lie in the partition of the reach that a table was made for. */
  readonly scope: 'organization' | 'platform';
  /** Version of the item's form; readers upgrade older ones. */
  readonly schema: number;
  readonly partition?: (key: Partition) => readonly string[];
  readonly sort: (key: Key) => string;
  readonly index1?: (item: Item, organization: number) => IndexKey | undefined;
  readonly index2?: (item: Item, organization: number) => IndexKey | undefined;
  /** Unix seconds after which the item may vanish; `undefined` keeps it. */
  readonly expires?: (item: Item) => number | undefined;
  /** Brings an item of an older form to the present one. */
  readonly upgrade?: (item: Record<string, unknown>, schema: number) => Record<string, unknown>;
  /**
   * The attributes that an item is stored in, where those are not its fields: stores and clients take items apart
   * attribute by attribute, so that lists of thousands are read several times as fast of items that have few.
   */
  readonly stored?: (item: Item) => Readonly<Record<string, unknown>>;
  /** The item that `stored` made these attributes of, in the present form. */
  readonly restored?: (attributes: Readonly<Record<string, unknown>>) => Item;
  /**
   * The attributes that queries of this row answer, where those are not all: without keys, so such lists go on by a key
   * of their own (`merged`).
   */
  readonly fields?: readonly string[];
  /** Carries the item's type; never called. */
  readonly item?: (item: Item) => Item;
};

export type IndexKey = { readonly partition: readonly string[]; readonly sort: string };

type RowSpec<Item extends object, Key extends object, Partition extends object> = Omit<
  Row<Entity, Item, Key, Partition>,
  'entity' | 'scope' | 'schema' | 'item'
> & {
  readonly schema?: number;
};

/** A row of an organization. */
export const row = <
  const E extends Entity,
  Item extends Key & object,
  Key extends Partition & object,
  Partition extends object = object,
>(
  entity: E,
  spec: RowSpec<Item, Key, Partition>,
): Row<E, Item, Key, Partition> => ({ schema: 1, ...spec, entity, scope: 'organization' });

/** A row that is found before an organization is known, or belongs to none. */
export const platformRow = <
  const E extends Entity,
  Item extends Key & object,
  Key extends Partition & object,
  Partition extends object = object,
>(
  entity: E,
  spec: RowSpec<Item, Key, Partition>,
): Row<E, Item, Key, Partition> => ({ schema: 1, ...spec, entity, scope: 'platform' });

/** What makes the key of a row, whatever its items are. */
export type Keyed<K extends object, E extends Entity = Entity> = {
  readonly entity: E;
  readonly scope: 'organization' | 'platform';
  readonly partition?: (key: K) => readonly string[];
  readonly sort: (key: K) => string;
};

export const indexAttributes = {
  GSI1: { partition: 'GSI1PK', sort: 'GSI1SK' },
  GSI2: { partition: 'GSI2PK', sort: 'GSI2SK' },
} as const satisfies Record<Index, { partition: string; sort: string }>;

const joined = (entity: string, parts: readonly string[]): string => [entity, ...parts].join('#');

/** Value of `PK` for the organization (ignored by platform rows) and the key. */
export function partitionOf<P extends object>(of: Omit<Keyed<P>, 'sort'>, organization: number, key: P): string {
  const parts = of.partition?.(key) ?? [];
  return joined(
    of.entity,
    of.scope === 'organization' ? [String(organization), ...parts] : parts.length > 0 ? parts : ['platform'],
  );
}

/** Value of an index's partition key. */
export const indexPartition = (entity: Entity, parts: readonly string[]): string => joined(entity, parts);

export type Attributes = Record<string, AttributeValue>;

export const keyAttributes = <K extends object>(of: Keyed<K>, organization: number, key: K): Attributes => ({
  PK: { S: partitionOf(of, organization, key) },
  SK: { S: of.sort(key) },
});

/** The stored form of an item: its fields, its keys, its schema version and its expiry. */
export function toAttributes<Item extends K & object, K extends object>(
  of: Row<Entity, Item, K, K>,
  organization: number,
  item: Item,
): Attributes {
  const stored: Record<string, unknown> = {
    ...(of.stored?.(item) ?? item),
    PK: partitionOf(of, organization, item),
    SK: of.sort(item),
    schema: of.schema,
  };
  for (const [index, key] of [
    ['GSI1', of.index1?.(item, organization)],
    ['GSI2', of.index2?.(item, organization)],
  ] as const) {
    if (key === undefined) continue;
    stored[indexAttributes[index].partition] = joined(of.entity, key.partition);
    stored[indexAttributes[index].sort] = key.sort;
  }
  const expires = of.expires?.(item);
  if (expires !== undefined) stored['ttl'] = expires;
  return marshall(stored, { removeUndefinedValues: true });
}

const storageNames = new Set(['PK', 'SK', 'GSI1PK', 'GSI1SK', 'GSI2PK', 'GSI2SK', 'schema', 'ttl']);

/** A stored item without its storage attributes, in the present form. */
export function fromAttributes<Item extends object>(
  of: Pick<Row<Entity, Item, never, never>, 'schema' | 'upgrade' | 'restored'>,
  attributes: Attributes,
): Item {
  const fields = nativeMap(attributes, storageNames);
  // What `change` made has no schema of its own: it was of the first form.
  const schema = Number(attributes['schema']?.N ?? 1);
  // What a row wrote, a row reads: the form is held by the row's type and its schema version.
  const present = schema < of.schema && of.upgrade !== undefined ? of.upgrade(fields, schema) : fields;
  return of.restored === undefined ? (present as Item) : of.restored(present);
}
