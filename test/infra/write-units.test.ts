import {
  TransactWriteItemsCommand,
  type ConsumedCapacity,
  type TransactWriteItemsCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { record } from '#functions/billing/cdr-ingest/filed-cdr.fixture.ts';
import { addAccount, messageOf, startIngestion } from '#functions/billing/cdr-ingest/ingest.fixture.ts';
import type { Sender } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { settleEvent } from '#dynamodb/rows/event.ts';
import { eventUnits, filingUnits, type Units } from '#infra/throughput.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import { testStore } from '../support/store.fixture.ts';

/** The write units of the model of throughput, as the store counts them. */

const running = testStore();

/** A client that counts the units of transactions. */
function counting(client: Sender): { readonly client: Sender; readonly units: () => Units } {
  const consumed: ConsumedCapacity[] = [];
  const send = async (command: never): Promise<unknown> => {
    const sent: unknown = command;
    if (sent instanceof TransactWriteItemsCommand) sent.input.ReturnConsumedCapacity = 'INDEXES';
    const answer: TransactWriteItemsCommandOutput = await client.send(command);
    if (sent instanceof TransactWriteItemsCommand) consumed.push(...(answer.ConsumedCapacity ?? []));
    return answer;
  };
  const total = (of: (each: ConsumedCapacity) => number | undefined): number =>
    consumed.reduce((sum, each) => sum + (of(each) ?? 0), 0);
  return {
    client: { send: send as Sender['send'] },
    units: () => ({
      table: total(({ Table }) => Table?.WriteCapacityUnits),
      GSI1: total(({ GlobalSecondaryIndexes: indexes }) => indexes?.['GSI1']?.WriteCapacityUnits),
      GSI2: total(({ GlobalSecondaryIndexes: indexes }) => indexes?.['GSI2']?.WriteCapacityUnits),
    }),
  };
}

/** Whether the model has what was counted, and not much more. */
function expectModel(counted: Units, times: number, model: Units): void {
  for (const place of ['table', 'GSI1', 'GSI2'] as const) {
    expect([place, counted[place] / times]).toEqual([place, expect.any(Number)]);
    expect(counted[place] / times, place).toBeLessThanOrEqual(model[place]);
    expect(counted[place] / times, place).toBeGreaterThan(model[place] - 1);
  }
}

describe('write units', () => {
  test('of a CDR of a batch, of a user, over a trunk, in a full transaction', async () => {
    const count = 24;
    await addAccount(running.store, 2000);
    const counted = counting(running.store.client);
    const { deliver } = startIngestion(running.store, { through: () => counted.client });
    const message = (at: number): string =>
      messageOf(
        2000,
        [record(`call-${at}`, { callee: `+1415555${1_000 + (at % 16)}`, trunk_id: 'trunk_1', user_id: `usr_${at}` })],
        { batch_id: 'batch-1' },
      );
    await deliver(Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, message(at)])));
    expectModel(counted.units(), count, filingUnits);
  });

  test('of an event that is recorded and settled', async () => {
    const counted = counting(running.store.client);
    const store = { ...running.store, client: counted.client };
    const now = new Date('2026-11-20T10:00:00.000Z');
    const record = recorder({ origin: systemOrigin, organization: 2001, now, nextId: (prefix) => `${prefix}_1` });
    const entity = { type: 'call', id: 'call_1' };
    await commit(store, 2001, [record('call.answered', { entity, description: 'The call is answered' })]);
    await commit(store, 2001, [settleEvent('evt_1', now)]);
    expectModel(counted.units(), 1, eventUnits);
  });
});
