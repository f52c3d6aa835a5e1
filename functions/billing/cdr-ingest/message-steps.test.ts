import { describe, expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore, eventsOf } from '#test/support/store.fixture.ts';
import { contextOf } from '#runtime/background-context.ts';
import { CdrMessage } from './cdr-message.ts';
import { cdrIngest } from './contract.ts';
import { arrivalOf } from './filed-cdr.fixture.ts';
import { addAccount, batchIn, rejectionsIn } from './ingest.fixture.ts';
import { endMessages } from './message-steps.ts';
import type { Outcome, SettledMessage } from './outcomes.ts';

const running = testStore();

const rejected: Outcome = { is: 'rejected', record: { call_id: 'x', leg: 'a', code: 'TOO_OLD', message: 'too old' } };
const filed: Outcome = { is: 'filed' };
const duplicate: Outcome = { is: 'duplicate' };

let last = 9_500;

/** A new organization, and messages of its batch `b1` with the outcomes of their records. */
async function batch() {
  last += 1;
  const organization = last;
  await addAccount(running.store, organization);
  const dependencies = testDependencies(running.store);
  const message = CdrMessage.parse({
    schema: 'cdr.v1',
    source: 'test',
    sent_at: '2026-11-15T10:40:00Z',
    org_id: organization,
    batch_id: 'b1',
    records: ['not read here'],
  });
  const settledMessage = (identity: string, outcomes: Outcome[], owner = organization): SettledMessage<CdrMessage> => ({
    identity,
    message,
    unreadable: [],
    settled: outcomes.map((outcome) => ({
      arrival: arrivalOf({}, { message: identity, batch_id: 'b1', organization: owner }),
      outcome,
    })),
  });
  const end = async (...messages: SettledMessage<CdrMessage>[]) => {
    const results = await endMessages(messages, contextOf(cdrIngest, dependencies), async () => undefined);
    return messages.map(({ identity }) => results.get(identity)?.status);
  };
  return { organization, dependencies, settledMessage, end };
}

describe('a message is done', () => {
  test('when its rejected records and duplicates are stored, once however often it ends', async () => {
    const { organization, settledMessage, end } = await batch();
    const messages = [settledMessage('m1', [filed, rejected, duplicate]), settledMessage('m2', [duplicate])];
    for (const _ of [1, 2]) expect(await end(...messages)).toEqual(['fulfilled', 'fulfilled']);
    expect(await rejectionsIn(running.store, organization, 'b1')).toEqual(['x TOO_OLD']);
    expect(await batchIn(running.store, organization, 'b1')).toEqual({
      received: 3,
      duplicate: 2,
      conflict: 0,
      rejected: 1,
    });
    expect((await eventsOf(running.store, organization)).map(({ type }) => type)).toEqual(['cdr.rejected']);
  });

  test('when its report is stored, beside another message whose report was stored before', async () => {
    const { organization, settledMessage, end } = await batch();
    const [stored, fresh] = [settledMessage('m1', [rejected]), settledMessage('m2', [rejected])];
    expect(await end(stored)).toEqual(['fulfilled']);
    expect(await end(stored, fresh)).toEqual(['fulfilled', 'fulfilled']);
    expect(await batchIn(running.store, organization, 'b1')).toMatchObject({ received: 2, rejected: 2 });
  });

  test('without a report if all of its records were filed', async () => {
    const { organization, settledMessage, end } = await batch();
    expect(await end(settledMessage('m1', [filed, filed]))).toEqual(['fulfilled']);
    expect(await batchIn(running.store, organization, 'b1')).toEqual({});
  });

  test('with a report to the operator if the owner of its batch does not exist', async () => {
    const { settledMessage, end } = await batch();
    const before = (await rejectionsIn(running.store, 1_000, 'b1')).length;
    expect(await end(settledMessage('unknown', [rejected], 4_242))).toEqual(['fulfilled']);
    expect(await rejectionsIn(running.store, 4_242, 'b1')).toEqual([]);
    expect(await rejectionsIn(running.store, 1_000, 'b1')).toHaveLength(before + 1);
  });
});

test('a message with a deferred record is requeued under its identity, and reports nothing yet', async () => {
  const { organization, dependencies, settledMessage, end } = await batch();
  expect(await end(settledMessage('m1', [rejected, { is: 'deferred', by: 'deadline' }]))).toEqual(['fulfilled']);
  expect(dependencies.queues.sent).toMatchObject([
    { queue: 'cdr-backlog', message: { group: `org_${organization}`, body: { first_delivered_as: 'm1' } } },
  ]);
  expect(await batchIn(running.store, organization, 'b1')).toEqual({});
});

test('a message with a failed record fails, and the other messages do not', async () => {
  const { settledMessage, end } = await batch();
  const failing = settledMessage('m1', [filed, { is: 'failed', error: new Error('down') }]);
  expect(await end(failing, settledMessage('m2', [rejected]))).toEqual(['rejected', 'fulfilled']);
});

test('a message whose report cannot be stored fails', async () => {
  const { dependencies, settledMessage, end } = await batch();
  const { client } = running.store;
  const store = {
    ...running.store,
    client: {
      send: (command: object) =>
        command.constructor.name === 'TransactWriteItemsCommand'
          ? Promise.reject(new Error('down'))
          : client.send(command as never),
    },
  };
  Object.assign(dependencies, { store });
  expect(await end(settledMessage('m1', [rejected]), settledMessage('m2', [filed]))).toEqual(['rejected', 'fulfilled']);
});
