import { expect, test } from 'vitest';
import { eventually, past } from '../support/eventually.ts';
import type { Usage } from '../support/sidecar-process.ts';
import { concurrent, startCalledSidecar, type CalledSidecar } from '../bench/called-sidecar.ts';

/**
 * What a sidecar keeps of its calls. `CALLS=5000 npm run soak -- calls-memory` makes fewer one after the other, and
 * `MINUTES=1` lets the others last less long.
 */
const calls = Number(process.env['CALLS'] ?? 50_000);
const minutes = Number(process.env['MINUTES'] ?? 10);

/** Calls that are up at once. */
const up = { calls: 1_000, rate: 25, changesPerMinute: 2 } as const;
/** Milliseconds until the last transaction of a call is forgotten (RFC 3261, 64·T1), and some more. */
const lingering = 40_000;
/** Memory at the end against that after the first tenth. */
const flat = 1.1;

const megabytes = ({ memory, resident }: Usage): string =>
  `${Math.round(memory / 1e6)} MB in use, ${Math.round(resident / 1e6)} MB resident`;

const print = (first: Usage, last: Usage): void =>
  void process.stdout.write(`first ${megabytes(first)}; last ${megabytes(last)}\n`);

/** Use of the process. Twice collected, as the first look may itself have left something. */
async function usageOf({ sidecar }: CalledSidecar) {
  await sidecar.usage();
  return sidecar.usage();
}

/** Makes calls one after the other. @returns use of the process when the last transaction is forgotten */
async function callOneAfterTheOther(called: CalledSidecar, count: number) {
  const { successful, failed } = await called.call({ calls: count, concurrent });
  expect([successful, failed]).toEqual([count, 0]);
  await past(lingering);
  return usageOf(called);
}

test(`${calls} calls one after the other leave nothing behind, and one CDR each`, async () => {
  await using called = await startCalledSidecar();
  const first = await callOneAfterTheOther(called, calls / 10);
  const last = await callOneAfterTheOther(called, (calls * 9) / 10);
  print(first, last);
  expect(last.cdrs).toBe(calls);
  expect(last.memory).toBeLessThan(flat * first.memory);
}, 3_600_000);

test(`${up.calls} calls that are held and resumed for ${minutes} minutes need no more memory`, async () => {
  await using called = await startCalledSidecar();
  const changes = minutes * up.changesPerMinute;
  const pause = 60_000 / up.changesPerMinute;
  const running = called.call({ calls: up.calls, concurrent: up.calls, rate: up.rate, talk: { pause, changes } });
  await eventually(() => called.callees.calls().length >= up.calls, 120_000);
  await past(minutes * 6_000);
  const first = await usageOf(called);
  await past(minutes * 48_000);
  const last = await usageOf(called);
  print(first, last);
  expect(last.memory).toBeLessThan(flat * first.memory);
  const { successful, failed } = await running;
  expect([successful, failed]).toEqual([up.calls, 0]);
  await eventually(async () => expect((await usageOf(called)).cdrs).toBe(up.calls), 60_000);
}, 3_600_000);
