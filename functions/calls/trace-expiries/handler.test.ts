import { expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { sipTraceRow } from '#dynamodb/rows/sip-trace.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import { traceTtl, type SipTrace } from '#telephony/sip-trace.ts';
import { day } from '#schema/time.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { hold } from '#test/support/legal-holds.fixture.ts';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { sweeperHandler } from '../../system/sweeper/handler.ts';
import { traceExpiriesHandler } from './handler.ts';

const running = testStore();

const organization = 1_001;
const key = { call_id: 'call_1', task: 'task-1' };

/** Stores a trace as the sidecar does. */
async function storeTrace(at: Date): Promise<void> {
  const about = { users: ['usr_1'], parties: ['+46890510'], entities: ['call_1'], direction: 'outbound' } as const;
  const facts = { ...about, at: at.toISOString(), text: '' };
  const trace: SipTrace = { ...key, at: facts.at, legs: [], messages: [], dropped: 0, facts };
  const due = new Date(at.getTime() + traceTtl).toISOString();
  await commit(running.store, organization, [
    create(sipTraceRow, trace),
    scheduleDue({ kind: 'siptrace.expiry', at: due, org_id: organization, subject: 'call_1/task-1' }),
  ]);
}

test('a trace is deleted after three days, and one that a hold needs the day after its end', async () => {
  const dependencies = testDependencies(running.store);
  const isStored = async () => (await tableFor(running.store, organization).get(sipTraceRow, key)) !== undefined;
  /** What is due after some time is done, and done again by a repeated delivery. */
  const pass = async (milliseconds: number): Promise<void> => {
    dependencies.now = new Date(dependencies.now.getTime() + milliseconds);
    dependencies.queues.sent.length = 0;
    await sweeperHandler(dependencies)({ time: '' });
    const batch = batchOf(dependencies.queues.sent.map(({ message }) => message.body));
    for (let time = 0; time < 2; time += 1)
      expect(await traceExpiriesHandler(dependencies)(batch)).toEqual({ batchItemFailures: [] });
  };
  await storeTrace(dependencies.now);
  await pass(traceTtl - day);
  expect(await isStored()).toBe(true);
  const release = await hold(running.store, organization, ['logs'], { numbers: ['+46890510'] });
  await hold(running.store, organization, ['logs'], { numbers: ['+46890599'] });
  await pass(day);
  expect(await isStored()).toBe(true);
  await release();
  await pass(day);
  expect(await isStored()).toBe(false);
});
