import type { EffectOf } from '../../../shared/contract/resource.ts';
import type { ReadName } from '../../../shared/contract/effects.ts';
import { readToEnd } from '../../../shared/dynamodb/read-to-end.ts';
import { prefetchByPathId } from '../../../shared/dynamodb/prefetch.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import { withoutCalls } from '../../../shared/dynamodb/rows/channel.ts';
import { decrementCount, incrementCount } from '../../../shared/dynamodb/rows/count.ts';
import {
  gatewayHealthRow,
  replaceGatewayHealth,
  type GatewayHealthItem,
} from '../../../shared/dynamodb/rows/gateway-health.ts';
import { gatewayRow, type GatewayItem } from '../../../shared/dynamodb/rows/gateway.ts';
import {
  ipsUnchanged,
  ipsWrites,
  ownerWrites,
  trunkAddressRow,
  trunkIpsRow,
  type TrunkAddressItem,
  type TrunkIpsItem,
} from '../rows/trunk-ip.ts';
import { numberRow, numbersRoutedTo, routeTarget, readCallerIdNumber } from '../../../shared/dynamodb/rows/number.ts';
import {
  trunkNameRow,
  registrationWrites,
  trunkRegistrationRow,
  trunkRow,
  type TrunkItem,
  type TrunkRegistrationItem,
} from '../../../shared/dynamodb/rows/trunk.ts';
import type { Range, Table } from '../../../shared/dynamodb/table.ts';
import { create, remove, replace } from '../../../shared/dynamodb/write.ts';
import { routingOf } from '../../../shared/telephony/gateway.ts';
import { AppError } from '../../../shared/errors.ts';
import type { AddressOwner, Place } from '../../../shared/telephony/trunk-addresses.ts';
import {
  planEditWrites,
  planUnchangedWrite,
  readEditedPlan,
  readPlan,
  type PlanBase,
  type Publisher,
} from '../../dialplan/dialplan-evaluator/row.ts';
import { policyRow } from '../../dialplan/dialplan-policies/row.ts';
import type { sipTrunks } from './contract.ts';
import type { RegistrationChange } from '../../../shared/telephony/trunk-registration.ts';

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
const disableEdit = (gateways: readonly GatewayItem[]) => ({
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
  /** The plan as it would be with these gateways disabled. */
  planWithout: (plan: PlanBase, gateways: readonly GatewayItem[]) => readEditedPlan(table, plan, disableEdit(gateways)),
  ips: (trunk: string) => table.get(trunkIpsRow, { trunk_id: trunk }),
  addresses: (places: readonly Place[]) => table.getAll(trunkAddressRow, places),
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

/** Names are unique in an organization, case ignored. */
const nameKey = ({ name }: TrunkItem): string => name.toLowerCase();

const reserveName = (trunk: TrunkItem) =>
  create(
    trunkNameRow,
    { name: nameKey(trunk), owner: trunk.id },
    'TRUNK_NAME_EXISTS',
    `A trunk named ${trunk.name} exists`,
  );
const releaseName = (trunk: TrunkItem) => remove(trunkNameRow, { name: nameKey(trunk) });

/** @param limit maximum number of trunks of the organization */
export const createWrites = (trunk: TrunkItem, limit: number, registration: RegistrationChange) => [
  create(trunkRow, trunk),
  reserveName(trunk),
  incrementCount('trunks', limit),
  ...registrationWrites(trunk, registration),
];

export const updateWrites = (before: TrunkItem, after: TrunkItem, registration: RegistrationChange) => [
  replace(trunkRow, after, before),
  ...(nameKey(before) === nameKey(after) ? [] : [reserveName(after), releaseName(before)]),
  ...registrationWrites(after, registration),
];

/** The owners of a source address, as read and after the change. */
export type PlaceChange = {
  readonly place: Place;
  readonly read: TrunkAddressItem | undefined;
  readonly owners: readonly AddressOwner[];
};

const placeWrites = (changes: readonly PlaceChange[]) =>
  changes.flatMap(({ place, read, owners }) => ownerWrites(place, read, owners));

/** The writes of a change of type: the owners of its addresses, on condition that these are as read. */
export const typeWrites = (trunk: TrunkItem, ips: TrunkIpsItem | undefined, changes: readonly PlaceChange[]) => [
  ipsUnchanged(trunk.id, ips),
  ...placeWrites(changes),
];

export const deleteWrites = (trunk: TrunkItem, ips: TrunkIpsItem | undefined, changes: readonly PlaceChange[]) => [
  remove(trunkRow, trunk, trunk),
  releaseName(trunk),
  decrementCount('trunks'),
  remove(trunkRegistrationRow, trunk),
  ...ipsWrites(trunk.id, ips, []),
  ...placeWrites(changes),
];

/** A trunk with calls in progress is not deleted. */
export const noCallsWrite = ({ id, name }: TrunkItem) =>
  withoutCalls({ kind: 'trunk', id }, new AppError('TRUNK_HAS_ACTIVE_CALLS', `SIP trunk ${name} has active calls`));

/** A gateway to disable, and its health after that. */
export type DisabledGateway = {
  readonly before: GatewayItem;
  readonly after: GatewayItem;
  readonly health:
    { readonly read: GatewayHealthItem; readonly after: Omit<GatewayHealthItem, 'id' | 'version'> } | undefined;
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
