import { maxShards } from '../../../shared/dynamodb/free-shards.ts';
import { indexAttributes, indexPartition, row, type Row } from '../../../shared/dynamodb/row.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, create, overwrite, remove, sharded, within, type Write } from '../../../shared/dynamodb/write.ts';
import type { StoredMoney } from '../../../shared/schema/money.ts';
import { chargesRow, ledgerDayRow, usingIncluded } from '../billing-profiles/row.ts';
import type { Refusal } from './arrival.ts';
import { totalOf, type BatchCounts, type Counted } from './batch-counts.ts';
import type { FiledCdr } from './filed-cdr.ts';
import type { Movement, NumberSums } from './movement.ts';
import type { Exchange, Use } from './rerating.ts';

/** The first shard's partitions have no number, so that an organization which needs no second one pays nothing. */
export const shardPart = (shard: number): string[] => (shard === 0 ? [] : [String(shard)]);

type Identity = { readonly id: string };
type InTime = { readonly start_time: string } & Identity;

/** CDRs and pointers to them are ordered by call start: `2024-01-15T10:30:00Z#cdr_…`. */
export const timeKey = ({ start_time, id }: InTime): string => `${start_time}#${id}`;

/**
 * What a pointer and its CDR both say. Pointers hold the values in this order: a third of what they take with their
 * names.
 */
const pointedAt = [
  'id',
  'start_time',
  'shard',
  'call_id',
  'leg',
  'caller_party',
  'callee_party',
  'trunk_id',
  'user_id',
  'batch_id',
  'direction',
  'disposition',
  'duration',
] as const satisfies readonly (keyof FiledCdr)[];

/** What a pointer says of its CDR: all that lists filter by. */
export type CdrPointer = Pick<FiledCdr, (typeof pointedAt)[number]> & {
  readonly rating_status: FiledCdr['rating']['status'];
};

const pointerNames = [...pointedAt, 'rating_status'] as const satisfies readonly (keyof CdrPointer)[];

export const pointerTo = (cdr: FiledCdr): CdrPointer => ({
  id: cdr.id,
  start_time: cdr.start_time,
  shard: cdr.shard,
  call_id: cdr.call_id,
  leg: cdr.leg,
  caller_party: cdr.caller_party,
  callee_party: cdr.callee_party,
  trunk_id: cdr.trunk_id,
  user_id: cdr.user_id,
  batch_id: cdr.batch_id,
  direction: cdr.direction,
  disposition: cdr.disposition,
  duration: cdr.duration,
  rating_status: cdr.rating.status,
});

/**
 * CDRs and pointers are stored in few attributes, as texts, so that lists of thousands are quickly read and counted.
 */
type Stored = Readonly<Record<string, unknown>>;

const pointerText = (to: CdrPointer): string => JSON.stringify(pointerNames.map((name) => to[name]));

const parsed = (text: unknown): unknown => JSON.parse(String(text));

const storedPointer = (to: CdrPointer): Stored => ({ pointer: pointerText(to) });

function restoredPointer({ pointer }: Stored): CdrPointer {
  const values = parsed(pointer) as readonly unknown[];
  return Object.fromEntries(pointerNames.map((name, at) => [name, values[at]])) as CdrPointer;
}

/**
 * What makes a CDR another than the one that was read: its content, who brought it, how often it was rated, and how
 * often up the tree.
 */
const stateOf = ({ content_hash, received_as, rating: { revision, wholesale } }: FiledCdr): string =>
  JSON.stringify([content_hash, received_as, revision, wholesale?.revision ?? 0]);

const isPointedAt = (name: string): boolean => pointedAt.some((each) => each === name);

/** `pointer` is what lists by time read of it, `state` what a change of it rests on. */
const storedCdr = (cdr: FiledCdr): Stored => ({
  pointer: pointerText(pointerTo(cdr)),
  state: stateOf(cdr),
  rest: JSON.stringify(Object.fromEntries(Object.entries(cdr).filter(([name]) => !isPointedAt(name)))),
});

function restoredCdr({ pointer, rest }: Stored): FiledCdr {
  const { rating_status: _, ...said } = restoredPointer({ pointer });
  return { ...said, ...(parsed(rest) as Omit<FiledCdr, keyof typeof said>) };
}

/** Where what has no price lies: those whose own is missing, and those for which only the reseller has none. */
export const unrated = { own: ['unrated'], wholesale: ['unrated', 'wholesale'] } as const;

const missing = ({ status, wholesale }: FiledCdr['rating']): readonly string[] | undefined =>
  status === 'unrated' ? unrated.own : wholesale?.status === 'unrated' ? unrated.wholesale : undefined;

