import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { Store } from '#dynamodb/client.ts';
import { maximumWrites, tryCommit } from '#dynamodb/commit.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { linesBetween, logRow, type LogItem } from '#dynamodb/rows/log.ts';
import { hasEntity } from '../rows/event-entity.ts';
import type { Table } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import type { EventEntity } from '#schema/event-entity.ts';
import type { logs } from './contract.ts';
import { matchesFilter, type LogFilter } from './log-line.ts';

type Period = { readonly from?: string | undefined; readonly to?: string | undefined };

export const logStore = (table: Table<ReadName<EffectOf<typeof logs>>>) => ({
  page: (entity: EventEntity, request: PageRequest, filter: LogFilter & Period) =>
    readPage(request, {
      read: (range) => table.query(logRow, { entity }, { ...range, between: linesBetween(filter) }),
      keep: (line) => matchesFilter(line, filter),
    }),

  /** Whether the organization has the entity. Of kinds that are not stored yet it has none. */
  knows: async (entity: EventEntity): Promise<boolean> => (await hasEntity(table, entity)) ?? false,
});

/** Stores the lines that are not stored yet, each once. @returns how many it stored */
export async function storeLines(store: Store, organization: number, lines: readonly LogItem[]): Promise<number> {
  const distinct = [...new Map(lines.map((line) => [logRow.sort(line), line])).values()];
  let stored = 0;
  for (let at = 0; at < distinct.length; at += maximumWrites)
    stored += await storeNew(store, organization, distinct.slice(at, at + maximumWrites));
  return stored;
}

/** Stores those of one transaction that are not stored yet. */
async function storeNew(store: Store, organization: number, lines: readonly LogItem[]): Promise<number> {
  const known = new Set(
    (
      await tryCommit(
        store,
        organization,
        lines.map((line) => create(logRow, line)),
      )
    ).map(({ at }) => at),
  );
  return known.size === 0
    ? lines.length
    : storeNew(
        store,
        organization,
        lines.filter((_, at) => !known.has(at)),
      );
}
