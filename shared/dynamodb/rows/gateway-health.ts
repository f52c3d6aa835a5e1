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

/** The health of a gateway. An item of its own, so that a ping does not change the version of the gateway. */
export type GatewayHealthItem = GatewayHealth & {
  /** Id of the gateway. */
  readonly id: string;
  readonly version: number;
};

/** `gateway-health#1001`, in the order of `gateway#1001`. Its own item, so that the version of the gateway stays. */
export const gatewayHealthRow = row<'gateway-health', GatewayHealthItem, { id: string }>('gateway-health', {
  sort: ({ id }) => id,
});

/** Creates the health of a new gateway, in the gateway's transaction. It exists as long as the gateway. */
export const createGatewayHealth = (id: string): Write<'gateway-health'> =>
  create(gatewayHealthRow, { ...unknownHealth, id, version: 1 });

/** Replaces a gateway's health. Stale when a report or another task was faster, or the gateway was deleted. */
export const replaceGatewayHealth = (read: GatewayHealthItem, health: GatewayHealth): Write<'gateway-health'> =>
  replace(gatewayHealthRow, { ...health, id: read.id, version: read.version + 1 }, read);

export type GatewayHourItem = {
  readonly gateway_id: string;
  readonly hour: string;
  readonly points: readonly StoredPoint[];
};
type HourKey = { gateway_id: string; hour: string };

/** `gatewayping#1001#gw_…` by hour: the pings and reports of an hour, stored for 24 hours. */
export const gatewayHourRow = row<'gatewayping', GatewayHourItem, HourKey, { gateway_id: string }>('gatewayping', {
  afterClosing: 'expires a day after its hour',
  partition: ({ gateway_id: gateway }) => [gateway],
  sort: ({ hour }) => hour,
});

/** Appends points to their hours. Concurrent writers do not overwrite each other. */
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
