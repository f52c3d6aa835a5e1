import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import { queueDependencies } from './queue-dependencies.ts';
import { contextOf, type BackgroundContext } from './background-context.ts';
import type { Consumer } from '../contract/resource.ts';
import { AppError } from '../errors.ts';
import { second } from '../schema/time.ts';
import type { Dependencies } from './dependencies.ts';
import { deadLettersFromEnvironment, type DeadLetters } from '../queue/dead-letters.ts';
import { readMessage } from '../queue/message.ts';

/** A parsed message. */
export type Delivery<M> = {
  readonly id: string;
  readonly message: M;
  /** How often it was received, including this time. */
  readonly receives: number;
};

/** One invocation of a consumer. */
export type Run = {
  /** When Lambda ends it and delivers all of its messages again: Unix milliseconds of the context's clock. */
  readonly end: number;
};

/**
 * Handles the parsed messages of a batch and returns one outcome per message, in the same order. Each message is
 * settled alone. Messages may arrive twice, late or out of order. A rejection with an AppError of status 400 or 422, or
 * with AbandonedMessage, moves the message to the dead-letter queue; after any other rejection it is delivered again.
 */
export type Consume<C extends Consumer> = (
  deliveries: readonly Delivery<z.output<C['message']>>[],
  context: BackgroundContext<C>,
  run: Run,
) => Promise<readonly PromiseSettledResult<unknown>[]>;

/** Handles each message alone, all of a batch concurrently. */
export const settleEach =
  <M, W>(work: (delivery: Delivery<M>, context: W) => Promise<unknown>) =>
  (deliveries: readonly Delivery<M>[], context: W): Promise<PromiseSettledResult<unknown>[]> =>
    Promise.allSettled(deliveries.map((delivery) => work(delivery, context)));

type RemainingTime = Pick<Context, 'getRemainingTimeInMillis'>;

export type ConsumerDependencies = Dependencies & { readonly deadLetters: DeadLetters };

/** The dependencies of a deployed consumer. */
export const consumerDependencies = (): ConsumerDependencies => ({
  ...queueDependencies(),
  deadLetters: deadLettersFromEnvironment(),
});

/** The work cannot be done and is not retried. The message waits in the dead-letter queue for an operator. */
export class AbandonedMessage extends Error {
  override name = 'GivenUp';
  readonly reason: string;

  constructor(reason: string, problem: string) {
    super(problem);
    this.reason = reason;
  }
}

/** The outcome of a message: done, moved to the dead-letter queue for a reason, or `error`: delivered again. */
type Outcome =
  | { readonly done: true }
  | { readonly reason: string; readonly problem: string }
  | { readonly error: unknown };

function outcomeOf(result: PromiseSettledResult<unknown> | undefined): Outcome {
  if (result === undefined) return { error: new Error('the consumer returned no outcome for this message') };
  if (result.status === 'fulfilled') return { done: true };
  const error: unknown = result.reason;
  if (error instanceof AbandonedMessage) return { reason: error.reason, problem: error.message };
  return error instanceof AppError && (error.status === 400 || error.status === 422)
    ? { reason: error.code, problem: error.message }
    : { error };
}

/** @returns the outcome of each record, by message id */
async function outcomesOf<C extends Consumer>(
  of: C,
  handle: Consume<C>,
  records: readonly SQSRecord[],
  { context, ...run }: Run & { readonly context: BackgroundContext<C> },
): Promise<ReadonlyMap<string, Outcome>> {
  const read = records.map((record) => ({ record, ...readMessage<C['message']>(of.message, record.body) }));
  const deliveries = read.flatMap((each) =>
    'message' in each
      ? [
          {
            id: each.record.messageId,
            message: each.message,
            receives: Number(each.record.attributes.ApproximateReceiveCount),
          },
        ]
      : [],
  );
  const results = await handle(deliveries, context, run).catch((reason: unknown) =>
    deliveries.map((): PromiseRejectedResult => ({ status: 'rejected', reason })),
  );
  const outcomes = new Map<string, Outcome>(deliveries.map(({ id }, at) => [id, outcomeOf(results[at])]));
  for (const unreadable of read) if ('reason' in unreadable) outcomes.set(unreadable.record.messageId, unreadable);
  return outcomes;
}

/**
 * Makes the Lambda handler of a consumer. A message that does not parse is moved to the dead-letter queue unchanged,
 * with the reason as attribute; every other message is settled alone.
 */
export function consume<C extends Consumer>(
  of: C,
  handle: Consume<C>,
  dependencies: ConsumerDependencies = consumerDependencies(),
): (event: SQSEvent, lambda?: RemainingTime) => Promise<SQSBatchResponse> {
  const context = contextOf(of, dependencies);

  const repeat = ({ messageId }: SQSRecord, error: unknown): Error => {
    dependencies.log.fault(error, messageId, `${of.name}: the message will be delivered again`);
    return error instanceof Error ? error : new Error(String(error));
  };

  const settle = async (record: SQSRecord, outcome: Outcome | undefined): Promise<void> => {
    if (outcome === undefined || 'done' in outcome) return;
    if ('error' in outcome) throw repeat(record, outcome.error);
    const { reason, problem } = outcome;
    await dependencies
      .deadLetters({ id: record.messageId, body: record.body, reason, problem })
      .catch((error: unknown) => {
        throw repeat(record, error);
      });
    dependencies.log.note(`${of.name}: a message was moved to the dead-letter queue`, {
      message_id: record.messageId,
      reason,
    });
  };

  return async (event, lambda) => {
    const remaining = lambda?.getRemainingTimeInMillis() ?? of.timeout * second;
    const end = context.clock().getTime() + remaining;
    const outcomes = await outcomesOf(of, handle, event.Records, { context, end });
    return processPartialResponse(
      event,
      (record: SQSRecord) => settle(record, outcomes.get(record.messageId)),
      new BatchProcessor(EventType.SQS),
      { throwOnFullBatchFailure: false },
    );
  };
}
