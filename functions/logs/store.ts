import type { ReadName } from '../../shared/contract/effects.ts';
import type { EffectOf } from '../../shared/contract/resource.ts';
import type { Store } from '../../shared/dynamodb/client.ts';
import { maximumWrites, tryCommit } from '../../shared/dynamodb/commit.ts';
import { readPage, type PageRequest } from '../../shared/dynamodb/page.ts';
import { deviceRow } from '../../shared/dynamodb/rows/device.ts';
import { gatewayRow } from '../../shared/dynamodb/rows/gateway.ts';
import { linesBetween, logRow, type LogItem } from '../../shared/dynamodb/rows/log.ts';
import { numberIdRow, numberRow } from '../../shared/dynamodb/rows/number.ts';
import { trunkRow } from '../../shared/dynamodb/rows/trunk.ts';
import { userRow } from '../../shared/dynamodb/rows/user.ts';
import type { Table } from '../../shared/dynamodb/table.ts';
import { create } from '../../shared/dynamodb/write.ts';
import type { EventEntity } from '../../shared/schema/event-entity.ts';
import type { logs } from './contract.ts';
import { isWanted, type LogFilter } from './log-line.ts';

type Period = { readonly from?: string | undefined; readonly to?: string | undefined };

export const logStore = (table: Table<ReadName<EffectOf<typeof logs>>>) => ({
  page: (entity: EventEntity, request: PageRequest, filter: LogFilter & Period) =>
    readPage(request, { read: (range) => table.query(logRow, { entity }, { ...range, between: linesBetween(filter) }), keep: (line) => isWanted(line, filter) }),

  /** Whether the organization has such a thing. Of kinds that are not kept yet there is none. */
  knows: async ({ type, id }: EventEntity): Promise<boolean> => {
    switch (type) {
      case 'org': return true;
      case 'trunk': return (await table.get(trunkRow, { id })) !== undefined;
      case 'gateway': return (await table.get(gatewayRow, { id })) !== undefined;
      case 'user': return (await table.get(userRow, { id })) !== undefined;
      case 'device': return (await table.get(deviceRow, { id })) !== undefined;
      case 'number': return hasNumber(table, id);
      default: return false;
    }
  },
});

/** Files lines, but those that are there, or come twice. @returns how many it filed */
export async function fileLines(store: Store, organization: number, lines: readonly LogItem[]): Promise<number> {
  const distinct = [...new Map(lines.map((line) => [logRow.sort(line), line])).values()];
  let filed = 0;
  for (let at = 0; at < distinct.length; at += maximumWrites) filed += await fileNew(store, organization, distinct.slice(at, at + maximumWrites));
  return filed;
}

/** Those of a transaction that are not there yet. */
async function fileNew(store: Store, organization: number, lines: readonly LogItem[]): Promise<number> {
  const known = new Set((await tryCommit(store, organization, lines.map((line) => create(logRow, line)))).map(({ at }) => at));
  return known.size === 0 ? lines.length : fileNew(store, organization, lines.filter((_, at) => !known.has(at)));
}

async function hasNumber(table: Table<ReadName<EffectOf<typeof logs>>>, id: string): Promise<boolean> {
  const behind = await table.get(numberIdRow, { id });
  return behind !== undefined && (await table.get(numberRow, { number: behind.number }))?.org_id === table.organization;
}
