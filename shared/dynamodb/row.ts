import { marshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Entity, Index } from '../contract/entities.ts';
import { AppError } from '../errors.ts';
import type { RecordClass } from '../schema/record-class.ts';
import { nativeMap } from './native.ts';

/**
 * A kind of item in the table: its entity, its keys and the version of its stored form. All keys are made here:
 * `PK = <entity>#<organization>[#…]` for items of an organization, `<entity>#…` for items of the platform
 * (shared/dynamodb/README.md, "Keys").
 */
export type Row<E extends Entity, Item extends object, Key extends object, Partition extends object = object> = {
  readonly entity: E;
  /** Whether the partition key begins with the organization of the table. */
  readonly scope: 'organization' | 'platform';
  /** Version of the newest form that is read. Readers upgrade older forms. */
  readonly schema: number;
  /**
   * Version of the form that is written, if the release before does not read the newest one yet; `stored` then returns
   * the attributes of that form (README.md, "Upgrades of stored forms").
   */
  readonly written?: number;
  readonly partition?: (key: Partition) => readonly string[];
  readonly sort: (key: Key) => string;
  readonly index1?: (item: Item, organization: number) => IndexKey | undefined;
  readonly index2?: (item: Item, organization: number) => IndexKey | undefined;
  /** Unix seconds after which DynamoDB may delete the item; undefined: never. */
  readonly expires?: (item: Item) => number | undefined;
  /**
   * Why items stay when their organization is closed, or need no one to delete them. Proofs demand it of rows that no
   * cascade deletes and that do not expire.
   */
  readonly afterClosing?: string;
  /**
   * Its items are records of this class: they are deleted by retention and under legal holds only (../schema/
   * record-class.ts), in transactions that ask for the holds, and never by `expires`.
   */
  readonly records?: RecordClass;
  /** Upgrades an item of an older form to the current one. */
  readonly upgrade?: (item: Record<string, unknown>, schema: number) => Record<string, unknown>;
  /**
   * The stored attributes of an item, if they are not its fields. DynamoDB and its client process items attribute by
   * attribute, so that long lists are read several times faster from items with few attributes.
   */
  readonly stored?: (item: Item) => Readonly<Record<string, unknown>>;
  /** The item of the attributes that `stored` returned, in the current form. */
  readonly restored?: (attributes: Readonly<Record<string, unknown>>) => Item;
  /** The attributes that queries read, if not all. Without keys there are no cursors: such lists continue by a key. */
  readonly fields?: readonly string[];
  /**
   * Whether an organization has one such item that many changes advance, so that its writers take turns
   * (shared/http/README.md, "Turns"). Contracts declare `writesInTurn` of its entity.
   */
  readonly inTurn?: true;
  /** Why one partition is enough for many writes, or for those of the whole platform. Proofs demand it of some rows. */
  readonly unsharded?: string;
  /** Carries the type of the item. Never called. */
  readonly item?: (item: Item) => Item;
};

export type IndexKey = { readonly partition: readonly string[]; readonly sort: string };

type RowSpec<Item extends object, Key extends object, Partition extends object> = Omit<
  Row<Entity, Item, Key, Partition>,
  'entity' | 'scope' | 'schema' | 'item'
> & {
  readonly schema?: number;
};

/** Declares a row of an organization. */
export const row = <
  const E extends Entity,
  Item extends Key & object,
  Key extends Partition & object,
  Partition extends object = object,
>(
  entity: E,
  spec: RowSpec<Item, Key, Partition>,
): Row<E, Item, Key, Partition> => ({ schema: 1, ...spec, entity, scope: 'organization' });

/** Declares a row that is looked up before the organization is known, or that belongs to none. */
export const platformRow = <
  const E extends Entity,
  Item extends Key & object,
  Key extends Partition & object,
  Partition extends object = object,
>(
  entity: E,
  spec: RowSpec<Item, Key, Partition>,
): Row<E, Item, Key, Partition> => ({ schema: 1, ...spec, entity, scope: 'platform' });

/** The part of a row that makes its keys. */
export type Keyed<K extends object, E extends Entity = Entity> = {
  readonly entity: E;
  readonly inTurn?: true;
  readonly scope: 'organization' | 'platform';
  readonly partition?: (key: K) => readonly string[];
  readonly sort: (key: K) => string;
  readonly records?: RecordClass;
};

export const indexAttributes = {
  GSI1: { partition: 'GSI1PK', sort: 'GSI1SK' },
  GSI2: { partition: 'GSI2PK', sort: 'GSI2SK' },
} as const satisfies Record<Index, { partition: string; sort: string }>;

const joined = (entity: string, parts: readonly string[]): string => [entity, ...parts].join('#');

/** The value of `PK`. @param organization ignored by platform rows */
export function partitionOf<P extends object>(of: Omit<Keyed<P>, 'sort'>, organization: number, key: P): string {
  const parts = of.partition?.(key) ?? [];
  return joined(
    of.entity,
    of.scope === 'organization' ? [String(organization), ...parts] : parts.length > 0 ? parts : ['platform'],
  );
}

/** The value of an index's partition key. */
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
    schema: of.written ?? of.schema,
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

/** A newer form may give the same fields another meaning, so that reading it could answer wrong data. */
function newerForm(known: number, schema: number, { PK: key }: Attributes): AppError {
  const entity = key?.S?.split('#')[0] ?? 'item';
  return new AppError(
    'INTERNAL_ERROR',
    `A stored ${entity} has schema ${schema}, and this version reads up to ${known}: a newer version wrote it`,
  );
}

/**
 * The item of stored attributes: without its storage attributes, in the current form.
 * @throws AppError INTERNAL_ERROR for an item that a newer version of the platform wrote
 */
export function fromAttributes<Item extends object>(
  of: Pick<Row<Entity, Item, never, never>, 'schema' | 'upgrade' | 'restored'>,
  attributes: Attributes,
): Item {
  const fields = nativeMap(attributes, storageNames);
  // Items that `change` created have no schema attribute: they are of the first form.
  const schema = Number(attributes['schema']?.N ?? 1);
  if (schema > of.schema) throw newerForm(of.schema, schema, attributes);
  // The assertion is safe: only this row writes these items, and its schema version fixes their form.
  const current = schema < of.schema && of.upgrade !== undefined ? of.upgrade(fields, schema) : fields;
  return of.restored === undefined ? (current as Item) : of.restored(current);
}
