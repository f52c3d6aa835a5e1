import { isPinged, type Gateway } from '../../telephony/gateway.ts';
import { row } from '../row.ts';
import { shardOf } from '../shard.ts';
import type { Table } from '../table.ts';

export type GatewayItem = Gateway;

/** Partitions over which the pinged gateways of all organizations are spread; tasks share them out by leases. */
export const pingShards = 16;

/** The partition of GSI1 that holds a shard of the pinged gateways, after the entity. */
export const pingedGateways = (shard: number): readonly string[] => ['ping', String(shard)];

/** `gateway#1001`, newest first by id; GSI1: those that are pinged. */
export const gatewayRow = row<'gateway', GatewayItem, { id: string }>('gateway', {
  sort: ({ id }) => id,
  index1: (gateway) =>
    isPinged(gateway) ? { partition: pingedGateways(shardOf(gateway.id, pingShards)), sort: gateway.id } : undefined,
});

export const foldedGatewayName = (name: string): string => name.toLowerCase();

/** Names are unique in an organization, case ignored; `name` is folded. */
export const gatewayNameRow = row<'gateway-name', { name: string; owner: string }, { name: string }>('gateway-name', {
  sort: ({ name }) => name,
});

/** The gateways that texts name by id or name, each once; what is no gateway is passed over. */
export async function gatewaysNamed(
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
