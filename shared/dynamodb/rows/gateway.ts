import { isPinged, type Gateway } from '../../telephony/gateway.ts';
import { row } from '../row.ts';
import { shardOf } from '../shard.ts';
import type { Table } from '../table.ts';

export type GatewayItem = Gateway;

/** Number of partitions of the pinged gateways of all organizations. Sidecar tasks lease them. */
export const pingShards = 16;

/** The GSI1 partition of a shard of the pinged gateways, after the entity. */
export const pingedGateways = (shard: number): readonly string[] => ['ping', String(shard)];

/** The GSI2 partition of all pinged gateways, by their last change. */
export const changedGateways: readonly string[] = ['changes'];

/** `gateway#1001`, newest first by id. The pinged gateways: GSI1 by shard, GSI2 by their last change. */
export const gatewayRow = row<'gateway', GatewayItem, { id: string }>('gateway', {
  sort: ({ id }) => id,
  index1: (gateway) =>
    isPinged(gateway) ? { partition: pingedGateways(shardOf(gateway.id, pingShards)), sort: gateway.id } : undefined,
  index2: (gateway) =>
    isPinged(gateway) ? { partition: changedGateways, sort: `${gateway.updated_at}#${gateway.id}` } : undefined,
  unsharded: 'people and programs change few gateways a second; results of pings are other items',
});

/** A name in the form in which names are compared. */
export const foldedGatewayName = (name: string): string => name.toLowerCase();

/** Names are unique in an organization, ignoring case; `name` is folded. */
export const gatewayNameRow = row<'gateway-name', { name: string; owner: string }, { name: string }>('gateway-name', {
  sort: ({ name }) => name,
});

/** The gateways with some ids or names, each once. Other references are skipped. */
export async function readGatewaysNamed(
  table: Pick<Table<'gateway' | 'gateway-name'>, 'getAll'>,
  references: readonly string[],
): Promise<GatewayItem[]> {
  if (references.length === 0) return [];
  const owners = await table.getAll(
    gatewayNameRow,
    references.map((reference) => ({ name: foldedGatewayName(reference) })),
  );
  const ids = new Set([
    ...references.filter((reference) => reference.startsWith('gw_')),
    ...owners.flatMap((owner) => owner?.owner ?? []),
  ]);
  return (
    await table.getAll(
      gatewayRow,
      [...ids].map((id) => ({ id })),
    )
  ).flatMap((gateway) => gateway ?? []);
}
