import type { EffectOf } from '../../../shared/contract/resource.ts';
import type { ReadName } from '../../../shared/contract/effects.ts';
import { all } from '../../../shared/dynamodb/all.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import {
  gatewayHealthRow,
  gatewayHourRow,
  healthChanged,
  pointsAdded,
  type GatewayHealthItem,
} from '../../../shared/dynamodb/rows/gateway-health.ts';
import { gatewayRow, gatewaysNamed, type GatewayItem } from '../../../shared/dynamodb/rows/gateway.ts';
import { trunkRow, type TrunkItem } from '../../../shared/dynamodb/rows/trunk.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import type { GatewayHealth } from '../../../shared/telephony/gateway-health.ts';
import {
  hourOf,
  hoursBetween,
  maxPointsOfAnHour,
  pointsSince,
  type HistoryPoint,
} from '../../../shared/telephony/gateway-history.ts';
import type { sipGatewayPings } from './contract.ts';

export type Watched = {
  readonly gateway: GatewayItem;
  readonly health: GatewayHealthItem | undefined;
  readonly trunk: TrunkItem | undefined;
};

type Reads = Table<ReadName<EffectOf<typeof sipGatewayPings>>>;

const hasId = (id: string | null): id is string => id !== null;

export const pingStore = (table: Reads) => ({
  /** A gateway by its id or name. */
  find: async (
    reference: string,
  ): Promise<{ readonly gateway: GatewayItem; readonly health: GatewayHealthItem | undefined } | undefined> => {
    const found = await gatewaysNamed(table, [reference]);
    const gateway = found.find(({ id }) => id === reference) ?? found[0];
    return gateway === undefined ? undefined : { gateway, health: await table.get(gatewayHealthRow, gateway) };
  },
  trunkOf: async ({ trunk_id: id }: GatewayItem) => (id === null ? undefined : table.get(trunkRow, { id })),
  page: (request: PageRequest, keep: () => boolean) =>
    readPage(request, {
      keep,
      read: async (range) => {
        const slice = await table.query(gatewayRow, {}, range);
        const [health, trunks] = await Promise.all([
          table.getAll(gatewayHealthRow, slice.items),
          table.getAll(
            trunkRow,
            slice.items
              .map(({ trunk_id: id }) => id)
              .filter(hasId)
              .map((id) => ({ id })),
          ),
        ]);
        return {
          ...slice,
          items: slice.items.map((gateway, at): Watched => ({
            gateway,
            health: health[at],
            trunk: trunks.find((trunk) => trunk?.id === gateway.trunk_id),
          })),
        };
      },
    }),
  /** What was said of a gateway since a time (Unix milliseconds), newest first. */
  history: async (gateway: string, since: number, now: number): Promise<HistoryPoint[]> =>
    pointsSince(
      await all((after) =>
        table.query(gatewayHourRow, { gateway_id: gateway }, { between: hoursBetween(since, now), ...after }),
      ),
      since,
    ),
  /** Whether an hour has room for another point. */
  hasRoom: async (gateway: string, at: number): Promise<boolean> =>
    ((await table.get(gatewayHourRow, { gateway_id: gateway, hour: hourOf(at) }))?.points.length ?? 0) <
    maxPointsOfAnHour,
});

/** What a report changes. `point`: undefined where its hour is full. */
export const reporting = (read: GatewayHealthItem, health: GatewayHealth, point: HistoryPoint | undefined) => [
  ...(health === read ? [] : [healthChanged(read, health)]),
  ...(point === undefined ? [] : pointsAdded(read.id, [point])),
];