/** `cdr#1001#cdr_…`: its id is made of its identity, so it is there once. GSI1 by time, GSI2 what is unrated. */
export const cdrRow = row<'cdr', FiledCdr, Identity, Identity>('cdr', {
  partition: ({ id }) => [id],
  sort: () => 'cdr',
  index1: (item, organization) => ({
    partition: [String(organization), ...shardPart(item.shard)],
    sort: timeKey(item),
  }),
  index2: (item, organization) => {
    const where = missing(item.rating);
    return where === undefined
      ? undefined
      : { partition: [String(organization), ...shardPart(item.shard), ...where], sort: timeKey(item) };
  },
  stored: storedCdr,
  restored: restoredCdr,
});

/** Those of the ids that are there. */
export const filedCdrs = async (table: Pick<Table<'cdr'>, 'getAll'>, ids: readonly string[]): Promise<FiledCdr[]> =>
  (
    await table.getAll(
      cdrRow,
      ids.map((id) => ({ id })),
    )
  ).filter((cdr) => cdr !== undefined);

/** The indexes of `cdrRow` as lists read them: no more of a CDR than a pointer to it would say. */
export const cdrInTimeRow: Row<'cdr', CdrPointer, Identity, Identity> = {
  entity: cdrRow.entity,
  scope: cdrRow.scope,
  schema: cdrRow.schema,
  sort: cdrRow.sort,
  partition: ({ id }) => [id],
  restored: restoredPointer,
  fields: ['pointer'],
};

type ByParty = { readonly shard: number; readonly callee_party: string };

/** Where calls of a caller lie: those to itself apart, as who looks for either party finds them by the callee. */
export const callsOf = { others: 'caller', itself: 'self' } as const;

const calling = ({ caller_party, callee_party }: CdrPointer): string =>
  caller_party === callee_party ? callsOf.itself : callsOf.others;

/** A CDR by its callee; GSI1 by its caller, GSI2 by its trunk. */
export const cdrPartyRow = row<'cdrparty', CdrPointer, ByParty & InTime, ByParty>('cdrparty', {
  partition: ({ shard, callee_party }) => [...shardPart(shard), 'callee', callee_party],
  sort: timeKey,
  index1: (item, organization) => ({
    partition: [String(organization), ...shardPart(item.shard), calling(item), item.caller_party],
    sort: timeKey(item),
  }),
  index2: (item, organization) =>
    item.trunk_id === null
      ? undefined
      : { partition: [String(organization), ...shardPart(item.shard), 'trunk', item.trunk_id], sort: timeKey(item) },
  stored: storedPointer,
  restored: restoredPointer,
  fields: ['pointer'],
});

type ByCall = { readonly call_id: string };

/** A CDR by its call, leg by leg; GSI1 by its user, GSI2 by its batch. */
export const cdrCallRow = row<'cdrcall', CdrPointer, ByCall & { leg: string }, ByCall>('cdrcall', {
  partition: ({ call_id }) => [call_id],
  sort: ({ leg }) => leg,
  index1: (item, organization) =>
    item.user_id === null
      ? undefined
      : { partition: [String(organization), 'user', item.user_id], sort: timeKey(item) },
  index2: (item, organization) =>
    item.batch_id === null
      ? undefined
      : { partition: [String(organization), 'batch', item.batch_id], sort: timeKey(item) },
  stored: storedPointer,
  restored: restoredPointer,
  fields: ['pointer'],
});

type Batch = { readonly batch_id: string };
type InShard = { readonly shard?: number };

/** The first shard says nothing of it, as most things have no other. */
const inShard = (shard: number): InShard => (shard === 0 ? {} : { shard });

/** What became of a batch so far, in a shard of `cdrbatch#1001`. What was never counted is absent. */
const cdrBatchRow = row<'cdrbatch', Partial<BatchCounts> & Batch & InShard, Batch & InShard, InShard>('cdrbatch', {
  partition: ({ shard = 0 }) => shardPart(shard),
  sort: ({ batch_id }) => batch_id,
});

/** What became of a batch so far, in all. */
export async function readBatch(
  table: Pick<Table<'cdrbatch'>, 'getAll'>,
  batch_id: string,
): Promise<Partial<BatchCounts>> {
  const shards = await table.getAll(
    cdrBatchRow,
    Array.from({ length: maxShards }, (_, shard) => ({ batch_id, ...inShard(shard) })),
  );
  return totalOf(shards.filter((counts) => counts !== undefined));
}

/** The records of one message (or one POST) that were not taken: filed once, as the id is that of the message. */
export type Refusals = {
  /** `rej_<time>_<message>`: in the order of sending. */
  readonly id: string;
  /** Or `-`. */
  readonly batch_id: string;
  readonly source: string;
  readonly refusals: readonly Refusal[];
  /** Records that were there already. */
  readonly duplicates: number;
  /** Unix seconds. */
  readonly expires_at: number;
};

