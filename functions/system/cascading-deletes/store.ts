import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { all } from '../../../shared/dynamodb/all.ts';
import {
  accessKeyNameRow,
  accessKeyRow,
  credentialUseRow,
  keysOfUser,
  type AccessKeyNameItem,
  type CredentialUseItem,
} from '../../../shared/dynamodb/rows/access-key.ts';
import { bindingRow, bindingsOfDevice } from '../../telephony/rows/binding.ts';
import { deviceRemoval, userForgotten } from '../../telephony/rows/device-change.ts';
import { deviceRow, devicesOfUser, keptDeviceRow, type KeptDeviceItem } from '../../../shared/dynamodb/rows/device.ts';
import { due } from '../../../shared/dynamodb/rows/due.ts';
import {
  numberRow,
  numbersOf,
  numbersRoutedTo,
  routeTarget,
  type NumberItem,
} from '../../../shared/dynamodb/rows/number.ts';
import { gatewayHealthRow, healthChanged } from '../../../shared/dynamodb/rows/gateway-health.ts';
import { foldedGatewayName, gatewayNameRow, gatewayRow } from '../../../shared/dynamodb/rows/gateway.ts';
import {
  foldedGroupName,
  groupMemberRow,
  groupNameRow,
  groupRow,
  oneMemberLess,
  type GroupMemberItem,
} from '../../../shared/dynamodb/rows/group.ts';
import { roleRow, type RoleItem } from '../../../shared/dynamodb/rows/role.ts';
import { markersOf } from '../../accounts/rows/user-markers.ts';
import { credentialRow, sessionRow, userRow, type SessionItem } from '../../../shared/dynamodb/rows/user.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, remove, removeExisting, replace } from '../../../shared/dynamodb/write.ts';
import { forgottenHealth } from '../../../shared/telephony/gateway-health.ts';
import { disabledGateway, routingOf } from '../../../shared/telephony/gateway.ts';
import {
  appended,
  planChangeRow,
  planHeadRow,
  planPartRow,
  planRead,
  type Publisher,
} from '../../dialplan/dialplan-evaluator/row.ts';
import { simKeyRow, simRow, simsOfUser } from '../../telephony/mobile/row.ts';
import { policyNameRow, policyRow } from '../../dialplan/dialplan-policies/row.ts';
import { templateRow } from '../../dialplan/dialplan-template/row.ts';
import type { removalConsumer } from './contract.ts';
import { givenUp } from './given-up.ts';

type Reads = Table<ReadName<EffectOf<typeof removalConsumer>>>;

/** Items of a transaction are 100 at most, and none of these takes more than 8. */
const atOnce = 12;
const limit = { limit: atOnce } as const;
/** A member takes two items. */
const membersAtOnce = { limit: 40 } as const;

/** Sessions that are left of a user. */
export const sessionsLeft = async (table: Reads, user: string) =>
  (
    await table.query<'session', SessionItem, { user_id: string }>(sessionRow, { user_id: user }, membersAtOnce)
  ).items.map((session) => remove(sessionRow, session));

/** Access keys that are left of a user, dead since it went, with their names and when each was used. */
export async function keysLeft(table: Reads, user: string) {
  const [keys, names, uses] = await Promise.all([
    table.queryIndex(accessKeyRow, 'GSI1', keysOfUser(table.organization, user), membersAtOnce),
    table.query<'accesskey-name', AccessKeyNameItem, { user_id: string }>(accessKeyNameRow, { user_id: user }, limit),
    table.query<'credential-use', CredentialUseItem, { user_id: string }>(
      credentialUseRow,
      { user_id: user },
      membersAtOnce,
    ),
  ]);
  return [
    ...keys.items.map((key) => remove(accessKeyRow, key)),
    ...names.items.map((name) => remove(accessKeyNameRow, name)),
    ...uses.items.map((use) => remove(credentialUseRow, use)),
  ];
}

/** Memberships that are left of a user, and their end: a group that there still is counts one fewer. */
export async function membershipsLeft(table: Reads, user: string) {
  // All of them, as the index may still show some that have just gone: 200 at most.
  const { items } = await table.queryIndex(groupMemberRow, 'GSI1', [String(table.organization), user]);
  const present = (await table.getAll(groupMemberRow, items)).flatMap((member) => member ?? []).slice(0, atOnce);
  const groups = await table.getAll(
    groupRow,
    present.map(({ group_id: id }) => ({ id })),
  );
  return present.flatMap((member, at) => [
    removeExisting(groupMemberRow, member),
    ...(groups[at] === undefined ? [] : [oneMemberLess(member.group_id)]),
  ]);
}

