import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Queue } from '#contract/queues.ts';
import type { Store } from '#dynamodb/client.ts';
import { readShards } from '#dynamodb/index-shards.ts';
import { duePartition, dueRow, type DueItem } from '#dynamodb/rows/due.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { ConsumerDependencies } from '#runtime/consume.ts';
import { minute } from '#schema/time.ts';
import { sweeperHandler } from '#functions/system/sweeper/handler.ts';
import { manualClock, testDependencies } from './dependencies.fixture.ts';
import { batchOf } from './sqs-record.fixture.ts';

/** What is left to do after a downtime, which the sweeper and a consumer work off with a manual clock. */

/** Random numbers from 0 to 1 that follow from a seed (Park and Miller). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/**
 * A store whose caller is killed before or after some of its requests. A kill at a query is one at the next request, as
 * a query changes nothing; the sweeper has many.
 */
function killing({ tableName, client }: Store, isKilled: () => boolean): Store {
  const send: typeof client.send = async (command: never) => {
    if (Object(command) instanceof QueryCommand) return client.send(command);
    if (isKilled()) throw new Error('killed before a request');
    const answer = await client.send(command);
    if (isKilled()) throw new Error('killed after a request');
    return answer;
  };
  return { tableName, client: { send } };
}

/** The consumer of a queue that pointers start. */
export type WorkingConsumer = {
  readonly queue: Queue;
  readonly consumerOf: (dependencies: ConsumerDependencies) => (event: SQSEvent) => Promise<SQSBatchResponse>;
};

/**
 * Runs the sweeper each minute, and the consumer until its queue is empty. What is killed is repeated.
 * @param from Unix milliseconds @param killed share of the requests at which a process is killed
 */
export async function workOff(
  store: Store,
  {
    queue,
    consumerOf,
    from,
    minutes,
    killed,
  }: WorkingConsumer & { readonly from: number; readonly minutes: number; readonly killed: number },
): Promise<void> {
  const random = randomFrom(4_711);
  const clock = manualClock();
  const dependencies = testDependencies(
    killing(store, () => random() < killed),
    { clock },
  );
  const { sent } = dependencies.queues;
  const [sweep, consume] = [sweeperHandler(dependencies), consumerOf(dependencies)];
  for (let at = 0; at < minutes; at += 1) {
    clock.set(new Date(from + at * minute));
    await sweep({ time: '' }).catch(() => undefined);
    for (let message = sent.shift(); message !== undefined; message = sent.shift()) {
      if (message.queue !== queue) continue;
      const outcome = await consume(batchOf([message.message.body])).catch(() => ({ batchItemFailures: [{}] }));
      if (outcome.batchItemFailures.length > 0) sent.push(message);
    }
  }
}

/** All pointers that wait for their time, in no order. */
export async function waitingPointers(store: Store): Promise<readonly DueItem[]> {
  const table = tableFor<'due@GSI2'>(store, 0);
  const shards = await Promise.all(readShards.map((shard) => table.queryIndex(dueRow, 'GSI2', duePartition(shard))));
  return shards.flatMap(({ items }) => items);
}
