import type { EffectOf } from '#contract/resource.ts';
import type { ReadName } from '#contract/effects.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { countWrites, itemWrites, composeWrites } from '#dynamodb/rows/item-writes.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { withoutCalls } from '#dynamodb/rows/channel.ts';
import { gatewayHealthRow, replaceGatewayHealth, type GatewayHealthItem } from '#dynamodb/rows/gateway-health.ts';
import { domainsUnchanged, readDomains, type ReadDomains } from '#dynamodb/rows/domain.ts';
import { gatewayRow, type GatewayItem } from '#dynamodb/rows/gateway.ts';
import { trunkAccountRow, type TrunkAccountItem } from '../rows/sip-account.ts';
import { addressWrites, trunkIpsRow, type AddressChange } from '../rows/trunk-ip.ts';
import { hostUseWrites } from '#dynamodb/rows/host-use.ts';
import { resellerOf, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { numberRow, numbersRoutedTo, routeTarget, readCallerIdNumber } from '#dynamodb/rows/number.ts';
import {
  trunkNameRow,
  registrationWrites,
  trunkRegistrationRow,
  trunkRow,
  type TrunkItem,
  type TrunkRegistrationItem,
} from '#dynamodb/rows/trunk.ts';
import type { Range, Table } from '#dynamodb/table.ts';
import { uniqueValues } from '#dynamodb/unique-values.ts';
import { create, remove, replace } from '#dynamodb/write.ts';
import { routingOf } from '#telephony/gateway.ts';
import { AppError } from '#errors.ts';
import type { TrunkIp } from '#telephony/trunk-addresses.ts';
import {
  planEditWrites,
  planUnchangedWrite,
  readPlan,
  type PlanBase,
  type Publisher,
} from '../../dialplan/plan/row.ts';
import { policyRow } from '../../dialplan/rows/policy.ts';
import type { sipTrunks } from './contract.ts';
import type { RegistrationChange } from '#telephony/trunk-registration.ts';
import { trunkErrors } from './sip-trunk.ts';

type Reads = Table<ReadName<EffectOf<typeof sipTrunks>>>;

/** A trunk and its registration. */
export type ReadTrunk = { readonly trunk: TrunkItem; readonly registration: TrunkRegistrationItem | undefined };

/** A trunk and its registration are read together with the session. */
export const prefetch = prefetchByPathId(trunkRow, trunkRegistrationRow);

/** Trunks stored in the first schema have no owner: it is the organization of their partition. */
const withOwner = ({ organization }: Reads, trunk: TrunkItem): TrunkItem => ({ ...trunk, org_id: organization });

async function readSlice(table: Reads, range: Range) {
  const slice = await table.query(trunkRow, {}, range);
  const registrations = await table.getAll(
    trunkRegistrationRow,
    slice.items.map(({ id }) => ({ id })),
  );
  return {
    ...slice,
    items: slice.items.map((trunk, at): ReadTrunk => ({
      trunk: withOwner(table, trunk),
      registration: registrations[at],
    })),
  };
}

/** The edit of the plan that disables gateways. */
export const disableEdit = (gateways: readonly GatewayItem[]) => ({
  kind: 'gateways-put' as const,
  gateways: gateways.map((gateway) => ({ ...routingOf(gateway), enabled: false })),
});

export const trunkStore = (table: Reads) => ({
  get: async (id: string): Promise<ReadTrunk | undefined> => {
    const [trunk, registration] = await Promise.all([
      table.get(trunkRow, { id }),
      table.get(trunkRegistrationRow, { id }),
    ]);
    return trunk === undefined ? undefined : { trunk: withOwner(table, trunk), registration };
  },
  page: (request: PageRequest, keep: (read: ReadTrunk) => boolean) =>
    readPage(request, { read: (range) => readSlice(table, range), keep }),
  plan: (publish: Publisher) => readPlan(table, publish),
  ips: (trunk: string) => table.get(trunkIpsRow, { trunk_id: trunk }),
  account: (sip_username: string) => table.get(trunkAccountRow, { sip_username }),
  domains: (): Promise<ReadDomains> => readDomains(table),
  /** The writes of a change of a trunk's addresses, or of its type. @throws AppError IP_IN_USE */
  addressWrites: async (
    trunk: TrunkItem,
    owner: AddressChange['owner'],
    after: (ips: readonly TrunkIp[]) => readonly TrunkIp[],
  ) => {
    const read = await table.get(trunkIpsRow, { trunk_id: trunk.id });
    return addressWrites(table, { trunk, owner, read, after: after(read?.ips ?? []) });
  },
  /** The gateways that use a trunk. */
  gatewaysOf: async (trunk: string) =>
    (await readToEnd((after) => table.query(gatewayRow, {}, after))).filter((gateway) => gateway.trunk_id === trunk),
  healthOf: (gateways: readonly GatewayItem[]) =>
    table.getAll(
      gatewayHealthRow,
      gateways.map(({ id }) => ({ id })),
    ),
  /** The numbers that route to a trunk. */
  numbersOf: (trunk: string) =>
    readToEnd((after) =>
      table.queryIndex(
        numberRow,
        'GSI2',
        numbersRoutedTo(table.organization, routeTarget({ type: 'trunk', id: trunk })),
        after,
      ),
    ),
  /** The number that a trunk presents as its caller ID, if the platform has it. */
  callerIdNumber: (trunk: TrunkItem) => readCallerIdNumber(table, trunk),
  policies: () => readToEnd((after) => table.query(policyRow, {}, after)),
});

/** The credentials with which a PBX or a peer calls, before and after a change. The password is shown once. */
export type InboundCredentials = {
  readonly before: TrunkAccountItem | undefined;
  readonly after: TrunkAccountItem | undefined;
  readonly password: string | undefined;
  /** As read: the realms are those of the organization's domains. */
  readonly domains: ReadDomains | undefined;
};

/** The writes of a change of the credentials with which a trunk calls. */
export const inboundWrites = (change: InboundCredentials | undefined) => {
  if (change === undefined) return [];
  const { before, after, domains } = change;
  return [...(domains === undefined ? [] : [domainsUnchanged(domains)]), ...accountWrites(before, after)];
};

function accountWrites(before: TrunkAccountItem | undefined, after: TrunkAccountItem | undefined) {
  if (after === undefined) return before === undefined ? [] : [remove(trunkAccountRow, before)];
  return [before === undefined ? create(trunkAccountRow, after) : replace(trunkAccountRow, after, before)];
}

const names = uniqueValues(trunkNameRow, {
  markerOf: ({ id, name }: TrunkItem) => ({ name: name.toLowerCase(), owner: id }),
  taken: trunkErrors.TRUNK_NAME_EXISTS,
  message: ({ name }) => `A trunk named ${name} exists`,
});

/** The organization of a trunk. */
type Owner = Parameters<typeof resellerOf>[0] & Pick<OrganizationItem, 'limits'>;

/** @param owner undefined: of a trunk that is deleted */
const ownWrites = (owner?: Owner) =>
  composeWrites(
    itemWrites(trunkRow),
    (before: TrunkItem | undefined, after: TrunkItem | undefined) =>
      hostUseWrites(before, after, owner === undefined ? null : resellerOf(owner)),
    names.writes,
    countWrites('trunks', owner?.limits.max_trunks ?? 0),
  );

export const createWrites = (trunk: TrunkItem, owner: Owner, registration: RegistrationChange) => [
  ...ownWrites(owner)(undefined, trunk),
  ...registrationWrites(trunk, registration),
];

type TrunkChange = {
  readonly before: TrunkItem;
  readonly after: TrunkItem;
  readonly registration: RegistrationChange;
};

export const updateWrites = ({ before, after, registration }: TrunkChange, owner: Owner) => [
  ...ownWrites(owner)(before, after),
  ...registrationWrites(after, registration),
];

export const deleteWrites = (trunk: TrunkItem) => [
  ...(typeof trunk.inbound_username === 'string'
    ? [remove(trunkAccountRow, { sip_username: trunk.inbound_username })]
    : []),
  ...ownWrites()(trunk, undefined),
  remove(trunkRegistrationRow, trunk),
];

/** A trunk with calls in progress is not deleted. */
export const noCallsWrite = ({ id, name }: TrunkItem) =>
  withoutCalls(
    { kind: 'trunk', id },
    new AppError(trunkErrors.TRUNK_HAS_ACTIVE_CALLS, `SIP trunk ${name} has active calls`),
  );

/** A gateway to disable, and its health after that. */
export type DisabledGateway = {
  readonly before: GatewayItem;
  readonly after: GatewayItem;
  readonly health:
    | { readonly read: GatewayHealthItem; readonly after: Omit<GatewayHealthItem, 'id' | 'version'> }
    | undefined;
};

/**
 * Disables gateways of a deleted trunk. Without gateways the plan must be unchanged: so no gateway can begin to use the
 * trunk at the same time.
 */
export const disableWrites = (plan: PlanBase, gateways: readonly DisabledGateway[]) =>
  gateways.length === 0
    ? [planUnchangedWrite(plan)]
    : [
        ...gateways.flatMap(({ before, after, health }) => [
          replace(gatewayRow, after, before),
          ...(health === undefined ? [] : [replaceGatewayHealth(health.read, health.after)]),
        ]),
        ...planEditWrites(plan, { kind: 'gateways-put', gateways: gateways.map(({ after }) => routingOf(after)) }),
      ];
