import { decompressText } from '#dynamodb/compression.ts';
import { maxShards } from '#dynamodb/free-shards.ts';
import { row, type Row } from '#dynamodb/row.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, create, overwrite, remove, shardedWrite, inOrganization, type Write } from '#dynamodb/write.ts';
import { chargeWrites, includedSecondsWrite } from '../charging/row.ts';
import { callCountWrites } from '../rows/call-count.ts';
import { numberSumsWrites } from '../rows/number-sums.ts';
import { totalOf, type BatchAddition, type BatchCounts } from './batch-report.ts';
import type { RejectionReport } from './batch-report.ts';
import {
  pointerTo,
  restoreCdr,
  restorePointer,
  stateOf,
  storeCdr,
  storePointer,
  type CdrPointer,
} from './cdr-pointer.ts';
import type { FiledCdr } from './filed-cdr.ts';
import { packedCdr } from './packed-cdr.ts';
import type { SumChange } from './sum-change.ts';
import type { Replacement } from './rerating.ts';
import type { UsageChange } from './usage.ts';

/** The item of the rows by which lists find CDRs. */
export type { CdrPointer } from './cdr-pointer.ts';

/** The key part of a shard. Shard 0 has none, so that an organization with one shard needs no longer keys. */
export const shardPart = (shard: number): string[] => (shard === 0 ? [] : [String(shard)]);

type Identity = { readonly id: string };
type InTime = { readonly start_time: string } & Identity;

/** Sort key of CDRs and pointers, by call start: `2024-01-15T10:30:00Z#cdr_…`. */
export const timeKey = ({ start_time, id }: InTime): string => `${start_time}#${id}`;

/** Partitions of CDRs without a price: those that lack their own, and those for which only the reseller has none. */
export const unratedPartitions = { own: ['unrated'], wholesale: ['unrated', 'wholesale'] } as const;

function unratedPartitionOf({ status, wholesale }: FiledCdr['rating']): readonly string[] | undefined {
  if (status === 'unrated') return unratedPartitions.own;
  return wholesale?.status === 'unrated' ? unratedPartitions.wholesale : undefined;
}

/**
 * `cdr#1001#cdr_…`. The id is derived from the CDR's identity, so each CDR exists once. GSI1 by time, GSI2 unrated
 * ones. A transaction has the three items of about 30 CDRs: each with its pointers and its call.
 */
export const cdrRow = row<'cdr', FiledCdr, Identity, Identity>('cdr', {
  records: 'cdr',
  afterClosing: 'CDRs are kept',
  partition: ({ id }) => [id],
  sort: () => 'cdr',
  index1: (item, organization) => ({
    partition: [String(organization), ...shardPart(item.shard)],
    sort: timeKey(item),
  }),
  index2: (item, organization) => {
    const unrated = unratedPartitionOf(item.rating);
    return unrated === undefined
      ? undefined
      : { partition: [String(organization), ...shardPart(item.shard), ...unrated], sort: timeKey(item) };
  },
  schema: 2,
  // The release before does not read the packed form yet. It has 1 KB and takes 3 write units less of the 15.
  written: 1,
  upgrade: fromFormOne,
  stored: storeCdr,
  restored: (attributes) => restoreCdr(unpackCdr(attributes)),
});

/** An item of form 1: `unpackCdr` reads both, as it need not compress what is read. */
function fromFormOne(item: Record<string, unknown>): Record<string, unknown> {
  return item;
}

/** The attributes of form 1, of those of any form: in form 2 the text `rest` is compressed, as `packed`. */
function unpackCdr(attributes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { packed, ...others } = attributes;
  return packed instanceof Uint8Array ? { ...others, rest: decompressText(packed, packedCdr) } : attributes;
}

/** The stored CDRs of these ids. */
export const readCdrs = async (table: Pick<Table<'cdr'>, 'getAll'>, ids: readonly string[]): Promise<FiledCdr[]> =>
  (
    await table.getAll(
      cdrRow,
      ids.map((id) => ({ id })),
    )
  ).filter((cdr) => cdr !== undefined);

/** The indexes of `cdrRow` as lists read them: only the pointer of each CDR. */
export const cdrInTimeRow: Row<'cdr', CdrPointer, Identity, Identity> = {
  entity: cdrRow.entity,
  scope: cdrRow.scope,
  schema: cdrRow.schema,
  written: 1,
  upgrade: fromFormOne,
  sort: cdrRow.sort,
  partition: ({ id }) => [id],
  restored: restorePointer,
  fields: ['pointer'],
};

type ByParty = { readonly shard: number; readonly callee_party: string };

/**
 * Partitions of a caller's calls. Calls to one's own number have their own partition: an either-party search already
 * finds them by callee.
 */
export const callerPartitions = { others: 'caller', itself: 'self' } as const;

const callerPartitionOf = ({ caller_party, callee_party }: CdrPointer): string =>
  caller_party === callee_party ? callerPartitions.itself : callerPartitions.others;

/** Pointers by callee; GSI1 by caller, GSI2 by trunk. */
export const cdrPartyRow = row<'cdrparty', CdrPointer, ByParty & InTime, ByParty>('cdrparty', {
  afterClosing: 'CDRs are kept',
  partition: ({ shard, callee_party }) => [...shardPart(shard), 'callee', callee_party],
  sort: timeKey,
  index1: (item, organization) => ({
    partition: [String(organization), ...shardPart(item.shard), callerPartitionOf(item), item.caller_party],
    sort: timeKey(item),
  }),
  index2: (item, organization) =>
    item.trunk_id === null
      ? undefined
      : { partition: [String(organization), ...shardPart(item.shard), 'trunk', item.trunk_id], sort: timeKey(item) },
  stored: storePointer,
  restored: restorePointer,
  fields: ['pointer'],
});

