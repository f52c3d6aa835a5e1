import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPage, type PageRequest, type PageSource } from '#dynamodb/page.ts';
import type { Table } from '#dynamodb/table.ts';
import type { ArchiveEntry } from './archive.ts';
import type { dialplanHistory } from './contract.ts';
import { archiveRow } from './row.ts';

/** `start_date` and `end_date` are the first and the last millisecond of the range (ISO 8601 UTC). */
export type HistoryFilter = {
  readonly type?: ArchiveEntry['type'] | undefined;
  readonly entity_id?: string | undefined;
  readonly start_date?: string | undefined;
  readonly end_date?: string | undefined;
};

type Reads = Table<ReadName<EffectOf<typeof dialplanHistory>>>;

export const historyStore = (table: Reads) => ({
  page: (request: PageRequest, filter: HistoryFilter) => readPage(request, sourceOf(table, filter)),
});

/** Newest first. Entries of one entity have the version as key, so type and time are filters there. */
function sourceOf(
  table: Reads,
  { type, entity_id: entity, start_date: start = '0', end_date: end = '9' }: HistoryFilter,
): PageSource<ArchiveEntry> {
  if (entity !== undefined) {
    return {
      read: (range) => table.query(archiveRow, { entity_id: entity }, range),
      keep: (entry) =>
        (type === undefined || entry.type === type) && entry.archived_at >= start && entry.archived_at <= end,
    };
  }
  // Keys are `<time>#<id>`; the last character sorts after every id of the instant.
  const between = [start, `${end}#\uffff`] as const;
  const organization = String(table.organization);
  return {
    read: (range) =>
      type === undefined
        ? table.queryIndex(archiveRow, 'GSI1', [organization], { ...range, between })
        : table.queryIndex(archiveRow, 'GSI2', [organization, type], { ...range, between }),
  };
}
