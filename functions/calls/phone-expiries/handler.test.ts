import { expect, test } from 'vitest';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { countRow } from '#dynamodb/rows/count.ts';
import { eventRow, eventsOfEntity } from '#dynamodb/rows/event.ts';
import { livePhones, phoneRow } from '#dynamodb/rows/phone.ts';
import { tableFor } from '#dynamodb/table.ts';
import { minute } from '#schema/time.ts';
import { anyAccountRow } from '../../telephony/rows/sip-account.ts';
import { sweeperHandler } from '../../system/sweeper/handler.ts';
import { accountOf } from '../phones/phone.ts';
import { NewPhone, newLine } from '../phones/phone.ts';
import { createWrites } from '../phones/store.ts';
import { phoneExpiriesHandler } from './handler.ts';

const running = testStore();

test('a line ends once when it is due, with its account, and the event has its callback', async () => {
  const dependencies = testDependencies(running.store);
  const body = { allow_features: ['inbound'], type: 'dynamic', max_expire: 60, event_callback: 'https://example.com/' };
  const line = newLine(NewPhone.parse(body), {
    username: 'f8ab70c893d0e9f715094b',
    org_id: 1_001,
    user_id: 'usr_1',
    domain: 'example.com',
    now: dependencies.now,
  });
  const account = accountOf(line, 'secret', ['example.com']);
  await commit(running.store, 1_001, createWrites(line, account, { domains: [], changes: 0 }));
  const table = tableFor(running.store, 1_001);
  const state = async () => {
    const [stored, credentials, count, live] = await Promise.all([
      table.get(phoneRow, line),
      table.get(anyAccountRow, account),
      table.get(countRow, { of: 'phones' }),
      table.queryIndex(phoneRow, 'GSI1', livePhones(1_001)),
    ]);
    return [stored?.ended_at ?? null, credentials === undefined, count?.value, live.items.length];
  };
  expect(await state()).toEqual([null, false, 1, 1]);

  dependencies.now = new Date(dependencies.now.getTime() + minute);
  await sweeperHandler(dependencies)({ time: '' });
  const messages = dependencies.queues.sent.filter(({ queue }) => queue === 'jobs');
  expect(messages).toMatchObject([{ message: { group: '1001' } }]);
  const batch = batchOf(messages.map(({ message }) => message.body));
  for (let time = 0; time < 2; time += 1)
    expect(await phoneExpiriesHandler(dependencies)(batch)).toEqual({ batchItemFailures: [] });

  expect(await state()).toEqual([dependencies.now.toISOString(), true, 0, 0]);
  const events = await table.queryIndex(eventRow, 'GSI1', eventsOfEntity(1_001, { type: 'phone', id: line.username }));
  expect(events.items).toMatchObject([
    { type: 'phone.expired', callback_url: 'https://example.com/', data: { user_id: 'usr_1', reason: 'expired' } },
  ]);
});
