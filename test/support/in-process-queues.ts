import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { maximumReceives, type Queue } from '#contract/queues.ts';
import { second } from '#schema/time.ts';
import { asciiJson } from '#schema/ascii-json.ts';
import type { Message, Queues } from '#queue/queues.ts';
import { asRecord } from './sqs-record.fixture.ts';

/** Queues in memory that deliver to consumers in this process, as SQS and Lambda do: at least once, in batches. */

export type RunConsumer = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** The consumer of a queue. */
export type QueueConsumer = { readonly batchSize: number; readonly run: RunConsumer };

export type DeliveringQueues = Queues & {
  /** Waits until no message is left but those that are delayed. */
  readonly settled: () => Promise<void>;
  /** Messages that were received as often as they may be. */
  readonly dead: { readonly queue: Queue; readonly body: string }[];
  /** Drops delayed messages, and waits for those in progress. */
  readonly close: () => Promise<void>;
};

type Waiting = { readonly body: string; readonly receives: number };

const contextOf = (queue: Queue): Context =>
  ({ functionName: queue, awsRequestId: crypto.randomUUID(), getRemainingTimeInMillis: () => 20_000 }) as Context;

/** @param consumerOf the consumer of a queue */
export function deliveringQueues(consumerOf: (queue: Queue) => Promise<QueueConsumer>): DeliveringQueues {
  const waiting = new Map<Queue, Waiting[]>();
  const draining = new Map<Queue, Promise<void>>();
  const timers = new Set<NodeJS.Timeout>();
  const dead: DeliveringQueues['dead'][number][] = [];

  const deliver = async (queue: Queue, batch: readonly Waiting[]): Promise<void> => {
    const { run } = await consumerOf(queue);
    const Records = batch.map(({ body, receives }, at) => asRecord(body, at, receives + 1));
    const failed = await run({ Records }, contextOf(queue)).then(
      ({ batchItemFailures }) => new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)),
      () => new Set(batch.map((_message, at) => `m${at}`)),
    );
    for (const [at, { body, receives }] of batch.entries())
      if (failed.has(`m${at}`)) {
        if (receives + 1 < maximumReceives) enqueue(queue, { body, receives: receives + 1 });
        else dead.push({ queue, body });
      }
  };

  const drain = async (queue: Queue): Promise<void> => {
    // A request that sends several messages has sent all of them.
    await new Promise(setImmediate);
    const { batchSize } = await consumerOf(queue);
    for (;;) {
      const batch = waiting.get(queue)?.splice(0, batchSize) ?? [];
      if (batch.length === 0) return;
      await deliver(queue, batch);
    }
  };

  function enqueue(queue: Queue, message: Waiting): void {
    const messages = waiting.get(queue) ?? [];
    waiting.set(queue, messages);
    messages.push(message);
    if (draining.has(queue)) return;
    draining.set(
      queue,
      drain(queue).finally(() => draining.delete(queue)),
    );
  }

  const sendOne = (queue: Queue, { body, delay = 0 }: Message): void => {
    const message = { body: asciiJson(body), receives: 0 };
    if (delay === 0) {
      enqueue(queue, message);
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      enqueue(queue, message);
    }, delay * second).unref();
    timers.add(timer);
  };

  const settled = async (): Promise<void> => {
    while (draining.size > 0) await Promise.all(draining.values());
  };

  return {
    send: async (queue, messages) => {
      for (const message of messages) sendOne(queue, message);
    },
    depth: async (queue) => waiting.get(queue)?.length ?? 0,
    settled,
    dead,
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      await settled();
    },
  };
}
