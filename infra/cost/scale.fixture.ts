import { dollarsOf, monthOf, type PriceList, Use } from './cost.ts';
import { busyHours, capacity, hours, phoneCapacity } from './meters.ts';
import type { DeclaredTemplate } from '../declared.ts';
import { callUnits } from '../throughput.ts';

/** What many tenants need of cells: stages with a table, tasks and relays of their own (infra/SCALE.md). */

export type Tenants = {
  /** Calls of a day, each with a CDR. */
  readonly callsPerDay: number;
  readonly devices: number;
};

/** Seconds between the registrations of a phone, and length of a call and share of calls with relayed media. */
const [refresh, minutes, relayed] = [300, 3, 0.2] as const;
/** Calls of an average second are fewer than those of a busy hour by this. */
const peak = hours / busyHours;
const secondsOfDay = 86_400;

/** Demand of a busy second. */
export type Demand = Readonly<Record<keyof typeof limits, number>>;

/**
 * What one cell takes in a second. Table: "Service, account, and table quotas in Amazon DynamoDB"; the others are the
 * maxima of `sipTasks=2` and of the relays.
 */
export const limits = {
  writeUnits: { max: 40_000, what: 'write units of the table a second', raise: 'a quota, on request' },
  registrations: {
    max: 10 * phoneCapacity.registrationsPerSecond,
    what: 'registrations a second, by ten tasks',
    raise: '`sipTasks`',
  },
  calls: { max: 10 * capacity.callsPerSecond, what: 'new calls a second, by ten tasks', raise: '`sipTasks`' },
  sessions: { max: 8 * capacity.sessions, what: 'relayed calls at once, by eight relays', raise: '`maxRelays`' },
} as const;

/** Part of a limit that a cell uses: the rest is for a failed zone, retries and growth. */
export const usable = 0.7;

export function demandOf({ callsPerDay, devices }: Tenants, { usage }: PriceList): Demand {
  const calls = (callsPerDay / secondsOfDay) * peak;
  const registrations = devices / refresh;
  return {
    writeUnits: calls * callUnits.table + registrations * (usage['registration']?.dynamodbWrite ?? 0),
    registrations,
    calls,
    sessions: calls * minutes * 60 * relayed,
  };
}

const names = Object.keys(limits) as (keyof typeof limits)[];

/** Share of each limit that a demand takes; above 1 it does not fit. */
export const sharesOf = (demand: Demand): Demand => ({
  writeUnits: demand.writeUnits / limits.writeUnits.max,
  registrations: demand.registrations / limits.registrations.max,
  calls: demand.calls / limits.calls.max,
  sessions: demand.sessions / limits.sessions.max,
});

/** The limits that a demand exceeds, the one that breaks first at the front. */
export function brokenBy(demand: Demand): (keyof typeof limits)[] {
  const shares = sharesOf(demand);
  return names.filter((name) => shares[name] > 1).toSorted((one, other) => shares[other] - shares[one]);
}

/**
 * The limits of a large cell: 40 tasks of the sidecar at all times and up to 200, as many relays, and the quota of the
 * table that AWS grants on request.
 */
export const largeCell: Demand = {
  writeUnits: 400_000,
  registrations: 200 * phoneCapacity.registrationsPerSecond,
  calls: 200 * capacity.callsPerSecond,
  sessions: 200 * capacity.sessions,
};

export type Cell = { tenants: number; demand: Demand };

const add = (one: Demand, other: Demand): Demand => ({
  writeUnits: one.writeUnits + other.writeUnits,
  registrations: one.registrations + other.registrations,
  calls: one.calls + other.calls,
  sessions: one.sessions + other.sessions,
});
export const fits = (demand: Demand, share: number): boolean =>
  names.every((name) => demand[name] <= share * largeCell[name]);

/** Sizes of tenants, the largest first: the n-th has a share of 1/n (Zipf), as the sizes of companies have. */
function sizesOf(tenants: number): number[] {
  const weights = Array.from({ length: tenants }, (_, at) => 1 / (at + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * Places tenants, the largest first, each in the first cell that has room. A tenant is never divided: one that needs
 * more than a cell has none, and is counted.
 */
export function place(
  all: Tenants,
  tenants: number,
  list: PriceList,
): { readonly cells: readonly Cell[]; readonly tooLarge: number } {
  const cells: Cell[] = [];
  let tooLarge = 0;
  for (const size of sizesOf(tenants)) {
    const demand = demandOf({ callsPerDay: all.callsPerDay * size, devices: all.devices * size }, list);
    const cell = cells.find((each) => fits(add(each.demand, demand), usable));
    if (cell !== undefined) {
      cell.demand = add(cell.demand, demand);
      cell.tenants += 1;
    } else if (fits(demand, usable)) cells.push({ tenants: 1, demand });
    else tooLarge += 1;
  }
  return { cells, tooLarge };
}

/** US dollars of a month, of all cells, with media and without. */
export function monthOfTenants(
  { callsPerDay, devices }: Tenants,
  cells: number,
  { templates, list }: { readonly templates: readonly DeclaredTemplate[]; readonly list: PriceList },
): { readonly all: number; readonly media: number; readonly writes: number } {
  const use = { calls: (callsPerDay * hours) / 24, minutes, devices, refresh };
  const bill = (share: number) => monthOf(Use.parse({ ...use, relayed: share }), templates, list);
  const [withMedia, without] = [bill(relayed), bill(0)];
  const idle = dollarsOf(monthOf(Use.parse({}), templates, list));
  const of = (price: string): number => without.find((line) => line.price === price)?.dollars ?? 0;
  return {
    all: dollarsOf(withMedia) + (cells - 1) * idle,
    media: dollarsOf(withMedia) - dollarsOf(without),
    writes: of('dynamodbWrite'),
  };
}
