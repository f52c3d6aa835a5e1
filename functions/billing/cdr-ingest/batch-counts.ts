/** What became of the records of a batch, counted as it becomes. */
import { homeOf, type Arrival, type Refusal, type Sender } from './arrival.ts';
import type { FiledCdr } from './filed-cdr.ts';

export type BatchCounts = {
  readonly received: number;
  readonly rated: number;
  readonly free: number;
  readonly unrated: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly rejected: number;
};

/** To be added to a batch of an organization. */
export type Counted = {
  readonly organization: number;
  readonly batch_id: string;
  readonly counts: Partial<BatchCounts>;
};

/** Records that were accepted over HTTP were counted as received there. */
const received = (count: number, { accepted }: Sender): Partial<BatchCounts> => (accepted ? {} : { received: count });

/** What filed CDRs add to their batches. */
export function countsOfFiled(filed: readonly { readonly arrival: Arrival; readonly filed: FiledCdr }[]): Counted[] {
  const totals = new Map<
    string,
    { readonly counted: Omit<Counted, 'counts'>; readonly counts: Record<string, number> }
  >();
  for (const { arrival, filed: cdr } of filed) {
    const { batch_id } = arrival.from;
    if (batch_id === null) continue;
    const counted = { organization: homeOf(arrival.from, cdr.organization), batch_id };
    const key = `${counted.organization}#${batch_id}`;
    const total = totals.get(key) ?? { counted, counts: {} };
    totals.set(key, total);
    for (const [name, count] of Object.entries({ ...received(1, arrival.from), [cdr.rating.status]: 1 }))
      total.counts[name] = (total.counts[name] ?? 0) + count;
  }
  return [...totals.values()].map(({ counted, counts }) => ({ ...counted, counts }));
}

/** What records of one message that were not filed add to its batch, in an organization. */
export function countsOfRest(
  from: Sender,
  organization: number,
  { refusals, duplicates }: { readonly refusals: readonly Refusal[]; readonly duplicates: number },
): Counted[] {
  if (from.batch_id === null) return [];
  const conflict = refusals.filter(({ code }) => code === 'CDR_CONFLICT').length;
  const counts = {
    ...received(refusals.length + duplicates, from),
    duplicate: duplicates,
    conflict,
    rejected: refusals.length - conflict,
  };
  return [{ organization, batch_id: from.batch_id, counts }];
}

const countNames = [
  'received',
  'rated',
  'free',
  'unrated',
  'duplicate',
  'conflict',
  'rejected',
] as const satisfies (keyof BatchCounts)[];

/** Counts of several parts of a batch together. */
export function totalOf(parts: readonly Partial<BatchCounts>[]): Partial<BatchCounts> {
  const known = countNames.filter((name) => parts.some((part) => part[name] !== undefined));
  return Object.fromEntries(known.map((name) => [name, parts.reduce((sum, part) => sum + (part[name] ?? 0), 0)]));
}

/** One addition for each batch. */
export const summed = (all: readonly Counted[]): Counted[] =>
  [...Map.groupBy(all, ({ organization, batch_id }) => `${organization}#${batch_id}`).values()].flatMap(
    ([first, ...others]) =>
      first === undefined ? [] : [{ ...first, counts: totalOf([first, ...others].map(({ counts }) => counts)) }],
  );