type ByCall = { readonly call_id: string };

/** Pointers by call and leg; GSI1 by user, GSI2 by batch. */
export const cdrCallRow = row<'cdrcall', CdrPointer, ByCall & { leg: string }, ByCall>('cdrcall', {
  afterClosing: 'CDRs are kept',
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
  stored: storePointer,
  restored: restorePointer,
  fields: ['pointer'],
});

type Batch = { readonly batch_id: string };
type InShard = { readonly shard?: number };

/** The shard of an item. Shard 0 stores none, because most items are in it. */
const inShard = (shard: number): InShard => (shard === 0 ? {} : { shard });

/**
 * Counts of a batch, in a shard of `cdrbatch#1001`. A count that was never added to is absent.
 * @public
 */
export const cdrBatchRow = row<'cdrbatch', Partial<BatchCounts> & Batch & InShard, Batch & InShard, InShard>(
  'cdrbatch',
  {
    afterClosing: 'CDRs are kept',
    partition: ({ shard = 0 }) => shardPart(shard),
    sort: ({ batch_id }) => batch_id,
  },
);

/** Counts of a batch, over all shards. */
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

/** `cdrrejection#1001#<batch>`, kept 30 days. */
export const cdrRejectionRow = row<'cdrrejection', RejectionReport, Batch & Identity, Batch>('cdrrejection', {
  partition: ({ batch_id }) => [batch_id],
  sort: ({ id }) => id,
  expires: ({ expires_at }) => expires_at,
  // The rejected records are stored in the attribute `refusals`.
  stored: ({ rejected, ...report }) => ({ ...report, refusals: rejected }),
  restored: ({ refusals, ...report }) => ({ ...report, rejected: refusals }) as RejectionReport,
});

/** Adds to the counts of batches, each in its organization. */
export const batchCountWrites = (additions: readonly BatchAddition[]): Write<'cdrbatch'>[] =>
  additions.flatMap(({ organization, batch_id, counts }) =>
    inOrganization(organization, [
      shardedWrite((shard) => {
        const key = { batch_id, ...inShard(shard) };
        return change(cdrBatchRow, key, { set: key, add: counts });
      }),
    ]),
  );

/** Stores a report; its condition fails if the report is stored already. */
export const rejectionReportWrite = (report: RejectionReport): Write<'cdrrejection'> => create(cdrRejectionRow, report);

type Sums = 'balance' | 'chargeday' | 'numberday' | 'callcount';

/** Adds a change to the charges, the numbers and the counters of its organization, in the shard of the transaction. */
export const sumChangeWrites = ({ organization, numbers, counts, ...charge }: SumChange): Write<Sums>[] =>
  inOrganization<Sums>(organization, [
    ...chargeWrites(charge),
    ...numberSumsWrites(organization, numbers),
    ...callCountWrites(organization, counts),
  ]);

/** Changes the usage of periods, under the versions that ratings were computed from. */
export const usageWrites = (changes: readonly UsageChange[]): Write<'usage'>[] =>
  changes.flatMap(({ organization, item, ...change }) =>
    inOrganization(organization, [includedSecondsWrite(change, item)]),
  );

/**
 * Overwrites a CDR that has not changed since it was read, with its pointers: four writes. No sum changes; an erasure
 * (`anonymousCdr`) goes into a transaction that contains `whileHoldsStay`, as deletions do.
 */
export function overwriteCdrWrites(before: FiledCdr, after: FiledCdr): Write<'cdr' | 'cdrparty' | 'cdrcall'>[] {
  const [stored, pointer] = [pointerTo(before), pointerTo(after)];
  const moves = stored.callee_party !== pointer.callee_party || timeKey(stored) !== timeKey(pointer);
  return [
    overwrite(cdrRow, after, unchangedCondition(before)),
    ...(moves ? [remove(cdrPartyRow, stored)] : []),
    overwrite(cdrPartyRow, pointer),
    overwrite(cdrCallRow, pointer),
  ];
}

/** Replaces a CDR that has not changed since it was read. The same transaction changes the sums. */
export const replaceCdrWrites = ({
  before,
  after,
  usageChanges,
}: Replacement): Write<'cdr' | 'cdrparty' | 'cdrcall' | 'usage'>[] => [
  ...overwriteCdrWrites(before, after),
  ...usageWrites(usageChanges),
];

/**
 * Deletes a CDR with its pointers, which no hold keeps. Sums and ledger do not change. The transaction contains
 * `whileHoldsStay`.
 */
export const deleteCdrWrites = (cdr: FiledCdr): Write<'cdr' | 'cdrparty' | 'cdrcall'>[] => [
  remove(cdrRow, cdr),
  remove(cdrPartyRow, pointerTo(cdr)),
  remove(cdrCallRow, pointerTo(cdr)),
];

/** The condition that a CDR has not changed since it was read: its content, its rating and its wholesale rating. */
export const unchangedCondition = (cdr: FiledCdr) => ({
  expression: '#state = :state',
  names: { '#state': 'state' },
  values: { ':state': stateOf(cdr) },
});
