import type { EffectOf } from '#contract/resource.ts';
import type { ReadName } from '#contract/effects.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { countWrites, itemWrites, composeWrites } from '#dynamodb/rows/item-writes.ts';
import { readPages } from '#dynamodb/page.ts';
import { withoutCalls } from '#dynamodb/rows/channel.ts';
import {
  gatewayHealthRow,
  createGatewayHealth,
  replaceGatewayHealth,
  type GatewayHealthItem,
} from '#dynamodb/rows/gateway-health.ts';
import { foldedGatewayName, gatewayNameRow, gatewayRow, type GatewayItem } from '#dynamodb/rows/gateway.ts';
import { gatewayHost, hostUseWrites } from '#dynamodb/rows/host-use.ts';
import { readCallerIdNumber } from '#dynamodb/rows/number.ts';
import { resellerOf } from '#dynamodb/rows/organization.ts';
import { trunkRow, type TrunkItem } from '#dynamodb/rows/trunk.ts';
import { AppError } from '#errors.ts';
import type { Range, Table } from '#dynamodb/table.ts';
import { uniqueValues } from '#dynamodb/unique-values.ts';
import { checkCondition, remove, type Write } from '#dynamodb/write.ts';
import type { GatewayHealth } from '#telephony/gateway-health.ts';
import { routingOf } from '#telephony/gateway.ts';
import type { PlanEdit } from '../../dialplan/plan/plan.ts';
import { planEditWrites, readPlan, type PlanBase, type Publisher } from '../../dialplan/plan/row.ts';
import { policyRow } from '../../dialplan/rows/policy.ts';
import { templateRow } from '../../dialplan/rows/dialplan-template.ts';
import type { sipGateways } from './contract.ts';
import { gatewayErrors } from './gateway-references.ts';
import { maxGateways } from './sip-gateway.ts';

/** A gateway, its health, and the trunk that it uses, if that exists. */
export type ReadGateway = {
  readonly gateway: GatewayItem;
  readonly health: GatewayHealthItem | undefined;
  readonly trunk: TrunkItem | undefined;
};

type Reads = Table<ReadName<EffectOf<typeof sipGateways>>>;

const trunkKeys = (gateways: readonly GatewayItem[]) =>
  [...new Set(gateways.flatMap(({ trunk_id: trunk }) => trunk ?? []))].map((id) => ({ id }));

async function readHealth(table: Reads, gateways: readonly GatewayItem[]): Promise<ReadGateway[]> {
  const [health, trunks] = await Promise.all([
    table.getAll(
      gatewayHealthRow,
      gateways.map(({ id }) => ({ id })),
    ),
    table.getAll(trunkRow, trunkKeys(gateways)),
  ]);
  return gateways.map((gateway, at) => ({
    gateway,
    health: health[at],
    trunk: trunks.find((trunk) => trunk?.id === gateway.trunk_id),
  }));
}

async function readSlice(table: Reads, range: Range) {
  const slice = await table.query(gatewayRow, {}, range);
  return { ...slice, items: await readHealth(table, slice.items) };
}

export const prefetch = prefetchByPathId(gatewayRow);

export const gatewayStore = (table: Reads) => ({
  plan: (publish: Publisher) => readPlan(table, publish),
  get: async (id: string): Promise<ReadGateway | undefined> => {
    const gateway = await table.get(gatewayRow, { id });
    return gateway === undefined ? undefined : (await readHealth(table, [gateway]))[0];
  },
  page: readPages((range) => readSlice(table, range)),
  trunk: async ({ trunk_id: id }: GatewayItem) => (id === null ? undefined : table.get(trunkRow, { id })),
  /** The number that a gateway presents as its caller ID, if the platform has it. */
  callerIdNumber: (gateway: GatewayItem) => readCallerIdNumber(table, gateway),
  /** What may reference a gateway. */
  dialPlan: async () => {
    const [policies, template] = await Promise.all([
      readToEnd((after) => table.query(policyRow, {}, after)),
      table.get(templateRow, {}),
    ]);
    return { policies, template };
  },
});

const names = uniqueValues(gatewayNameRow, {
  markerOf: ({ id, name }: GatewayItem) => ({ name: foldedGatewayName(name), owner: id }),
  taken: gatewayErrors.GATEWAY_NAME_EXISTS,
  message: ({ name }) => `A gateway named ${name} exists`,
});

/** The edit that puts a gateway into the plan. */
export const gatewayEdit = (gateway: GatewayItem) =>
  ({ kind: 'gateways-put', gateways: [routingOf(gateway)] }) satisfies PlanEdit;
/** The edit that deletes a gateway from the plan. */
export const gatewayDeletion = ({ id }: GatewayItem) => ({ kind: 'gateway-deleted', id }) satisfies PlanEdit;

/** The condition that the trunk still exists: it may be deleted at the same time. */
const trunkExists = ({ trunk_id: id }: GatewayItem): Write<'trunk'>[] =>
  id === null ? [] : [checkCondition(trunkRow, { id }, { expression: 'attribute_exists(PK)' })];

type Buyer = Parameters<typeof resellerOf>[0];

/** @param reseller of the organization; null: none */
const ownWrites = (reseller: number | null) =>
  composeWrites(
    itemWrites(gatewayRow),
    (before: GatewayItem | undefined, after: GatewayItem | undefined) =>
      hostUseWrites(before && gatewayHost(before), after && gatewayHost(after), reseller),
    names.writes,
    countWrites('gateways', maxGateways),
  );

export const createWrites = (plan: PlanBase, gateway: GatewayItem, owner: Buyer) => [
  ...ownWrites(resellerOf(owner))(undefined, gateway),
  createGatewayHealth(gateway.id),
  ...trunkExists(gateway),
  ...planEditWrites(plan, gatewayEdit(gateway)),
];

/** @param health its health after the change; undefined: unchanged. `owner`: its organization */
export const updateWrites = (
  plan: PlanBase,
  { gateway: before, health: read }: ReadGateway,
  after: GatewayItem,
  { health, owner }: { readonly health: GatewayHealth | undefined; readonly owner: Buyer },
) => [
  ...ownWrites(resellerOf(owner))(before, after),
  ...(health === undefined || read === undefined ? [] : [replaceGatewayHealth(read, health)]),
  ...trunkExists(after),
  ...planEditWrites(plan, gatewayEdit(after)),
];

/** A gateway with calls in progress is not deleted. */
export const noCallsWrite = ({ id, name }: GatewayItem) =>
  withoutCalls({ kind: 'gateway', id }, new AppError(gatewayErrors.GATEWAY_IN_USE, `Gateway ${name} has active calls`));

/** The history expires by itself. */
export const deleteWrites = (plan: PlanBase, gateway: GatewayItem) => [
  ...ownWrites(null)(gateway, undefined),
  remove(gatewayHealthRow, gateway),
  ...planEditWrites(plan, gatewayDeletion(gateway)),
];
