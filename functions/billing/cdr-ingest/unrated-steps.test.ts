import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { record } from './filed-cdr.fixture.ts';
import { manualClock } from '#test/support/dependencies.fixture.ts';
import { testStore, eventsOf } from '#test/support/store.fixture.ts';
import { cdrsFiledMessage } from '#contract/log-messages.ts';
import type { Sender } from '#dynamodb/client.ts';
import { addAccount, chargesTo, messageOf, startIngestion } from './ingest.fixture.ts';

const running = testStore();

let last = 4000;
async function account(): Promise<number> {
  last += 1;
  await addAccount(running.store, last);
  return last;
}

/** Records of calls to extensions, which are no numbers. */
const unreadable = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => record(`call-${from + at}`, { callee: `20${(from + at) % 10}` }));

const reportsOf = async (organization: number) =>
  (await eventsOf(running.store, organization)).flatMap(({ type, data }) => (type === 'cdr.unrated' ? [data] : []));

test('the first unrated calls of each reason are reported at once, with numbers', async () => {
  const organization = await account();
  const records = [record('rated'), record('abroad', { callee: '+442079460000' }), ...unreadable(0, 3)];
  const consumer = startIngestion(running.store);
  expect(await consumer.deliver({ m1: messageOf(organization, records) })).toEqual([]);
  expect(await reportsOf(organization)).toEqual([
    { reason: 'NO_RATE', unrated: 1, since: null, numbers: ['+442079460000'], sources: ['test'] },
    { reason: 'NOT_E164', unrated: 3, since: null, numbers: ['200', '201', '202'], sources: ['test'] },
  ]);
  expect(consumer.notes).toContain(cdrsFiledMessage);
});

test('calls of the next hour are counted, and reported with the first one after it', async () => {
  const organization = await account();
  const clock = manualClock();
  const consumer = startIngestion(running.store, { clock: clock.now });
  const deliver = (from: number, count: number) =>
    consumer.deliver({ [`m${from}`]: messageOf(organization, unreadable(from, count)) });
  await deliver(0, 1);
  clock.advance(3_599);
  await deliver(1, 70);
  expect(await reportsOf(organization)).toMatchObject([{ unrated: 1 }]);
  clock.advance(1);
  await deliver(71, 2);
  expect(await reportsOf(organization)).toMatchObject([
    { unrated: 1, since: null },
    { unrated: 72, since: '2026-11-20T10:00:00.000Z', numbers: ['201', '202'] },
  ]);
});

test('messages that are delivered again report nothing again', async () => {
  const organization = await account();
  const consumer = startIngestion(running.store);
  for (const _ of [1, 2]) await consumer.deliver({ m1: messageOf(organization, unreadable(0, 3)) }, 2);
  expect(await reportsOf(organization)).toMatchObject([{ unrated: 3 }]);
});

test('consumers that report at the same time report once, and file every call', async () => {
  const organization = await account();
  const other = startIngestion(running.store);
  let raced = false;
  const through = (client: Sender): Sender => ({
    send: async (command) => {
      if (command instanceof TransactWriteItemsCommand && !raced) {
        raced = true;
        await other.deliver({ m2: messageOf(organization, unreadable(10, 2)) });
      }
      return client.send(command);
    },
  });
  const consumer = startIngestion(running.store, { through });
  expect(await consumer.deliver({ m1: messageOf(organization, unreadable(0, 3)) })).toEqual([]);
  expect(await reportsOf(organization)).toMatchObject([{ unrated: 2 }]);
  expect(await chargesTo(running.store, organization)).toMatchObject({ calls: 5 });
});
