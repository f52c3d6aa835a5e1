import { expect, test } from 'vitest';
import { brakes, newBrake, windowsOfProcess, type BrakeKind } from './brake.ts';

const noon = new Date('2026-11-20T12:00:00.000Z');

/** What each of the sendings has to wait. */
async function waits(
  kind: BrakeKind,
  sendings: readonly (readonly [number, string])[],
  at = noon,
  brake = newBrake(windowsOfProcess()),
) {
  const found: number[] = [];
  for (const [organization, target] of sendings) found.push(await brake(kind, { organization, target }, at));
  return found;
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

test.each(Object.keys(brakes) as BrakeKind[])(
  '%s: an organization that sends too much to a target waits',
  async (kind) => {
    const { pair, minutes } = brakes[kind];
    const found = await waits(kind, times(pair + 1, [1_001, 'a.example']));
    const left = minutes * 60 - ((noon.getTime() / 1_000) % (minutes * 60));
    expect([new Set(found.slice(0, pair)), found.at(-1)]).toEqual([new Set([0]), left]);
  },
);

test('it waits in no other window, and for no other target', async () => {
  const brake = newBrake(windowsOfProcess());
  const { pair } = brakes['webhook-test'];
  await waits('webhook-test', times(pair + 1, [1_001, 'a.example']), noon, brake);
  const later = new Date(noon.getTime() + 600_000);
  expect(await waits('webhook-test', [[1_001, 'b.example']], noon, brake)).toEqual([0]);
  expect(await waits('webhook-test', [[1_001, 'a.example']], later, brake)).toEqual([0]);
});

test('a target is the same in any case', async () => {
  const { pair } = brakes['webhook-test'];
  const found = await waits('webhook-test', [...times(pair, [1, 'ada@x.example'] as const), [1, 'ADA@X.example']]);
  expect(found.at(-1)).toBeGreaterThan(0);
});

test('a host is the same with the dot of the root of the DNS', async () => {
  const { pair } = brakes['webhook-test'];
  const found = await waits('webhook-test', [...times(pair, [1, 'a.example'] as const), [1, 'a.example.']]);
  expect(found.at(-1)).toBeGreaterThan(0);
});

test('an organization does not use up what others may send to a target, however often it tries', async () => {
  const found = await waits('webhook-test', [...times(5_000, [1_001, 'a.example'] as const), [1_002, 'a.example']]);
  expect(found.at(-1)).toBe(0);
});

test('many organizations together wait at a target', async () => {
  const { target, pair } = brakes['webhook-test'];
  const all = Array.from({ length: target / pair }, (_, at) => times(pair, [2_000 + at, 'a.example'] as const)).flat();
  const found = await waits('webhook-test', [...all, [1_001, 'a.example'], [1_001, 'b.example']]);
  expect([found.slice(0, -2).every((each) => each === 0), found.at(-2) === 0, found.at(-1)]).toEqual([true, false, 0]);
});

test('many hosts of an organization, which may be one server, share a limit of webhooks', async () => {
  const { pair } = brakes['webhook-delivery'];
  const hosts = Array.from({ length: 20 }, (_, at) => times(pair, [1_001, `${at}.example`] as const)).flat();
  const found = await waits('webhook-delivery', [...hosts, [1_002, '0.example']]);
  expect([found.filter((wait) => wait === 0).length, found.at(-1)]).toEqual([3 * pair + 1, 0]);
});

test('concurrent sendings are counted each', async () => {
  const brake = newBrake(windowsOfProcess());
  const { pair } = brakes['webhook-test'];
  const found = await Promise.all(
    times(pair * 3, 0).map(() => brake('webhook-test', { organization: 1, target: 'ada@x.example' }, noon)),
  );
  expect(found.filter((wait) => wait === 0)).toHaveLength(pair);
});

test('a process keeps a limited number of windows', async () => {
  const count = windowsOfProcess(2);
  for (const subject of ['a', 'b', 'c']) await count(subject, 1);
  expect([await count('c', 1), await count('a', 1), await count('c', 2)]).toEqual([2, 1, 1]);
});
