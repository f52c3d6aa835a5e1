import { expect, test } from 'vitest';
import { noon, testDependencies, type ManualClock } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome } from '#test/support/requests.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import type { Sender } from '#dynamodb/client.ts';
import { lineRow } from '#dynamodb/line.ts';
import { updateItem } from '#dynamodb/update-item.ts';
import { saveConcurrently } from './concurrent-saves.fixture.ts';
import { policyApi } from './handler.ts';

const running = testStore();

const organization = 7_002;
const at = noon.getTime();
const json = { name: 'Policy', conditions: { pattern: '^011' }, actions: { allow: true } };

/** A clock that each look at it advances. */
const hurriedClock = (milliseconds: number): ManualClock['now'] => {
  let looks = 0;
  return () => new Date(at + milliseconds * looks++);
};

/** `npm run soak -- plan-saves` does it with 10,000 saves, by a clock that runs. */
test('16 writers of one plan save 48 policies without a conflict, first come first served', async () => {
  const { answers, version, overtaken } = await saveConcurrently(16, 48, 0);
  expect(Object.keys(answers).toSorted()).toEqual(['200', '201']);
  expect(version).toBe(48);
  expect(overtaken).toBeLessThan(1.5 * 16);
});

test('a save without rivals sends the store what it sent before there was a line', async () => {
  const token = await (await tenantsIn(running.store)).join(organization);
  const sent: string[] = [];
  const client: Sender = {
    send: (command: object) => {
      sent.push(command.constructor.name);
      return running.store.client.send(command as never);
    },
  };
  const api = policyApi({ ...testDependencies({ ...running.store, client }), clock: () => noon });
  await call(api, 'PUT /dialplan/policy', { token, json: { ...json, name: 'First' } });
  sent.length = 0;
  expect(outcome(await call(api, 'PUT /dialplan/policy', { token, json }))).toBe('201');
  expect(sent.toSorted()).toEqual([
    'BatchGetItemCommand', // session, user, organization, line
    'GetItemCommand', // head of the plan
    'TransactWriteItemsCommand',
    'UpdateItemCommand', // requests of the minute
  ]);
});

test('a save waits for those before it, and is 503 after 20 seconds', async () => {
  const token = await (await tenantsIn(running.store)).join(organization + 1);
  const place = { organization: organization + 1, row: lineRow('planhead'), key: {} };
  await updateItem(running.store, place, { set: { turn_0: at + 60_000 } });
  const api = policyApi({ ...testDependencies(running.store), clock: hurriedClock(500) });
  expect(outcome(await call(api, 'PUT /dialplan/policy', { token, json }))).toBe('503 UNAVAILABLE');
  const later = policyApi({ ...testDependencies(running.store), clock: () => new Date(at + 60_000) });
  expect(outcome(await call(later, 'PUT /dialplan/policy', { token, json }))).toBe('201');
});
