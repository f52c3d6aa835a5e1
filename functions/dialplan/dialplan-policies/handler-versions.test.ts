import { beforeAll, expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { textAt } from '#test/support/example-request.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome, type Call } from '#test/support/requests.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import type { ApiHandler } from '#http/serve.ts';
import { policyApi } from './handler.ts';

const running = testStore();
let api: ApiHandler;
let token: string;
beforeAll(async () => {
  api = policyApi(testDependencies(running.store));
  token = await (await tenantsIn(running.store)).join(7_010);
});

const ask = (route: string, of: Call) => call(api, route, { token, ...of });

/** A policy of version 2. @returns its id */
async function changedPolicy(name: string): Promise<string> {
  const json = { name, conditions: { pattern: '^011' }, actions: { allow: true } };
  const id = textAt((await ask('PUT /dialplan/policy', { json })).body, 'policy', 'id');
  expect(outcome(await ask('POST /dialplan/policy', { json: { id, priority: 10 } }))).toBe('200');
  return id;
}

test('an update that names another version than the present one is rejected', async () => {
  const id = await changedPolicy('Updated');
  const update = async (version: number) =>
    outcome(
      await ask('POST /dialplan/policy', { json: { id, priority: 20 }, headers: { 'if-match': `"${version}"` } }),
    );
  expect([await update(1), await update(3), await update(2)]).toEqual([
    ...['409 VERSION_CONFLICT', '409 VERSION_CONFLICT', '200'],
  ]);
});

test('a deletion that names another version than the present one is rejected', async () => {
  const id = await changedPolicy('Deleted');
  const remove = async (version: number) =>
    outcome(await ask('DELETE /dialplan/policy', { query: { id }, headers: { 'if-match': `"${version}"` } }));
  expect([await remove(1), await remove(2)]).toEqual(['409 VERSION_CONFLICT', '200']);
});
