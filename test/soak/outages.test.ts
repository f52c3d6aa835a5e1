import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { smallDisk } from '../support/small-disk.fixture.ts';
import { outputsFileIn, startCloud, type OwnCloud } from '../system/cloud.ts';

/**
 * What calls that are up do while a part of `npm start` ends or does not answer. `CALLS=10 npm run soak -- outages` has
 * fewer calls.
 */
const calls = Number(process.env['CALLS'] ?? 50);
const isRoot = process.getuid?.() === 0;

const folder = mkdtempSync(join(tmpdir(), 'trunkline-outages-'));
afterAll(() => rmSync(folder, { recursive: true }));

let cloud: OwnCloud;
const parts = new DisposableStack();

/** Phones of a new cloud, and their calls. */
async function begin(env: NodeJS.ProcessEnv = {}) {
  cloud = await startCloud({ RATE_LIMIT_SCALE: '20', ...env });
  process.env['OUTPUTS'] = outputsFileIn(cloud.dataDir);
  const fixture = await import('../system/operations/outages.fixture.ts');
  const tasks = await import('../system/sidecar-tasks.fixture.ts');
  const { uniqueName } = await import('../system/tenant.fixture.ts');
  const place = await tasks.taskCloudIn(cloud);
  const open = parts.use(new DisposableStack());
  const pair = await fixture.phonePair(place, open);
  const { expectEndedOnce } = fixture;
  return { ...fixture, ...tasks, expectEndedOnce, uniqueName, place, pair, up: await fixture.callsUp(pair, calls) };
}

/** Five seconds, in milliseconds. */
const long = 5_000;
const outage = async (): Promise<void> => {
  const began = performance.now();
  await eventually(() => performance.now() - began >= long);
};

/** Rates of a size that no compression reduces much. */
const randomRates = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    prefix: String(10_000 + at),
    price_per_minute: `0.${String(randomInt(1_000_000)).padStart(6, '0')}`,
    name: randomBytes(30).toString('base64'),
  }));

/** What the store and the tasks said when they ended by themselves. */
const ends = (): readonly string[] =>
  cloud
    .printed()
    .split('\n')
    .filter((line) => line.includes('ended unexpectedly'));

afterEach(() => cloud.stop());
afterAll(() => parts.dispose());

test('a store that is stopped for 5 s ends no call, and those that end meanwhile have one CDR', async () => {
  const { place, pair, up, storeOfCloud, untilHealth, expectEndedOnce, callsUp } = await begin();
  const store = storeOfCloud(cloud);
  process.kill(store, 'SIGSTOP');
  const half = up.slice(0, calls / 2);
  for (const { caller } of half) caller.hangUp();
  await outage();
  process.kill(store, 'SIGCONT');
  await untilHealth(cloud, 200);
  await expectEndedOnce(place, half, 0);
  const rest = up.slice(calls / 2);
  expect(rest.filter(({ caller, callee }) => !caller.isUp || !callee.isUp)).toEqual([]);
  for (const { callee } of rest) callee.hangUp();
  await expectEndedOnce(place, rest, half.length);
  const more = await callsUp(pair, 5);
  for (const { caller } of more) caller.hangUp();
  await expectEndedOnce(place, more, calls);
  expect(ends()).toEqual([]);
});

test('a store that is killed ends no call, and those that end meanwhile have one CDR', async () => {
  const { place, up, storeOfCloud, untilHealth, expectEndedOnce } = await begin();
  process.kill(storeOfCloud(cloud), 'SIGKILL');
  const half = up.slice(0, calls / 2);
  for (const { caller } of half) caller.hangUp();
  await expectEndedOnce(place, half, 0);
  await untilHealth(cloud, 200);
  const rest = up.slice(calls / 2);
  expect(rest.filter(({ caller, callee }) => !caller.isUp || !callee.isUp)).toEqual([]);
  for (const { callee } of rest) callee.hangUp();
  await expectEndedOnce(place, rest, half.length);
  expect(ends()).toHaveLength(1);
});

test('the calls of a task that is killed go on at the one that takes its place, with one CDR each', async () => {
  const { place, up, signalTask, untilHealth, expectEndedOnce } = await begin();
  const { taskOf, untilMoved } = await import('../system/handover.fixture.ts');
  const [task] = place.tasks;
  expect(task).toBeDefined();
  const sides = up.flatMap(({ caller, callee }) => [caller, callee]);
  const before = sides.map(taskOf);
  signalTask(place, task, 'SIGKILL');
  for (const [at, side] of sides.entries()) await untilMoved(side, before[at] ?? '');
  for (const { caller } of up) caller.hangUp();
  const cdrs = await expectEndedOnce(place, up, 0);
  expect(new Set(cdrs.map(({ disposition }) => disposition))).toEqual(new Set(['ANSWERED']));
  await untilHealth(cloud, 200);
  expect(ends()).toHaveLength(1);
});

test.skipIf(!isRoot)('a full disk ends no call, which is charged when there is room again; health tells', async () => {
  const disk = parts.use(smallDisk(folder, 300));
  const { place, up, untilHealth, expectEndedOnce, uniqueName } = await begin({ DATA_DIR: folder });
  disk.fill();
  // The log of the store has some room, which it uses again and again.
  await eventually(async () => {
    disk.fill();
    const tariff = { name: uniqueName('full'), currency: 'USD', rates: randomRates(4_000) };
    const { status } = await cloud.api('/tariffs/new', { method: 'PUT', token: place.operator, json: tariff });
    expect(status).toBeGreaterThanOrEqual(500);
  });
  await untilHealth(cloud, 503);
  const half = up.slice(0, calls / 2);
  for (const { caller } of half) caller.hangUp();
  await outage();
  disk.free();
  await untilHealth(cloud, 200);
  await expectEndedOnce(place, half, 0);
  const rest = up.slice(calls / 2);
  expect(rest.filter(({ caller, callee }) => !caller.isUp || !callee.isUp)).toEqual([]);
  for (const { callee } of rest) callee.hangUp();
  await expectEndedOnce(place, rest, half.length);
});
