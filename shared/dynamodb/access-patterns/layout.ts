import type { Route } from '../../contract/endpoint.ts';
import type { Entity, Index } from '../../contract/entities.ts';

/**
 * The keys of one entity and everything that reads it (shared/dynamodb/README.md, "Access patterns"). Templates have
 * variables such as `<org>`. `[#<shard>]` is absent in the first shard, so that a single shard costs nothing and adding
 * one rewrites nothing. The number of shards of a list is in the organization (`charge_shards`, which only grows), and
 * readers merge them by sort key. Shards of a sum are created where transactions collide (free-shards.ts), and readers
 * add up those that exist.
 */
export type Layout<E extends string = string> = {
  /** What one item is. */
  readonly keeps: string;
  readonly table: KeyForm<E>;
  readonly GSI1?: KeyForm<E> | readonly KeyForm<E>[];
  readonly GSI2?: KeyForm<E> | readonly KeyForm<E>[];
  /** What writing it costs beyond the item itself, and in which transaction it is written. */
  readonly writes?: string;
  /** Why one partition is enough for many writes. */
  readonly unsharded?: string;
  readonly reads: readonly Read[];
};

export type KeyForm<E extends string = string> = {
  readonly partition: `${E}#${string}`;
  /** Alternatives are separated by ` | `. */
  readonly sort: string;
  /** When an item is in the index; always by default. */
  readonly when?: string;
};

/** Readers without an endpoint. `pipeline`: every request with a credential. */
export const backgroundReaders = [
  'pipeline',
  'sweeper',
  'change-feed',
  'event-seal',
  'webhook-deliver',
  'cdr-ingest',
  'cdr-wholesale',
  'period-close',
  'reservation-expiry',
  'plan-folder',
  'sidecar',
  'sms-send',
  'email-send',
  'receipts',
  'uploads',
  'jobs',
  'retention',
] as const;
export type BackgroundReader = (typeof backgroundReaders)[number];

/** One or several methods of a path (`GET|PUT /webhooks/{id}`), or a background reader. */
export type Reader = BackgroundReader | `${string} /${string}`;

/** Endpoints that decide one call, including its limits. */
export const decisions = ['POST /dialplan/evaluate', 'POST /dialplan/freeswitch'] as const satisfies readonly Reader[];
/** Endpoints that decide one or several calls by the dial plan. */
export const evaluations = [...decisions, 'POST /dialplan/evaluate/batch'] as const satisfies readonly Reader[];

type Read = {
  /** `Get`: by full keys, one or (BatchGetItem) up to 100; strongly consistent. */
  readonly by: 'Get' | 'Query';
  readonly index: 'table' | Index;
  /** The form of the index's partition, if it has several. */
  readonly partition?: string;
  readonly for: readonly Reader[];
  /** Filters and ranges that the key supports: only matching items are read. */
  readonly serves?: string;
  /** Filters that are applied after reading. */
  readonly filters?: string;
  /** Orders that the key supports; the first is the default. */
  readonly order?: string;
  readonly note?: string;
};

type Detail = Pick<Read, 'partition' | 'serves' | 'filters' | 'order' | 'note'>;

/** Reads items by their full keys. */
export const get = (readers: readonly Reader[], note?: string): Read => ({
  by: 'Get',
  index: 'table',
  for: readers,
  ...(note === undefined ? {} : { note }),
});

/** Reads a range of one partition of the table or an index. */
export const query = (index: Read['index'], readers: readonly Reader[], detail: Detail = {}): Read => ({
  by: 'Query',
  index,
  for: readers,
  ...detail,
});

export type Layouts = { readonly [E in Entity]: Layout<E> };
/** The layouts of an area's entities. */
export type SomeLayouts = Partial<Layouts>;

/** One row of the table of access patterns. */
export type AccessPattern = Omit<Read, 'for' | 'partition'> & {
  readonly entity: Entity;
  readonly partition: string;
  readonly sort: string;
  readonly reader: BackgroundReader | Route;
};

function formList(forms: KeyForm | readonly KeyForm[] | undefined): readonly KeyForm[] {
  if (forms === undefined) return [];
  return 'partition' in forms ? [forms] : forms;
}

/** The key forms of a layout, that of the table first. */
export const formsOf = (layout: Layout): readonly (KeyForm & { readonly index: 'table' | Index })[] =>
  (['table', 'GSI1', 'GSI2'] as const).flatMap((index) => formList(layout[index]).map((form) => ({ ...form, index })));

const isBackground = (reader: Reader): reader is BackgroundReader => backgroundReaders.some((name) => name === reader);

function readersOf(reader: Reader): readonly (BackgroundReader | Route)[] {
  if (isBackground(reader)) return [reader];
  const [methods = '', path = ''] = reader.split(' ');
  return methods.split('|').map((method) => `${method} ${path}` as Route);
}

/** The access patterns of one entity. @throws Error when a read names an index or a form that the layout lacks */
export function patternsOf(entity: Entity, layout: Layout): AccessPattern[] {
  return layout.reads.flatMap(({ for: readers, partition, ...read }) => {
    const forms = formsOf(layout).filter(({ index }) => index === read.index);
    const form = forms.find((each) => partition === undefined || each.partition === partition);
    if (form === undefined || (partition === undefined && forms.length > 1))
      throw new Error(`${entity}: a read must name one of the partitions of ${read.index}`);
    return readers
      .flatMap(readersOf)
      .map((reader) => ({ ...read, entity, partition: form.partition, sort: form.sort, reader }));
  });
}