/** Members that are left of a group that went: their lists of groups forget it. */
export async function membersLeft(table: Reads, group: string) {
  const { items } = await table.query<'groupmember', GroupMemberItem, { group_id: string }>(
    groupMemberRow,
    { group_id: group },
    membersAtOnce,
  );
  const users = await table.getAll(
    userRow,
    items.map(({ user_id: id }) => ({ id })),
  );
  return items.flatMap((member, at) => {
    const user = users[at];
    const forgets =
      user === undefined
        ? []
        : [
            change(userRow, user, {
              set: { groups: user.groups.filter((id) => id !== group) },
              add: { version: 1 },
              onlyIf: {
                expression: '#version = :version',
                names: { '#version': 'version' },
                values: { ':version': user.version },
              },
            }),
          ];
    return [remove(groupMemberRow, member), ...forgets];
  });
}

/** People and service accounts that are left of a closed organization; their ids are for their sessions. */
export async function usersLeft(table: Reads) {
  const { items } = await table.query(userRow, {}, limit);
  return {
    ids: items.map(({ id }) => id),
    writes: items.flatMap((user) => [
      remove(userRow, user),
      remove(credentialRow, { user_id: user.id }),
      ...markersOf(user, table.organization).map(({ freed }) => freed),
    ]),
  };
}

export async function groupsLeft(table: Reads) {
  const { items } = await table.query(groupRow, {}, limit);
  return {
    ids: items.map(({ id }) => id),
    writes: items.flatMap((group) => [
      remove(groupRow, group),
      remove(groupNameRow, { name: foldedGroupName(group.name) }),
    ]),
  };
}

export const rolesLeft = async (table: Reads) =>
  (await table.query<'role', RoleItem, object>(roleRow, {}, membersAtOnce)).items.map((role) => remove(roleRow, role));

/** Gateways that still go by a trunk that went, disabled in the plan too; `now` in Unix milliseconds. */
export async function gatewaysByTrunkLeft(
  table: Reads,
  trunk: string,
  { now, publish }: { readonly now: number; readonly publish: Publisher },
) {
  const plan = await planRead(table, publish);
  const left = (await all((after) => table.query(gatewayRow, {}, after)))
    .filter(({ trunk_id: by, enabled }) => by === trunk && enabled)
    .slice(0, atOnce);
  const disabled = left.map((before) => ({ before, after: disabledGateway(before, new Date(now).toISOString()) }));
  const health = (
    await table.getAll(
      gatewayHealthRow,
      left.map(({ id }) => ({ id })),
    )
  ).flatMap((each) => each ?? []);
  return {
    disabled,
    writes:
      disabled.length === 0
        ? []
        : [
            ...disabled.map(({ before, after }) => replace(gatewayRow, after, before)),
            ...health.map((each) => healthChanged(each, forgottenHealth(each, now))),
            ...appended(plan, { kind: 'gateways-put', gateways: disabled.map(({ after }) => routingOf(after)) }),
          ],
  };
}

/** Gateways of a closed organization; what pings said of them lapses by itself. */
export const gatewaysLeft = async (table: Reads) =>
  (await table.query(gatewayRow, {}, limit)).items.flatMap((gateway) => [
    remove(gatewayRow, gateway),
    remove(gatewayNameRow, { name: foldedGatewayName(gateway.name) }),
    remove(gatewayHealthRow, gateway),
  ]);

/** The dial plan: policies with their names, the template, the plan that was made of them. Its archive stays. */
export async function dialplanLeft(table: Reads) {
  const [policies, template, head, changes, parts] = await Promise.all([
    table.query(policyRow, {}, limit),
    table.get(templateRow, {}),
    table.get(planHeadRow, {}),
    table.query(planChangeRow, {}, membersAtOnce),
    table.query(planPartRow, {}, limit),
  ]);
  return [
    ...policies.items.flatMap((policy) => [
      remove(policyRow, policy),
      remove(policyNameRow, { name: policy.name.toLowerCase() }),
    ]),
    ...(template === undefined ? [] : [remove(templateRow, {})]),
    ...(head === undefined ? [] : [remove(planHeadRow, {})]),
    ...changes.items.map((each) => remove(planChangeRow, each)),
    ...parts.items.map((part) => remove(planPartRow, part)),
  ];
}