/** `cdrrejection#1001#<batch>`, kept 30 days. */
export const cdrRejectionRow = row<'cdrrejection', Refusals, Batch & Identity, Batch>('cdrrejection', {
  partition: ({ batch_id }) => [batch_id],
  sort: ({ id }) => id,
  expires: ({ expires_at }) => expires_at,
});

/** Adds to what is known of batches, each in its organization. */
export const counting = (batches: readonly Counted[]): Write<'cdrbatch'>[] =>
  batches.flatMap(({ organization, batch_id, counts }) =>
    within(organization, [
      sharded((shard) => {
        const key = { batch_id, ...inShard(shard) };
        return change(cdrBatchRow, key, { set: key, add: counts });
      }),
    ]),
  );

/** Files what was not taken of a message; fails when that was done before. */
export const filing = (refusals: Refusals): Write<'cdrrejection'> => create(cdrRejectionRow, refusals);

/** What an organization earned and paid for a number on a day (UTC, of the call), as one shard has it. */
export type NumberDay = Omit<NumberSums, 'revenue' | 'cost'> & {
  readonly revenue: StoredMoney;
  readonly cost: StoredMoney;
} & InShard;

type NumberKey = Pick<NumberDay, 'number' | 'day' | 'currency' | 'holder'> & InShard;

/** `numberday#1001#+14155550100` by day, and of each who uses the number; GSI1 all numbers by day. */
export const numberDayRow = row<'numberday', NumberDay, NumberKey, Pick<NumberKey, 'number'>>('numberday', {
  partition: ({ number }) => [number],
  sort: ({ day, currency, holder, shard = 0 }) => [day, currency, holder, ...shardPart(shard)].join('#'),
  index1: ({ day, number }, organization) => ({ partition: [String(organization)], sort: `${day}#${number}` }),
});

/** Adds to a number's day. As sums are only added to, the keys of the index are written along. */
const addingToNumber = (
  { number, day, holder, currency, ...sums }: NumberSums,
  organization: number,
  shard: number,
): Write<'numberday'> => {
  const key = { number, day, currency, holder, ...inShard(shard) };
  const listed = numberDayRow.index1?.({ ...key, ...sums }, organization);
  return change(numberDayRow, key, {
    set: {
      ...key,
      ...(listed === undefined
        ? {}
        : {
            [indexAttributes.GSI1.partition]: indexPartition(numberDayRow.entity, listed.partition),
            [indexAttributes.GSI1.sort]: listed.sort,
          }),
    },
    add: sums,
  });
};

type Moves = 'balance' | 'chargeday' | 'numberday';

/** Moves the sums of an organization, in the shard in which the transaction is tried. */
export const moving = ({ organization, periods, days, numbers }: Movement): Write<Moves>[] =>
  within<Moves>(organization, [
    ...periods.map(({ period, ...sums }) =>
      sharded((shard) => change(chargesRow, { period, shard }, { set: { period, shard }, add: sums })),
    ),
    ...days.map(({ day, ...sums }) =>
      sharded((shard) => change(ledgerDayRow, { day, shard }, { set: { day, shard }, add: sums })),
    ),
    ...numbers.map((sums) => sharded((shard) => addingToNumber(sums, organization, shard))),
  ]);

/** What ratings use of what periods include, under the versions that they rest on. */
export const using = (uses: readonly Use[]): Write<'usage'>[] =>
  uses.flatMap(({ organization, item, ...use }) => within(organization, [usingIncluded(use, item)]));

/**
 * A CDR in the place of the one that was read, under the condition that it still is that; its sums (`moving`) are moved
 * beside it.
 */
export function replacingCdr({ before, after, uses }: Exchange): Write<'cdr' | 'cdrparty' | 'cdrcall' | 'usage'>[] {
  const [present, pointer] = [pointerTo(before), pointerTo(after)];
  const moves = present.callee_party !== pointer.callee_party || timeKey(present) !== timeKey(pointer);
  return [
    overwrite(cdrRow, after, asRated(before)),
    ...(moves ? [remove(cdrPartyRow, present)] : []),
    overwrite(cdrPartyRow, pointer),
    overwrite(cdrCallRow, pointer),
    ...using(uses),
  ];
}

/** That a CDR is the one that was read, rated as it was, up the tree too. */
export const asRated = (cdr: FiledCdr) => ({
  expression: '#state = :state',
  names: { '#state': 'state' },
  values: { ':state': stateOf(cdr) },
});
