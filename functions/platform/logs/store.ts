import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import type { Store } from '../../../shared/dynamodb/client.ts';
import { maximumWrites, tryCommit } from '../../../shared/dynamodb/commit.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import { linesBetween, logRow, type LogItem } from '../../../shared/dynamodb/rows/log.ts';
import { hasEntity } from '../../../shared/dynamodb/rows/thing.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { create } from '../../../shared/dynamodb/write.ts';
import type { EventEntity } from '../../../shared/schema/event-entity.ts';
import type { logs } from './contract.ts';
import { isWanted, type LogFilter } from './log-line.ts';

type Period = { readonly from?: string | undefined; readonly to?: string | undefined };

export const logStore = (table: Table<ReadName<EffectOf<typeof logs>>>) => ({
  page: (entity: EventEntity, request: PageRequest, filter: LogFilter & Period) =>
    readPage(request, {
      read: (range) => table.query(logRow, { entity }, { ...range, between: linesBetween(filter) }),
      keep: (line) => isWanted(line, filter),
    }),

  /** Whether the organization has such a thing. Of kinds that are not kept yet there is none. */
  knows: async (entity: EventEntity): Promise<boolean> => (await hasEntity(table, entity)) ?? false,
});

/** Files lines, but those that are there, or come twice. @returns how many it filed */
export async function fileLines(store: Store, organization: number, lines: readonly LogItem[]): Promise<number> {
  const distinct = [...new Map(lines.map((line) => [logRow.sort(line), line])).values()];
  let filed = 0;
  for (let at = 0; at < distinct.length; at += maximumWrites)
    filed += await fileNew(store, organization, distinct.slice(at, at + maximumWrites));
  return filed;
}

/** Those of a transaction that are not there yet. */
async function fileNew(store: Store, organization: number, lines: readonly LogItem[]): Promise<number> {
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
    : fileNew(
        store,
        organization,
        lines.filter((_, at) => !known.has(at)),
      );
}