/** Contacts that are left of a device that went: nobody is rung there any more. */
export async function bindingsLeft(table: Reads, device: string) {
  const { items } = await table.queryIndex(
    bindingRow,
    'GSI1',
    bindingsOfDevice(table.organization, device),
    membersAtOnce,
  );
  // The index may still show some that have just gone.
  return (await table.getAll(bindingRow, items)).flatMap((binding) =>
    binding === undefined ? [] : [remove(bindingRow, binding)],
  );
}

/** Devices that still have a user that went: one at a time, as each takes many items. */
export async function devicesOfUserLeft(table: Reads, user: string) {
  const { items } = await table.queryIndex(deviceRow, 'GSI1', devicesOfUser(table.organization, user));
  const present = (await table.getAll(deviceRow, items.slice(0, 100))).find((device) => device?.user_id === user);
  return present === undefined ? [] : userForgotten(present);
}

/** Devices of a closed organization, one at a time; its id is for its contacts. */
export async function devicesLeft(table: Reads) {
  const { items } = await table.query(deviceRow, {}, { limit: 1 });
  return { ids: items.map(({ id }) => id), writes: items.flatMap(deviceRemoval) };
}

export const keptDevicesLeft = async (table: Reads) =>
  (await table.query<'device-kept', KeptDeviceItem, object>(keptDeviceRow, {}, membersAtOnce)).items.map((kept) =>
    remove(keptDeviceRow, kept),
  );

/** What there is of numbers that an index shows: it may still show what has just changed. */
const presentNumbers = async (table: Reads, shown: readonly NumberItem[]): Promise<NumberItem[]> =>
  (await table.getAll(numberRow, shown)).flatMap((number) => number ?? []);

/** Numbers that still lead to a thing that went (`device/dev_…`): nobody is called there any more. */
export async function routesLeft(table: Reads, thing: string, now: string) {
  const { items } = await table.queryIndex(numberRow, 'GSI2', numbersRoutedTo(table.organization, thing));
  const present = (await presentNumbers(table, items))
    .filter(({ org_id, route }) => org_id === table.organization && route !== null && routeTarget(route) === thing)
    .slice(0, atOnce);
  return present.map((number) => ({
    number,
    write: replace(numberRow, { ...number, route: null, updated_at: now, version: number.version + 1 }, number),
  }));
}

/** Numbers that a closed organization still holds: they go into quarantine as any. */
export async function numbersLeft(table: Reads, now: string) {
  const shown = await all((after) => table.queryIndex(numberRow, 'GSI1', numbersOf(table.organization), after));
  const present = (
    await presentNumbers(table, shown.filter(({ state }) => state === 'active').slice(0, membersAtOnce.limit))
  )
    .filter(({ org_id, state }) => org_id === table.organization && state === 'active')
    .slice(0, atOnce);
  return present.map((number) => {
    const after = givenUp(number, now);
    return {
      number,
      writes: [
        replace(numberRow, after, number),
        due({
          kind: 'number.quarantine_end',
          at: after.quarantine_until,
          org_id: table.organization,
          subject: after.number,
        }),
      ],
    };
  });
}

/** SIMs that still have a user that went. */
export async function simsOfUserLeft(table: Reads, user: string) {
  const { items } = await table.queryIndex(simRow, 'GSI1', simsOfUser(table.organization, user), limit);
  const present = (await table.getAll(simRow, items)).flatMap((sim) => (sim?.user_id === user ? [sim] : []));
  return present.map((sim) => replace(simRow, { ...sim, user_id: null, version: sim.version + 1 }, sim));
}

export const simsLeft = async (table: Reads) =>
  (await table.query(simRow, {}, limit)).items.flatMap((sim) => [
    remove(simRow, sim),
    ...(['iccid', 'imsi', 'msisdn'] as const).flatMap((kind) =>
      sim[kind] === null ? [] : [remove(simKeyRow, { kind, number: sim[kind] })],
    ),
  ]);
