import { unknownHealth, type GatewayHealth } from '../../telephony/gateway-health.ts';
import {
  hourExpires,
  hourOf,
  packPoint,
  type HistoryPoint,
  type StoredPoint,
} from '../../telephony/gateway-history.ts';
import { row } from '../row.ts';
import { change, create, replace, type Write } from '../write.ts';

/** Whether a gateway is well, apart from the gateway so that its version stands still. */
export type GatewayHealthItem = GatewayHealth & {
  /** Of the gateway. */
  readonly id: string;
  readonly version: number;
};

/** `gateway-health#1001`, in the order of `gateway#1001`. */
export const gatewayHealthRow = row<'gateway-health', GatewayHealthItem, { id: string }>('gateway-health', {
  sort: ({ id }) => id,
});

/** The health of a gateway that is made, in its transaction: it is there as long as the gateway is. */
export const createGatewayHealth = (id: string): Write<'gateway-health'> =>
  create(gatewayHealthRow, { ...unknownHealth, id, version: 1 });

/**
 * Puts a gateway's health in place of what was read; stale when a report or another task was faster, or the gateway is
 * gone.
 */
export const replaceGatewayHealth = (read: GatewayHealthItem, health: GatewayHealth): Write<'gateway-health'> =>
  replace(gatewayHealthRow, { ...health, id: read.id, version: read.version + 1 }, read);

export type GatewayHourItem = {
  readonly gateway_id: string;
  readonly hour: string;
  readonly points: readonly StoredPoint[];
};
type HourKey = { gateway_id: string; hour: string };

/** `gatewayping#1001#gw_…` by hour: the pings and reports of an hour, for 24 hours. */
export const gatewayHourRow = row<'gatewayping', GatewayHourItem, HourKey, { gateway_id: string }>('gatewayping', {
  partition: ({ gateway_id: gateway }) => [gateway],
  sort: ({ hour }) => hour,
});

/** Adds points to the hours that they belong to, whoever else adds some. */
export const appendHistoryPoints = (gateway: string, points: readonly HistoryPoint[]): Write<'gatewayping'>[] =>
  [...Map.groupBy(points, ({ at }) => hourOf(at))].map(([hour, of]) =>
    change<'gatewayping', HourKey>(
      gatewayHourRow,
      { gateway_id: gateway, hour },
      {
        set: { gateway_id: gateway, hour, ttl: hourExpires(hour) },
        append: { points: of.map(packPoint) },
      },
    ),
  );
