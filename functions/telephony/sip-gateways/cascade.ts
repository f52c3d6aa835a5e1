import type { CascadeEffect } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { gatewayHealthRow, replaceGatewayHealth } from '#dynamodb/rows/gateway-health.ts';
import { foldedGatewayName, gatewayNameRow, gatewayRow } from '#dynamodb/rows/gateway.ts';
import { gatewayHost, hostUseWrites } from '#dynamodb/rows/host-use.ts';
import { remove, replace } from '#dynamodb/write.ts';
import type { CascadeContext, CascadeSteps } from '#runtime/cascade.ts';
import { clearHealth } from '#telephony/gateway-health.ts';
import { disableGateway, routingOf } from '#telephony/gateway.ts';
import { planEditWrites, readPlan } from '../../dialplan/plan/row.ts';
import type { sipGateways } from './contract.ts';

type Context = CascadeContext<CascadeEffect<typeof sipGateways>>;

/** Gateways in one slice. */
const limit = 12;

/**
 * Disables the gateways of a deleted trunk, in the dial plan too. The trunk's own transaction disables the first few;
 * this does the rest.
 */
async function disableGateways(trunk: string, { table, now, record }: Context) {
  // First: gateways are saved with the plan, so what is read of them afterwards holds until the commit.
  const plan = await readPlan(table, record);
  const enabled = (await readToEnd((after) => table.query(gatewayRow, {}, after))).filter(
    (gateway) => gateway.trunk_id === trunk && gateway.enabled,
  );
  const changes = enabled
    .slice(0, limit)
    .map((before) => ({ before, after: disableGateway(before, now.toISOString()) }));
  if (changes.length === 0) return [];
  const health = (
    await table.getAll(
      gatewayHealthRow,
      changes.map(({ before: { id } }) => ({ id })),
    )
  ).flatMap((item) => item ?? []);
  return [
    ...changes.map(({ before, after }) => replace(gatewayRow, after, before)),
    ...health.map((item) => replaceGatewayHealth(item, clearHealth(item, now.getTime()))),
    ...planEditWrites(plan, { kind: 'gateways-put', gateways: changes.map(({ after }) => routingOf(after)) }),
    ...changes.map(({ before, after }) =>
      record('gateway.updated', {
        entity: { type: 'gateway', id: after.id },
        description: `Gateway ${after.name} disabled, as its trunk was deleted`,
        before,
        after,
      }),
    ),
  ];
}

/** The gateways of a closed organization. Their pings expire by themselves. */
async function deleteGateways(_organization: string, { table }: Context) {
  const { items } = await table.query(gatewayRow, {}, { limit });
  return items.flatMap((gateway) => [
    remove(gatewayRow, gateway),
    remove(gatewayNameRow, { name: foldedGatewayName(gateway.name) }),
    remove(gatewayHealthRow, gateway),
    ...hostUseWrites(gatewayHost(gateway), undefined, null),
  ]);
}

export const cascade: CascadeSteps<typeof sipGateways> = {
  'trunk.deleted': [disableGateways],
  'org.closed': [deleteGateways],
};
