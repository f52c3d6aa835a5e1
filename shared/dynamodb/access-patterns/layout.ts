import type { Route } from '../../contract/endpoint.ts';
import type { Entity, Index } from '../../contract/entities.ts';

/**
 * How the items of one kind lie in the table, and everything that reads them: one entity's part of the
 * access patterns. Templates name variables as `<org>`; `[#<shard>]` is absent in the first shard, so
 * that an organization which never needs a second one pays nothing and a further one rewrites nothing.
 * How many shards there are of lists stands in the organization (`charge_shards`, which only grows); a
 * reader merges them by sort key. Those of sums come about where transactions meet (free-shards.ts); a
 * reader adds up which there are.
 */
export type Layout<E extends string = string> = {
  /** What one item is. */
  readonly keeps: string;
  readonly table: KeyForm<E>;
  readonly GSI1?: KeyForm<E> | readonly KeyForm<E>[];
  readonly GSI2?: KeyForm<E> | readonly KeyForm<E>[];
  /** What keeping it costs, where a change writes more than its own item, and in whose transaction it is written. */
  readonly writes?: string;
  /** Why one partition takes all that is written, where much is. */
  readonly unsharded?: string;
  readonly reads: readonly Read[];
};

export type KeyForm<E extends string = string> = {
  readonly partition: `${E}#${string}`;
  /** Alternatives are separated by ` | `. */
  readonly sort: string;
  /** When an item stands in the index; absent: always. */
  readonly when?: string;
};

/** What reads without being asked over HTTP. `pipeline`: every request that carries a credential. */
export const backgroundReaders = [
  'pipeline',
  'sweeper',
  'change-feed',
  'event-seal',
  'webhook-deliver',
  'cdr-ingest',
  'cdr-wholesale',
  'period-close',
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

/** One or several methods of a path (`GET|PUT /webhooks/{id}`), or what runs in the background. */
export type Reader = BackgroundReader | `${string} /${string}`;

/** Decides one call, limits included. */
export const decisions = ['POST /dialplan/evaluate', 'POST /dialplan/freeswitch'] as const satisfies readonly Reader[];
/** Decides one or many calls by the plan. */
export const evaluations = [...decisions, 'POST /dialplan/evaluate/batch'] as const satisfies readonly Reader[];

type Read = {
  /** `Get`: by complete keys, one or (as BatchGetItem) up to 100; strongly consistent. */
  readonly by: 'Get' | 'Query';
  readonly index: 'table' | Index;
  /** Which form of the index's partition, where it has several. */
  readonly partition?: string;
  readonly for: readonly Reader[];
  /** Filters and ranges that the key serves: nothing is read that does not match them. */
  readonly serves?: string;
  /** Filters that run over what was read. */
  readonly filters?: string;
  /** Sorts that the key gives; the first is the natural one. */
  readonly order?: string;
  readonly note?: string;
};

type Detail = Pick<Read, 'partition' | 'serves' | 'filters' | 'order' | 'note'>;

/** Items by their complete keys. */
export const get = (readers: readonly Reader[], note?: string): Read => ({
  by: 'Get',
  index: 'table',
  for: readers,
  ...(note === undefined ? {} : { note }),
});

/** A range of one partition of the table or an index. */
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

const listed = (forms: KeyForm | readonly KeyForm[] | undefined): readonly KeyForm[] =>
  forms === undefined ? [] : 'partition' in forms ? [forms] : forms;

/** The key forms of a layout, the table's first. */
export const formsOf = (layout: Layout): readonly (KeyForm & { readonly index: 'table' | Index })[] =>
  (['table', 'GSI1', 'GSI2'] as const).flatMap((index) => listed(layout[index]).map((form) => ({ ...form, index })));

const isBackground = (reader: Reader): reader is BackgroundReader => backgroundReaders.some((name) => name === reader);

function spread(reader: Reader): readonly (BackgroundReader | Route)[] {
  if (isBackground(reader)) return [reader];
  const [methods = '', path = ''] = reader.split(' ');
  return methods.split('|').map((method) => `${method} ${path}` as Route);
}

/** The rows of one entity. @throws Error when a read names an index or a form that the layout does not have */
export function patternsOf(entity: Entity, layout: Layout): AccessPattern[] {
  return layout.reads.flatMap(({ for: readers, partition, ...read }) => {
    const forms = formsOf(layout).filter(({ index }) => index === read.index);
    const form = forms.find((each) => partition === undefined || each.partition === partition);
    if (form === undefined || (partition === undefined && forms.length > 1))
      throw new Error(`${entity}: which ${read.index} partition is read?`);
    return readers
      .flatMap(spread)
      .map((reader) => ({ ...read, entity, partition: form.partition, sort: form.sort, reader }));
  });
}
