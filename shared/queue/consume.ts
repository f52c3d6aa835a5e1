import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import { queueDependencies } from '../runtime/queue-dependencies.ts';
import { contextOf, type BackgroundContext } from '../runtime/background-context.ts';
import type { Consumer } from '../contract/resource.ts';
import { AppError } from '../errors.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { deadLettersFromEnvironment, type DeadLetters } from './dead-letters.ts';
import { readMessage } from './message.ts';

/** A message that was read. */
export type Delivery<M> = {
  readonly id: string;
  readonly message: M;
  /** How often it has been received, this time included. */
  readonly receives: number;
};

/**
 * Handles the messages of a batch that could be read and answers one outcome for each, in their order:
 * a consumer settles each record alone, also when it works on several at once. A message may come twice,
 * early or late. An outcome that rejects with an AppError of status 400 or 422 says that the message
 * never can be handled, one with GivenUp that it is not tried any more; any other has the message come again.
 */
export type Consume<C extends Consumer> = (
  deliveries: readonly Delivery<z.output<C['message']>>[],
  context: BackgroundContext<C>,
) => Promise<readonly PromiseSettledResult<unknown>[]>;

/** Handles messages one by one, at the same time. */
export const each =
  <M, W>(work: (delivery: Delivery<M>, context: W) => Promise<unknown>) =>
  (deliveries: readonly Delivery<M>[], context: W): Promise<PromiseSettledResult<unknown>[]> =>
    Promise.allSettled(deliveries.map((delivery) => work(delivery, context)));

export type ConsumerDependencies = Dependencies & { readonly deadLetters: DeadLetters };

export const consumerDependencies = (): ConsumerDependencies => ({
  ...queueDependencies(),
  deadLetters: deadLettersFromEnvironment(),
});

/**
 * What could not be done, and is not tried again by itself: the message waits in the dead-letter queue for a person.
 */
export class AbandonedMessage extends Error {
  override name = 'GivenUp';
  readonly reason: string;

  constructor(reason: string, problem: string) {
    super(problem);
    this.reason = reason;
  }
}

/** What becomes of a message: done, dead for a reason, or `error`: to come again. */
type Outcome =
  { readonly done: true } | { readonly reason: string; readonly problem: string } | { readonly error: unknown };

function outcomeOf(outcome: PromiseSettledResult<unknown> | undefined): Outcome {
  if (outcome === undefined) return { error: new Error('the consumer answered no outcome for this message') };
  if (outcome.status === 'fulfilled') return { done: true };
  const error: unknown = outcome.reason;
  if (error instanceof AbandonedMessage) return { reason: error.reason, problem: error.message };
  return error instanceof AppError && (error.status === 400 || error.status === 422)
    ? { reason: error.code, problem: error.message }
    : { error };
}

/** @returns the fate of each record, by message id */
async function outcomesOf<C extends Consumer>(
  of: C,
  handle: Consume<C>,
  records: readonly SQSRecord[],
  context: BackgroundContext<C>,
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
  const outcomes = await handle(deliveries, context).catch((reason: unknown) =>
    deliveries.map((): PromiseRejectedResult => ({ status: 'rejected', reason })),
  );
  const fates = new Map<string, Outcome>(deliveries.map(({ id }, at) => [id, outcomeOf(outcomes[at])]));
  for (const each of read) if ('reason' in each) fates.set(each.record.messageId, each);
  return fates;
}

/**
 * Joins a consumer's contract to the handler of its Lambda. What cannot be read goes to the dead-letter
 * queue untouched with the reason as attribute, and is done with; of the others each is settled alone.
 */
export function consume<C extends Consumer>(
  of: C,
  handle: Consume<C>,
  dependencies: ConsumerDependencies = consumerDependencies(),
): (event: SQSEvent) => Promise<SQSBatchResponse> {
  const context = contextOf(of, dependencies);

  const settle = async (record: SQSRecord, fate: Outcome | undefined): Promise<void> => {
    if (fate === undefined || 'done' in fate) return;
    if ('error' in fate) {
      dependencies.log.fault(fate.error, record.messageId, `${of.name}: the message comes again`);
      throw fate.error instanceof Error ? fate.error : new Error(String(fate.error));
    }
    await dependencies.deadLetters({
      id: record.messageId,
      body: record.body,
      reason: fate.reason,
      problem: fate.problem,
    });
    dependencies.log.note(`${of.name}: a message went to the dead-letter queue`, {
      message_id: record.messageId,
      reason: fate.reason,
    });
  };

  return async (event) => {
    const fates = await outcomesOf(of, handle, event.Records, context);
    return processPartialResponse(
      event,
      (record: SQSRecord) => settle(record, fates.get(record.messageId)),
      new BatchProcessor(EventType.SQS),
      { throwOnFullBatchFailure: false },
    );
  };
}
