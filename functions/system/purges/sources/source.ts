import type { ReadName, WriteName } from '#contract/effects.ts';
import type { readsRecords, removesRecords } from '#contract/record-effects.ts';
import { firstIdAt, lastIdAt } from '#dynamodb/ulid.ts';
import type { Table } from '#dynamodb/table.ts';
import type { Write } from '#dynamodb/write.ts';
import type { Recorder } from '#runtime/event-record.ts';
import type { ErasedPerson } from '#schema/erased-person.ts';
import type { RecordFacts } from '#schema/record-class.ts';

/** Where the records of a class are: how they are read by age, and what deletes them. */

export type RecordReads = Table<ReadName<(typeof readsRecords)[number]>>;

/** Audio of a record. */
export type AudioFile = {
  readonly bucket: 'files' | 'voicemail';
  readonly key: string;
  readonly extension: 'wav' | 'mp3' | 'ogg';
};

const extensions: Readonly<Record<string, AudioFile['extension']>> = { 'audio/mpeg': 'mp3', 'audio/ogg': 'ogg' };
/** The extension of a content type. */
export const extensionOf = (type: string): AudioFile['extension'] => extensions[type] ?? 'wav';

/** A record, as a purge sees it. */
export type KeptRecord = {
  readonly id: string;
  readonly facts: RecordFacts;
  /** As it is archived. */
  readonly record: object;
  /** Bytes of its audio. */
  readonly fileBytes: number;
  /** Where its audio is; absent: it has none. */
  readonly file?: AudioFile;
  /** Whether nothing works with it any more: an unfinished one is never deleted. */
  readonly isFinished: boolean;
};

/** What deletions write. */
export type RecordWrites = Exclude<WriteName<(typeof removesRecords)[number]>, `check:${string}`>;

/** How records are deleted: when, and what records the events of those that their users see. */
export type Deleting = {
  readonly now: Date;
  readonly record: Recorder;
  /** Why, at the end of a description: ` by retention`. */
  readonly why: string;
  /** Whether the versions of audio go at once, as well; else they stay for as long as old versions do. */
  readonly forever: boolean;
};

/** Some records that are deleted in one transaction at most, beside the check of holds and the progress. */
export type RecordPage = {
  readonly records: readonly KeptRecord[];
  /** Where the next page begins; null after the last one. */
  readonly cursor: string | null;
  /** @param positions of the records that go */
  readonly deletions: (positions: readonly number[], how: Deleting) => readonly Write<RecordWrites>[];
  /** Erases a person from records: deletes them, or makes them anonymous. @param positions of the records */
  readonly erasures: (
    positions: readonly number[],
    person: ErasedPerson,
    how: Deleting,
  ) => readonly Write<RecordWrites>[];
};

export type PageRange = {
  /** ISO 8601 UTC: only records since then; null: all. */
  readonly from: string | null;
  /** ISO 8601 UTC: only records of before. */
  readonly before: string;
  /** The cursor of the page before; null at the beginning. */
  readonly after: string | null;
};

export type RecordSource = {
  /** Whether its items are records of the class. Others belong to records, and go when these go. */
  readonly counts: boolean;
  /** Whether only a beginning may go: the first record that stays keeps all later ones. */
  readonly isChain: boolean;
  /** Whether a person is erased from its records, which stay; else they are deleted. */
  readonly anonymizes: boolean;
  /** Oldest first. @param table of the organization */
  readonly page: (table: RecordReads, range: PageRange) => Promise<RecordPage>;
  /** The records of archived lines: their canonical JSON. */
  readonly read: (table: RecordReads, lines: readonly string[]) => Promise<readonly KeptRecord[]>;
  /** The record of an archived line without a person. */
  readonly withoutPerson: (line: string, person: ErasedPerson) => unknown;
  /** Those of the records that still exist. @param ids up to `atOnce` */
  readonly find: (table: RecordReads, ids: readonly string[]) => Promise<RecordPage>;
  /** Records of a page at most. */
  readonly atOnce: number;
};

type Slice<Item> = { readonly items: readonly Item[]; readonly cursor: string | null };

/** How the items of a source are read and deleted. */
type Definition<Item> = {
  readonly counts?: boolean;
  readonly isChain?: boolean;
  readonly atOnce: number;
  readonly slice: (table: RecordReads, range: PageRange & { readonly limit: number }) => Promise<Slice<Item>>;
  readonly byIds: (table: RecordReads, ids: readonly string[]) => Promise<readonly (Item | undefined)[]>;
  readonly describe: (items: readonly Item[], table: RecordReads) => Promise<KeptRecord[]>;
  readonly deletions: (
    items: readonly Item[],
    how: Deleting & { readonly organization: number },
  ) => readonly Write<RecordWrites>[];
  /** Present if records outlive the erasure of a person. */
  readonly anonymous?: {
    readonly of: (item: Item, person: ErasedPerson) => Item;
    /** Of the items of a page, each as it was and as it is. */
    readonly writes: (changed: readonly (readonly [before: Item, after: Item])[]) => readonly Write<RecordWrites>[];
  };
};

export function recordSource<Item>({
  counts = true,
  isChain = false,
  atOnce,
  slice,
  byIds,
  describe,
  deletions,
  anonymous,
}: Definition<Item>): RecordSource {
  const pageOf = async (table: RecordReads, { items, cursor }: Slice<Item>): Promise<RecordPage> => {
    const at = (positions: readonly number[]): Item[] => positions.flatMap((position) => items[position] ?? []);
    const deletionsAt: RecordPage['deletions'] = (positions, how) =>
      deletions(at(positions), { ...how, organization: table.organization });
    return {
      records: await describe(items, table),
      cursor,
      deletions: deletionsAt,
      erasures: (positions, person, how) =>
        anonymous === undefined
          ? deletionsAt(positions, how)
          : anonymous.writes(at(positions).map((item) => [item, anonymous.of(item, person)])),
    };
  };
  return {
    counts,
    isChain,
    atOnce,
    anonymizes: anonymous !== undefined,
    page: async (table, range) => pageOf(table, await slice(table, { ...range, limit: atOnce })),
    // The assertions are safe: this source made the lines.
    withoutPerson: (line, person) => {
      const item = JSON.parse(line) as Item;
      return anonymous === undefined ? item : anonymous.of(item, person);
    },
    read: (table, lines) =>
      describe(
        lines.map((line) => JSON.parse(line) as Item),
        table,
      ),
    find: async (table, ids) => {
      const found = await byIds(table, ids);
      return pageOf(table, { items: found.filter((item) => item !== undefined), cursor: null });
    },
  };
}

/** Ids between which all those lie that were made in a range. */
export const idsIn = (prefix: string, { from, before }: Pick<PageRange, 'from' | 'before'>) =>
  [firstIdAt(prefix, from === null ? 0 : Date.parse(from)), lastIdAt(prefix, Date.parse(before))] as const;

/** The range of a query for a page. */
export const oldest = ({ after, limit }: { readonly after: string | null; readonly limit: number }) =>
  ({ order: 'asc', limit, ...(after === null ? {} : { after }) }) as const;
