import { noon } from '#test/support/dependencies.fixture.ts';
import { tenantsIn, type Tenants } from '#test/support/people.fixture.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { ask, toyDependencies, toyHandler } from '#test/support/toy-shop.fixture.ts';
import type { Sender } from '../../dynamodb/client.ts';
import type { ApiHandler } from '../serve.ts';
import { rejections } from './rejections.ts';

const running = testStore();
let tenants: Tenants;
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
});

const later = new Date(noon.getTime() + 60_000);
const outcomeOf = (work: () => void | Promise<void>): Promise<string> =>
  Promise.resolve()
    .then(work)
    .then(
      () => 'allowed',
      (error: unknown) => (error as { code: string }).code,
    );

/** A store whose calls are counted, and fail on demand. */
function watched(fails = false) {
  const calls: string[] = [];
  const client = {
    send: (command: object) => {
      calls.push(JSON.stringify(command));
      return fails ? Promise.reject(new Error('no store')) : running.store.client.send(command as never);
    },
  } as Sender;
  return { calls, store: { ...running.store, client } };
}

describe('401s of an address', () => {
  test('are limited to 100 a minute over all processes, and a new minute begins with none', async () => {
    const processes = [rejections(running.store, {}), rejections(running.store, {})];
    const outcomes: string[] = [];
    for (let at = 0; at < 120; at += 1)
      outcomes.push(await outcomeOf(() => processes[at % 2]!.count('198.51.100.1', noon)));
    expect(outcomes.slice(0, 100).every((outcome) => outcome === 'allowed')).toBe(true);
    expect(new Set(outcomes.slice(100))).toEqual(new Set(['RATE_LIMITED']));
    for (const process of processes) {
      expect(await outcomeOf(() => process.assertAllowed('198.51.100.1', noon))).toBe('RATE_LIMITED');
      expect(await outcomeOf(() => process.assertAllowed('198.51.100.2', noon))).toBe('allowed');
      expect(await outcomeOf(() => process.assertAllowed('198.51.100.1', later))).toBe('allowed');
    }
  });

  test('that come at once are not more than 100 either', async () => {
    const process = rejections(running.store, {});
    const work = Array.from({ length: 150 }, () => outcomeOf(() => process.count('198.51.100.3', noon)));
    const outcomes = await Promise.all(work);
    expect(outcomes.filter((outcome) => outcome === 'allowed')).toHaveLength(100);
  });

  test('are counted by the process alone while the store fails', async () => {
    const { store } = watched(true);
    const process = rejections(store, { RATE_LIMIT_REJECTED: '2' });
    const outcomes: string[] = [];
    for (let at = 0; at < 3; at += 1) outcomes.push(await outcomeOf(() => process.count('198.51.100.4', noon)));
    expect(outcomes).toEqual(['allowed', 'allowed', 'RATE_LIMITED']);
    expect(await outcomeOf(() => process.assertAllowed('198.51.100.4', noon))).toBe('RATE_LIMITED');
  });
});

describe('an address that has used up its 401s', () => {
  const guess = (shop: ApiHandler, at: number) =>
    ask(shop, 'GET /toys', { token: `key_01J00000000000000000000000.${String(at).padStart(43, 'a')}` });

  test('gets 429 before any work, with any credential or none; public endpoints stay open', async () => {
    const { store, calls } = watched();
    const shop = toyHandler(toyDependencies(store, { RATE_LIMIT_REJECTED: '5' }).dependencies);
    const valid = await tenants.join(4_501);
    const statuses: number[] = [];
    for (let at = 0; at < 7; at += 1) statuses.push((await guess(shop, at)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    calls.length = 0;
    const reply = await ask(shop, 'GET /toys', { token: valid });
    expect(reply).toMatchObject({
      status: 429,
      code: 'RATE_LIMITED',
      headers: { 'Retry-After': '60', 'X-RateLimit-Limit': '5', 'X-RateLimit-Remaining': '0' },
    });
    expect([(await ask(shop, 'GET /toys')).status, calls]).toEqual([429, []]);
    expect((await ask(shop, 'GET /open')).status).not.toBe(429);
  });

  test('is blocked at log-in, too', async () => {
    const { store, calls } = watched();
    const shop = toyHandler(toyDependencies(store, { RATE_LIMIT_REJECTED: '0' }).dependencies);
    expect(await ask(shop, 'POST /door', { body: { username: 'a', password: 'b' } })).toMatchObject({ status: 429 });
    expect(calls).toEqual([]);
  });
});

test('a request that succeeds costs no call to the store for this, one that is 401 costs one', async () => {
  const token = await tenants.join(4_502);
  const { store, calls } = watched();
  const shop = toyHandler({ ...toyDependencies(store).dependencies, random: () => 1 });
  await ask(shop, 'GET /toys', { token });
  calls.length = 0;
  const counted = () => calls.filter((call) => call.includes('rejected/')).length;
  expect([(await ask(shop, 'GET /toys', { token })).status, counted()]).toEqual([200, 0]);
  expect([(await ask(shop, 'GET /toys')).status, counted()]).toEqual([401, 1]);
});
