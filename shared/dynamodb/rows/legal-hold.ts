import { classesOf, isHeld, type Holding, type RecordClass, type RecordFacts } from '../../schema/record-class.ts';
import type { LegalHold } from '../../schema/legal-hold.ts';
import { row } from '../row.ts';
import type { Table } from '../table.ts';
import { change, checkReadCondition, create, overwrite, remove, type Write } from '../write.ts';

/** Legal holds, and the records that only a hold keeps (functions/system/retention/README.md, "Legal holds"). */

/** `hold#1001`: holds, released ones too. */
export const legalHoldRow = row<'hold', LegalHold, { readonly id: string }>('hold', {
  afterClosing: 'a hold outlives its organization, until someone releases it',
  sort: ({ id }) => id,
});

type HoldHead = {
  readonly class: RecordClass;
  /** Changes with each hold that is placed, changed or released. */
  readonly epoch: number;
  /** Ids of the active holds on the class. */
  readonly active: readonly string[];
};

/** `holdhead#1001` by class: which holds are active. Deletions depend on it, so that none passes a new hold. @public */
export const holdHeadRow = row<'holdhead', HoldHead, { readonly class: RecordClass }>('holdhead', {
  afterClosing: 'a hold outlives its organization, until someone releases it',
  sort: (key) => key.class,
});

type HoldReads = Pick<Table<'hold' | 'holdhead'>, 'get' | 'getAll'>;

/** The holds on a class of records, as they were read. */
export type Holds = {
  readonly of: RecordClass;
  readonly epoch: number | undefined;
  readonly active: readonly LegalHold[];
};

/** Reads the holds on a class: one item if there are none. */
export async function holdsOn(table: HoldReads, of: RecordClass): Promise<Holds> {
  const head = await table.get(holdHeadRow, { class: of });
  const ids = head?.active ?? [];
  const read =
    ids.length === 0
      ? []
      : await table.getAll(
          legalHoldRow,
          ids.map((id) => ({ id })),
        );
  const active = read.filter((hold) => hold !== undefined).filter(({ status }) => status === 'active');
  return { of, epoch: head?.epoch, active };
}

/** Whether a hold keeps a record of the class that was read. */
export const keeps = ({ of, active }: Holds, facts: RecordFacts): boolean => isHeld(of, facts, active);

/**
 * What every transaction that deletes records of a class contains: the holds are still those that were read. Stale if
 * one was placed since. `commit` rejects deletions without it.
 */
export const whileHoldsStay = ({ of, epoch }: Holds): Write<'check:holdhead'> => ({
  ...checkReadCondition(
    holdHeadRow,
    { class: of },
    epoch === undefined
      ? { expression: 'attribute_not_exists(PK)' }
      : { expression: '#epoch = :epoch', names: { '#epoch': 'epoch' }, values: { ':epoch': epoch } },
  ),
  asksHoldsOn: of,
});

/**
 * Lists a hold with the classes that it concerns. The transactions of deletions that were decided before fail.
 * @param before undefined: it is placed; @param after undefined: it is released
 */
export function headWrites(
  id: string,
  before: Holding | undefined,
  after: Holding | undefined,
  heads: ReadonlyMap<RecordClass, HoldHead>,
): Write<'holdhead'>[] {
  const now = new Set(after === undefined ? [] : classesOf(after));
  const former = before === undefined ? [] : classesOf(before);
  return [...new Set([...former, ...now])].map((of) => {
    const head = heads.get(of);
    const others = (head?.active ?? []).filter((each) => each !== id);
    const next = { class: of, epoch: (head?.epoch ?? 0) + 1, active: now.has(of) ? [...others, id] : others };
    return head === undefined
      ? create(holdHeadRow, next)
      : change(
          holdHeadRow,
          { class: of },
          {
            set: { epoch: next.epoch, active: next.active },
            onlyIf: { expression: '#epoch = :read', names: { '#epoch': 'epoch' }, values: { ':read': head.epoch } },
          },
        );
  });
}

/** The heads of all classes. */
export async function holdHeads(table: Pick<Table<'holdhead'>, 'query'>): Promise<ReadonlyMap<RecordClass, HoldHead>> {
  const { items } = await table.query(holdHeadRow, {});
  return new Map(items.map((head) => [head.class, head]));
}

/** A record that its user has deleted, and that a hold keeps. */
export type HeldRecord = {
  readonly class: RecordClass;
  readonly id: string;
  readonly facts: RecordFacts;
  /** The item as it was stored. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly hidden_at: string;
};

type HeldKey = Pick<HeldRecord, 'class' | 'id'>;

/** `held#1001#voicemail` by id: what was deleted while it was held. Only what ends it reads it. */
export const heldRecordRow = row<'held', HeldRecord, HeldKey, Pick<HeldKey, 'class'>>('held', {
  partition: (key) => [key.class],
  sort: ({ id }) => id,
});

/** Keeps a record that is deleted for its user. */
export const hideRecord = (
  of: RecordClass,
  hidden: Omit<HeldRecord, 'class' | 'hidden_at'>,
  now: Date,
): Write<'held'> => overwrite(heldRecordRow, { ...hidden, class: of, hidden_at: now.toISOString() });

/**
 * Hidden records of a class that no hold keeps any more, up to a limit.
 * @returns nothing if there are none; else the writes that go first in their transaction
 */
export async function releasedRecords(
  table: HoldReads & Pick<Table<'held'>, 'query'>,
  of: RecordClass,
  limit: number,
): Promise<{ readonly records: readonly HeldRecord[]; readonly writes: Write<'held' | 'check:holdhead'>[] }> {
  const holds = await holdsOn(table, of);
  const records: HeldRecord[] = [];
  let after: string | undefined;
  do {
    const slice = await table.query(heldRecordRow, { class: of }, { limit, ...(after === undefined ? {} : { after }) });
    records.push(...slice.items.filter(({ facts }) => !keeps(holds, facts)));
    after = slice.cursor;
  } while (after !== undefined && records.length < limit);
  const released = records.slice(0, limit);
  if (released.length === 0) return { records: [], writes: [] };
  return { records: released, writes: [whileHoldsStay(holds), ...released.map((each) => remove(heldRecordRow, each))] };
}
