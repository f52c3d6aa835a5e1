import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contracts } from '#functions/contracts.ts';
import { successorsIn } from '#contract/consequences.ts';
import { minute } from '#schema/time.ts';
import { startStore, type StartedStore } from '#test/support/store.fixture.ts';
import { waitingPointers, workOff } from '#test/support/outage.fixture.ts';
import { organization, scenarios } from './chained-timers.ts';

/**
 * Each timer that schedules its successor, over three turns that an outage misses, by what its contract declares. A
 * consumer that schedules one without a declaration is rejected (`shared/runtime/background-context.ts`).
 */

let running: StartedStore;
beforeEach(async () => {
  running = await startStore();
});
afterEach(() => running.stop());

const declared = successorsIn(contracts);
const endless = [...declared].filter(([, missed]) => missed !== 'ends');

test('each timer that goes on for ever has a scenario, and no other one has', () => {
  expect(Object.keys(scenarios).toSorted()).toEqual(endless.map(([kind]) => kind).toSorted());
});

describe.each(endless)('the timer %s', (kind, missed) => {
  test.each([
    { name: 'a start that nothing disturbs', killed: 0, minutes: 5 },
    { name: 'a start in which processes are killed again and again', killed: 0.05, minutes: 12 },
  ])(`goes on after an outage over three turns, which are ${missed}, and $name`, async ({ killed, minutes }) => {
    const scenario = scenarios[kind];
    if (scenario === undefined) throw new Error(`write a scenario for ${kind} in chained-timers.ts`);
    const { turns, begin, done, afterOutage, ...consumer } = scenario;
    const [third, fourth] = [Date.parse(turns[2]), Date.parse(turns[3])];
    await begin(running.store);
    /** The pointers of the kind, after the work of some minutes. */
    const pointersAfter = async (from: number): Promise<readonly string[]> => {
      await workOff(running.store, { ...consumer, from, minutes, killed });
      return (await waitingPointers(running.store))
        .filter((each) => each.kind === kind && each.org_id === organization)
        .map(({ at }) => at);
    };

    const ended = (third + fourth) / 2;
    const [next = '', ...others] = await pointersAfter(ended);
    expect(others).toEqual([]);
    expect(await done(running.store)).toEqual(afterOutage);
    // Made up: the dates go on as if there had been no outage. Skipped: they may count from the present.
    if (missed === 'made up') expect(next).toBe(turns[3]);
    expect(Date.parse(next)).toBeGreaterThan(ended);
    expect(Date.parse(next)).toBeLessThanOrEqual(ended + minutes * minute + fourth - third);

    const [afterwards = '', ...more] = await pointersAfter(Date.parse(next));
    expect(more).toEqual([]);
    expect(Date.parse(afterwards)).toBeGreaterThan(Date.parse(next));
  });
});
