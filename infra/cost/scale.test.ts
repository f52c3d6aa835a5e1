import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { synthesizer } from '#test/infra/templates.fixture.ts';
import { priceList } from './cost.ts';
import {
  brokenBy,
  demandOf,
  fits,
  largeCell,
  limits,
  monthOfTenants,
  place,
  sharesOf,
  usable,
  type Demand,
  type Tenants,
} from './scale.fixture.ts';
import { tableOf, withGenerated } from './table.fixture.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);

const list = priceList();
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const percent = (share: number): string => `${whole.format(100 * share)} %`;
const names = Object.keys(limits) as (keyof Demand)[];

/** A stage of default settings that is well used. */
const reference: Tenants = { callsPerDay: 500_000, devices: 50_000 };
const times = (factor: number): Tenants => ({
  callsPerDay: reference.callsPerDay * factor,
  devices: reference.devices * factor,
});

/** Growth to plan for: a billion CDRs a day, ten million phones. */
const world: Tenants = { callsPerDay: 1e9, devices: 1e7 };
const tenants = 100_000;

describe('one cell', () => {
  test('has the demand of a busy second, computed by hand', () => {
    // 864,000 calls a day are ten a second, and 730 / 220 times as many in a busy hour. A CDR takes 9.5 units of the
    // table, and each of eight events takes four.
    const calls = (10 * 730) / 220;
    const demand = demandOf({ callsPerDay: 864_000, devices: 300_000 }, list);
    expect(demand.calls).toBeCloseTo(calls, 6);
    expect(demand.registrations).toBeCloseTo(1_000, 6);
    expect(demand.writeUnits).toBeCloseTo(calls * 41.5 + 1_000, 6);
    expect(demand.sessions).toBeCloseTo(calls * 180 * 0.2, 6);
  });

  test('holds the reference, and breaks at ten times as much', () => {
    expect(brokenBy(demandOf(reference, list))).toEqual([]);
    expect(brokenBy(demandOf(times(10), list)).length).toBeGreaterThan(0);
  });
});

describe('a billion CDRs a day and ten million phones', () => {
  const { cells, tooLarge } = place(world, tenants, list);

  test('are placed: each tenant once, no cell above its part of a limit', () => {
    expect(cells.reduce((sum, cell) => sum + cell.tenants, 0) + tooLarge).toBe(tenants);
    for (const { demand } of cells) expect(fits(demand, usable)).toBe(true);
    const placed = cells.reduce((sum, { demand }) => sum + demand.calls, 0);
    const all = demandOf(world, list);
    if (tooLarge === 0) expect(placed / all.calls).toBeCloseTo(1, 6);
    // No fewer cells than the tightest limit demands.
    const least = Math.max(...names.map((name) => (placed * (all[name] / all.calls)) / (usable * largeCell[name])));
    expect(cells.length).toBeGreaterThanOrEqual(least);
    expect(cells.length).toBeLessThan(least * 1.2 + 2);
  });

  test('fill cells with relayed calls first', () => {
    const { demand } = cells[1]!;
    expect(names.toSorted((one, other) => demand[other] / largeCell[other] - demand[one] / largeCell[one])[0]).toBe(
      'sessions',
    );
  });

  test('are what SCALE.md says', async () => {
    const columns = [1, 10, 100].map((factor) => demandOf(times(factor), list));
    const first = columns.map((demand) => brokenBy(demand)[0]);
    const limitsTable = tableOf([
      ['limit of a cell', 'value', 'reference', '10 ×', '100 ×', 'raised by'],
      ...names.map((name) => [
        limits[name].what,
        whole.format(limits[name].max),
        ...columns.map((demand) => percent(sharesOf(demand)[name])),
        limits[name].raise,
      ]),
      ['**breaks first**', '', ...first.map((name) => (name === undefined ? '–' : limits[name].what)), ''],
    ]);
    const demand = demandOf(world, list);
    const cost = monthOfTenants(world, cells.length, {
      templates: [...synthesize({ mediaRelay: 'true' }).values()],
      list,
    });
    const rows: [string, string][] = [
      ['tenants, the n-th of a size of 1/n', whole.format(tenants)],
      ['calls a second in a busy hour', whole.format(demand.calls)],
      ['write units a second', whole.format(demand.writeUnits)],
      ['registrations a second', whole.format(demand.registrations)],
      ['relayed calls at once', whole.format(demand.sessions)],
      ['large cells', whole.format(cells.length)],
      ['tenants that no cell can hold', whole.format(tooLarge)],
      [
        'tenants of the fullest and of the emptiest cell',
        [Math.max, Math.min].map((of) => whole.format(of(...cells.map((cell) => cell.tenants)))).join(', '),
      ],
      [`US dollars a month at list prices of ${list.asOf}`, whole.format(cost.all)],
      ['of these, relayed media', whole.format(cost.media)],
      ['of these, writes of tables', whole.format(cost.writes)],
      ['US dollars per million calls', whole.format(cost.all / ((world.callsPerDay * 730) / 24 / 1e6))],
    ];
    const document = withGenerated(readFileSync('infra/SCALE.md', 'utf8'), {
      limits: limitsTable,
      simulation: tableOf([['a billion CDRs a day, ten million phones', ''], ...rows]),
    });
    await expect(document).toMatchFileSnapshot('../SCALE.md');
  });
});
