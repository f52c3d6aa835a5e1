import type { EffectOf } from '#contract/resource.ts';
import type { ReadName } from '#contract/effects.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import {
  gatewayHealthRow,
  gatewayHourRow,
  replaceGatewayHealth,
  appendHistoryPoints,
  type GatewayHealthItem,
} from '#dynamodb/rows/gateway-health.ts';
import { gatewayRow, readGatewaysNamed, type GatewayItem } from '#dynamodb/rows/gateway.ts';
import { trunkRow, type TrunkItem } from '#dynamodb/rows/trunk.ts';
import type { Range, Slice, Table } from '#dynamodb/table.ts';
import type { GatewayHealth } from '#telephony/gateway-health.ts';
import { hourOf, hoursBetween, maxPointsOfAnHour, pointsSince, type HistoryPoint } from '#telephony/gateway-history.ts';
import type { sipGatewayPings } from './contract.ts';

/** A gateway with its health and the trunk that it uses, if that exists. */
export type PingedGateway = {
  readonly gateway: GatewayItem;
  readonly health: GatewayHealthItem | undefined;
  readonly trunk: TrunkItem | undefined;
};

type Reads = Table<ReadName<EffectOf<typeof sipGatewayPings>>>;

const isId = (id: string | null): id is string => id !== null;

async function readSlice(table: Reads, range: Range): Promise<Slice<PingedGateway>> {
  const slice = await table.query(gatewayRow, {}, range);
  const trunkIds = slice.items.map((gateway) => gateway.trunk_id).filter(isId);
  const [health, trunks] = await Promise.all([
    table.getAll(gatewayHealthRow, slice.items),
    table.getAll(
      trunkRow,
      trunkIds.map((id) => ({ id })),
    ),
  ]);
  return {
    ...slice,
    items: slice.items.map((gateway, at) => ({
      gateway,
      health: health[at],
      trunk: trunks.find((trunk) => trunk?.id === gateway.trunk_id),
    })),
  };
}

export const pingStore = (table: Reads) => ({
  /** A gateway by its id or name. */
  find: async (reference: string): Promise<Omit<PingedGateway, 'trunk'> | undefined> => {
    const named = await readGatewaysNamed(table, [reference]);
    const gateway = named.find(({ id }) => id === reference) ?? named[0];
    return gateway === undefined ? undefined : { gateway, health: await table.get(gatewayHealthRow, gateway) };
  },
  trunkOf: async ({ trunk_id: id }: GatewayItem) => (id === null ? undefined : table.get(trunkRow, { id })),
  page: (request: PageRequest) => readPage(request, { read: (range) => readSlice(table, range) }),
  /** The points of a gateway between two times (Unix milliseconds), newest first. */
  history: async (gateway: string, since: number, now: number): Promise<HistoryPoint[]> =>
    pointsSince(
      await readToEnd((after) =>
        table.query(gatewayHourRow, { gateway_id: gateway }, { between: hoursBetween(since, now), ...after }),
      ),
      since,
    ),
  /** Whether the hour of a time has room for another point. */
  hasRoom: async (gateway: string, at: number): Promise<boolean> =>
    ((await table.get(gatewayHourRow, { gateway_id: gateway, hour: hourOf(at) }))?.points.length ?? 0) <
    maxPointsOfAnHour,
});

/** The health after a report, and its point in the history. @param point undefined if its hour is full */
export const reportWrites = (read: GatewayHealthItem, health: GatewayHealth, point: HistoryPoint | undefined) => [
  ...(health === read ? [] : [replaceGatewayHealth(read, health)]),
  ...(point === undefined ? [] : appendHistoryPoints(read.id, [point])),
];
