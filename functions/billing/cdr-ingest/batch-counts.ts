/**
 * Counts of what became of the records of a batch, added up as records settle (functions/billing/README.md, "Batches").
 */
import { batchOwnerOf, type Arrival, type RejectedRecord, type Sender } from './arrival.ts';
import type { FiledCdr } from './filed-cdr.ts';

/** Records of a batch: all that were received, and how many of them were settled in which way. */
export type BatchCounts = {
  readonly received: number;
  readonly rated: number;
  readonly free: number;
  readonly unrated: number;
  readonly void: number;
  /** Records that filled empty fields of a CDR. */
  readonly updated: number;
  readonly duplicate: number;
  /** Duplicates that are older than the filed CDR. */
  readonly superseded: number;
  readonly conflict: number;
  readonly rejected: number;
};

/** Counts to add to a batch of an organization. */
export type BatchAddition = {
  readonly organization: number;
  readonly batch_id: string;
  readonly counts: Partial<BatchCounts>;
};

/** A CDR to be filed, with the arrival that it was made of, or that filled its empty fields. */
export type Filing = { readonly arrival: Arrival; readonly filed: FiledCdr; readonly as?: 'updated' };

/** `POST /cdr/{id}` counts the records that it accepts as received, so they are not counted again. */
const receivedCount = (count: number, { accepted }: Sender): Partial<BatchCounts> =>
  accepted ? {} : { received: count };

const batchKey = ({ organization, batch_id }: Pick<BatchAddition, 'organization' | 'batch_id'>): string =>
  `${organization}#${batch_id}`;

/** What filed CDRs add to their batches, one addition for each batch. */
export function countsOfFiled(filings: readonly Filing[]): BatchAddition[] {
  const totals = new Map<
    string,
    { readonly batch: Omit<BatchAddition, 'counts'>; readonly counts: Record<string, number> }
  >();
  for (const { arrival, filed, as = filed.rating.status } of filings) {
    const { batch_id } = arrival.from;
    if (batch_id === null) continue;
    const batch = { organization: batchOwnerOf(arrival.from, filed.organization), batch_id };
    const total = totals.get(batchKey(batch)) ?? { batch, counts: {} };
    totals.set(batchKey(batch), total);
    for (const [name, count] of Object.entries({ ...receivedCount(1, arrival.from), [as]: 1 }))
      total.counts[name] = (total.counts[name] ?? 0) + count;
  }
  return [...totals.values()].map(({ batch, counts }) => ({ ...batch, counts }));
}

/** Records of a message that were not filed as CDRs. `superseded`: duplicates that are older than the filed CDR. */
export type Unfiled = {
  readonly rejected: readonly RejectedRecord[];
  readonly duplicates: number;
  readonly superseded?: number;
};

/** What records of one message that were not filed add to its batch in an organization. */
export function countsOfUnfiled(
  from: Sender,
  organization: number,
  { rejected, duplicates, superseded = 0 }: Unfiled,
): BatchAddition[] {
  if (from.batch_id === null) return [];
  const conflict = rejected.filter(({ code }) => code === 'CDR_CONFLICT').length;
  const counts = {
    ...receivedCount(rejected.length + duplicates, from),
    duplicate: duplicates,
    ...(superseded === 0 ? {} : { superseded }),
    conflict,
    rejected: rejected.length - conflict,
  };
  return [{ organization, batch_id: from.batch_id, counts }];
}

const countNames = [
  'received',
  'rated',
  'free',
  'unrated',
  'void',
  'updated',
  'duplicate',
  'superseded',
  'conflict',
  'rejected',
] as const satisfies (keyof BatchCounts)[];

/** The sum of several counts of one batch. A count that none of them has stays absent. */
export function totalOf(parts: readonly Partial<BatchCounts>[]): Partial<BatchCounts> {
  const present = countNames.filter((name) => parts.some((part) => part[name] !== undefined));
  return Object.fromEntries(present.map((name) => [name, parts.reduce((sum, part) => sum + (part[name] ?? 0), 0)]));
}

/** Adds up additions, so that each batch has one. */
export const sumByBatch = (additions: readonly BatchAddition[]): BatchAddition[] =>
  [...Map.groupBy(additions, batchKey).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, counts: totalOf([first, ...others].map(({ counts }) => counts)) }],
  );
