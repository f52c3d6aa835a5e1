import type { EffectOf } from '../../../shared/contract/resource.ts';
import type { ReadName } from '../../../shared/contract/effects.ts';
import { all } from '../../../shared/dynamodb/all.ts';
import { ofPathId } from '../../../shared/dynamodb/early-reads.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import { oneLess, oneMore } from '../../../shared/dynamodb/rows/count.ts';
import {
  gatewayHealthRow,
  healthChanged,
  type GatewayHealthItem,
} from '../../../shared/dynamodb/rows/gateway-health.ts';
import { gatewayRow, type GatewayItem } from '../../../shared/dynamodb/rows/gateway.ts';
import {
  ipsWritten,
  ownersWritten,
  trunkAddressRow,
  trunkIpsRow,
  type TrunkAddressItem,
  type TrunkIpsItem,
} from '../rows/trunk-ip.ts';
import { numberRow, numbersRoutedTo, routeTarget, shownNumber } from '../../../shared/dynamodb/rows/number.ts';
import {
  trunkNameRow,
  trunkRegistrationRow,
  trunkRow,
  type TrunkItem,
  type TrunkRegistrationItem,
} from '../../../shared/dynamodb/rows/trunk.ts';
import type { Range, Table } from '../../../shared/dynamodb/table.ts';
import { create, overwrite, remove, replace, type Write } from '../../../shared/dynamodb/write.ts';
import { routingOf } from '../../../shared/telephony/gateway.ts';
import type { AddressOwner, Place } from '../../../shared/telephony/trunk-addresses.ts';
import type { TrunkRegistration } from '../../../shared/telephony/trunk-registration.ts';
import {
  appended,
  planAsRead,
  planRead,
  type PlanRead,
  type Publisher,
} from '../../dialplan/dialplan-evaluator/row.ts';
import { policyRow } from '../../dialplan/dialplan-policies/row.ts';
import type { sipTrunks } from './contract.ts';

const folded = (name: string): string => name.toLowerCase();
const nameOf = (trunk: TrunkItem) =>
  create(
    trunkNameRow,
    { name: folded(trunk.name), owner: trunk.id },
    'TRUNK_NAME_EXISTS',
    `A trunk named ${trunk.name} exists`,
  );

/** A trunk and how it is registered just now. */
export type ReadTrunk = { readonly trunk: TrunkItem; readonly registration: TrunkRegistrationItem | undefined };

/** A trunk and its registration come with the session. */
export const prefetch = ofPathId(trunkRow, trunkRegistrationRow);

type Reads = Table<ReadName<EffectOf<typeof sipTrunks>>>;

/** A trunk of the first form does not say whose it is; it lies in the partition of its organization. */
const owned = ({ organization }: Reads, trunk: TrunkItem): TrunkItem => ({ ...trunk, org_id: organization });

async function withRegistrations(table: Reads, range: Range) {
  const slice = await table.query(trunkRow, {}, range);
  const registrations = await table.getAll(
    trunkRegistrationRow,
    slice.items.map(({ id }) => ({ id })),
  );
  return {
    ...slice,
    items: slice.items.map((trunk, at): ReadTrunk => ({ trunk: owned(table, trunk), registration: registrations[at] })),
  };
}

export const trunkStore = (table: Reads) => ({
  get: async (id: string): Promise<ReadTrunk | undefined> => {
    const [trunk, registration] = await Promise.all([
      table.get(trunkRow, { id }),
      table.get(trunkRegistrationRow, { id }),
    ]);
    return trunk === undefined ? undefined : { trunk: owned(table, trunk), registration };
  },
  page: (request: PageRequest, keep: (read: ReadTrunk) => boolean) =>
    readPage(request, { read: (range) => withRegistrations(table, range), keep }),
  plan: (publish: Publisher) => planRead(table, publish),
  ips: (trunk: string) => table.get(trunkIpsRow, { trunk_id: trunk }),
  addresses: (places: readonly Place[]) => table.getAll(trunkAddressRow, places),
  /** The gateways that go by a trunk. */
  gatewaysBy: async (trunk: string) =>
    (await all((after) => table.query(gatewayRow, {}, after))).filter(({ trunk_id: by }) => by === trunk),
  healthOf: (gateways: readonly GatewayItem[]) =>
    table.getAll(
      gatewayHealthRow,
      gateways.map(({ id }) => ({ id })),
    ),
  /** The numbers that lead to a trunk. */
  numbersTo: (trunk: string) =>
    all((after) =>
      table.queryIndex(
        numberRow,
        'GSI2',
        numbersRoutedTo(table.organization, routeTarget({ type: 'trunk', id: trunk })),
        after,
      ),
    ),
  shownNumber: (trunk: TrunkItem) => shownNumber(table, trunk),
  policies: () => all((after) => table.query(policyRow, {}, after)),
});

/** Puts a registration that is to be made; the task that registers goes on from it. */
const begun = (trunk: TrunkItem, registration: TrunkRegistration): Write<'trunk-registration'> =>
  overwrite(trunkRegistrationRow, { ...registration, id: trunk.id, call_id: null, cseq: 0 });

/** `begins`: as which registration is to be made anew; null: none is kept; undefined: it stays as it is. */
export type Registering = TrunkRegistration | null | undefined;

const registering = (trunk: TrunkItem, begins: Registering): Write<'trunk-registration'>[] =>
  begins === undefined ? [] : begins === null ? [remove(trunkRegistrationRow, trunk)] : [begun(trunk, begins)];

export const creation = (trunk: TrunkItem, limit: number, begins: Registering) => [
  create(trunkRow, trunk),
  nameOf(trunk),
  oneMore('trunks', limit),
  ...registering(trunk, begins ?? undefined),
];

export const update = (before: TrunkItem, after: TrunkItem, begins: Registering) => [
  replace(trunkRow, after, before),
  ...(folded(before.name) === folded(after.name)
    ? []
    : [nameOf(after), remove(trunkNameRow, { name: folded(before.name) })]),
  ...registering(after, begins),
];

/** A place of the trunk, who spoke for it, and who does now. */
export type Spoken = {
  readonly place: Place;
  readonly read: TrunkAddressItem | undefined;
  readonly owners: readonly AddressOwner[];
};

export const spoken = (places: readonly Spoken[]) =>
  places.flatMap(({ place, read, owners }) => ownersWritten(place, read, owners));

export const removal = (trunk: TrunkItem, ips: TrunkIpsItem | undefined, places: readonly Spoken[]) => [
  remove(trunkRow, trunk, trunk),
  remove(trunkNameRow, { name: folded(trunk.name) }),
  oneLess('trunks'),
  remove(trunkRegistrationRow, trunk),
  ...ipsWritten(trunk.id, ips, []),
  ...spoken(places),
];

/** A gateway that is disabled, with what is forgotten of its health. */
export type Disabled = {
  readonly before: GatewayItem;
  readonly after: GatewayItem;
  readonly health:
    { readonly read: GatewayHealthItem; readonly after: Omit<GatewayHealthItem, 'id' | 'version'> } | undefined;
};

/** Whether there are gateways to disable or not, none comes to go by the trunk meanwhile. */
export const disabling = (plan: PlanRead, gateways: readonly Disabled[]) =>
  gateways.length === 0
    ? [planAsRead(plan)]
    : [
        ...gateways.flatMap(({ before, after, health }) => [
          replace(gatewayRow, after, before),
          ...(health === undefined ? [] : [healthChanged(health.read, health.after)]),
        ]),
        ...appended(plan, { kind: 'gateways-put', gateways: gateways.map(({ after }) => routingOf(after)) }),
      ];
