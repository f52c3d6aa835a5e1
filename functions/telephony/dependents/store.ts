import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { readSlices } from '#dynamodb/read-to-end.ts';
import { deviceRow, devicesOfUser } from '#dynamodb/rows/device.ts';
import { mailboxOfUser } from '#dynamodb/rows/mailbox.ts';
import { numberRow, numbersRoutedTo, routeTarget } from '#dynamodb/rows/number.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { simRow, simsOfUser } from '../mobile/row.ts';
import { blockedCallerRow } from '../rows/blocked-caller.ts';
import { callFlowRow, callFlowVersionRow } from '../rows/call-flow.ts';
import { callHandlingRow } from '../rows/call-handling.ts';
import { ringGroupRow } from '../rows/ring-group.ts';
import { scheduleRow } from '../rows/schedule.ts';
import {
  dependentBlocks,
  dependentGroups,
  flowTarget,
  routesTo,
  targetOf,
  type Dependent,
  type Target,
} from '../schema/dependent.ts';
import type { dependents } from './contract.ts';
import { dependentFlows, dependentUsers } from './dependents.ts';

type Reads = Table<ReadName<EffectOf<typeof dependents>>>;

/** What an answer reads at most, in all 20 round trips. */
const most = {
  /** Dependents of a type that are shown. */
  shown: 100,
  /** Slices of ring groups, of blocked callers, and of call handling. */
  slices: 3,
  /** Call flows, which are read with their steps: in one slice, and 100 at a time. */
  flows: 500,
};

type Found = { readonly items: readonly Dependent[]; readonly isWhole: boolean };

/** One more than is shown: whether there are more. */
const range = { limit: most.shown + 1 };

const firstOf = (items: readonly Dependent[], isWhole = true): Found => ({
  items: items.slice(0, most.shown),
  isWhole: isWhole && items.length <= most.shown,
});

async function numbersTo(table: Reads, target: Target): Promise<Found> {
  const slices = await Promise.all(
    routesTo(target).map((route) =>
      table.queryIndex(numberRow, 'GSI2', numbersRoutedTo(table.organization, routeTarget(route)), range),
    ),
  );
  return firstOf(
    slices.flatMap(({ items }) =>
      items.map(({ number, label }) => ({ type: 'number', id: number, name: label ?? number, path: 'route' })),
    ),
    slices.every(({ cursor }) => cursor === undefined),
  );
}

async function devicesOf(table: Reads, { id: user }: Target): Promise<Found> {
  const { items, cursor } = await table.queryIndex(deviceRow, 'GSI1', devicesOfUser(table.organization, user), range);
  return firstOf(
    items.map(({ id, name, model, mac_address: mac }) => ({
      ...{ type: 'device', id, name: name ?? model ?? mac, path: 'user_id' },
    })),
    cursor === undefined,
  );
}

async function simsOf(table: Reads, { id: user }: Target): Promise<Found> {
  const { items, cursor } = await table.queryIndex(simRow, 'GSI1', simsOfUser(table.organization, user), range);
  return firstOf(
    items.map(({ id, label, msisdn, iccid }) => ({
      ...{ type: 'sim', id, name: label ?? msisdn ?? iccid, path: 'user_id' },
    })),
    cursor === undefined,
  );
}

async function groupsNaming(table: Reads, target: Target): Promise<Found> {
  const { items, isWhole } = await readSlices(most.slices, (after) => table.query(ringGroupRow, {}, after));
  return firstOf(dependentGroups(target, items), isWhole);
}

async function blocksNaming(table: Reads, target: Target): Promise<Found> {
  const { items, isWhole } = await readSlices(most.slices, (after) => table.query(blockedCallerRow, {}, after));
  return firstOf(dependentBlocks(target, items), isWhole);
}

/** Keys of one round trip. */
const keysAtOnce = 100;

async function flowsNaming(table: Reads, target: Target): Promise<Found> {
  const { items: heads, isWhole } = await readSlices(1, (after) => table.query(callFlowRow, {}, after));
  const found: Dependent[] = [];
  for (let at = 0; at < Math.min(heads.length, most.flows); at += keysAtOnce) {
    const flows = await table.getAll(callFlowVersionRow, heads.slice(at, at + keysAtOnce));
    found.push(
      ...dependentFlows(
        target,
        flows.filter((flow) => flow !== undefined),
      ),
    );
  }
  return firstOf(found, isWhole && heads.length <= most.flows);
}

async function usersNaming(table: Reads, target: Target): Promise<Found> {
  const { items: settings, isWhole } = await readSlices(most.slices, (after) =>
    table.query(callHandlingRow, {}, after),
  );
  const found = firstOf(dependentUsers(target, settings), isWhole);
  const users = await table.getAll(userRow, found.items);
  return {
    ...found,
    items: found.items.flatMap((dependent, at) => {
      const user = users[at];
      return user === undefined ? [] : [{ ...dependent, name: user.display_name }];
    }),
  };
}

type Reader = (table: Reads, target: Target) => Promise<Found>;

/** By what is asked about, in the order in which they are shown. */
const readers: Readonly<Record<Target['type'], readonly Reader[]>> = {
  user: [numbersTo, devicesOf, simsOf, groupsNaming, flowsNaming, usersNaming],
  flow: [numbersTo, groupsNaming, flowsNaming, blocksNaming, usersNaming],
  ring_group: [numbersTo, groupsNaming, flowsNaming, usersNaming],
  schedule: [flowsNaming, usersNaming],
};

/** Both are read together with the session. */
export const prefetch = prefetchByPathId(userRow, callFlowRow);

export const dependentStore = (table: Reads) => ({
  /** A user, by all that others name of it. */
  user: async (id: string): Promise<Target | undefined> => {
    const user = await table.get(userRow, { id });
    if (user === undefined) return undefined;
    return { type: 'user', id, extension: user.extension, mailbox: (await mailboxOfUser(table, user)) ?? null };
  },
  flow: async (id: string): Promise<Target | undefined> => {
    const flow = await table.get(callFlowRow, { id });
    return flow === undefined ? undefined : flowTarget(flow);
  },
  ringGroup: async (id: string): Promise<Target | undefined> => {
    const group = await table.get(ringGroupRow, { id });
    return group === undefined ? undefined : targetOf('ring_group', group);
  },
  schedule: async (id: string): Promise<Target | undefined> => {
    const schedule = await table.get(scheduleRow, { id });
    return schedule === undefined ? undefined : targetOf('schedule', schedule);
  },
  dependents: async (target: Target) => {
    const found = await Promise.all(readers[target.type].map((read) => read(table, target)));
    return { dependents: found.flatMap(({ items }) => items), truncated: !found.every(({ isWhole }) => isWhole) };
  },
});
