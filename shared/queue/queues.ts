import { GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { queueVariable, type Queue } from '../contract/queues.ts';
import { AppError } from '../errors.ts';
import { asciiJson } from '../schema/ascii-json.ts';
import { awsTimeouts } from '../aws/timeouts.ts';

export type Message = {
  readonly body: unknown;
  /** Organization, for SQS fair queues: a busy tenant does not delay the others. */
  readonly group?: string;
  /** Seconds, at most 900. */
  readonly delay?: number;
};

/** The queues of a function: `S` are those that it sends to, `M` those whose depth it reads. */
export type Queues<S extends string = string, M extends string = string> = {
  /** Sends messages in as few batches as SQS allows. @throws AppError UNAVAILABLE if a message was not accepted */
  readonly send: (queue: S & Queue, messages: readonly Message[]) => Promise<void>;
  /** The approximate number of messages in a queue. */
  readonly depth: (queue: M & Queue) => Promise<number>;
};

/** SQS allows 10 entries and 1 MiB per batch; messages of the platform have at most 256 KiB. */
const batchEntries = 10;
const batchBytes = 1_000_000;
/** Batches of one call that are under way at the same time. */
const concurrentBatches = 5;

type Entry = { Id: string; MessageBody: string; MessageGroupId?: string; DelaySeconds?: number };

function inBatches(messages: readonly Message[]): Entry[][] {
  const batches: Entry[][] = [];
  let bytes = 0;
  for (const [at, message] of messages.entries()) {
    // SQS rejects a batch in which one character is not allowed, such as U+FFFF.
    const MessageBody = asciiJson(message.body);
    const size = MessageBody.length;
    const current = batches.at(-1);
    const entry = {
      Id: String(at),
      MessageBody,
      ...(message.group === undefined ? {} : { MessageGroupId: message.group }),
      ...(message.delay === undefined ? {} : { DelaySeconds: message.delay }),
    };
    if (current === undefined || current.length === batchEntries || bytes + size > batchBytes) {
      batches.push([entry]);
      bytes = size;
    } else {
      current.push(entry);
      bytes += size;
    }
  }
  return batches;
}

/** Queues by the URLs in the environment (`QUEUE_CDR_INGEST`, …). */
export function queuesFromEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
  client: Pick<SQSClient, 'send'> = sqsClient(),
): Queues {
  const url = (queue: Queue): string | undefined => environment[queueVariable(queue)];
  const sendBatch = async (queue: Queue, Entries: Entry[]): Promise<void> => {
    const { Failed } = await client.send(new SendMessageBatchCommand({ QueueUrl: url(queue), Entries }));
    if (Failed !== undefined && Failed.length > 0)
      throw new AppError('UNAVAILABLE', 'The queue did not accept every message; try again', { retryAfter: 1 });
  };
  return {
    send: async (queue, messages) => {
      const batches = inBatches(messages);
      for (let at = 0; at < batches.length; at += concurrentBatches) {
        const under = batches.slice(at, at + concurrentBatches).map((Entries) => sendBatch(queue, Entries));
        // Nothing is under way any more when this function ends.
        const failed = (await Promise.allSettled(under)).find(({ status }) => status === 'rejected');
        if (failed?.status === 'rejected') throw failed.reason;
      }
    },
    depth: async (queue) => {
      const { Attributes } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: url(queue), AttributeNames: ['ApproximateNumberOfMessages'] }),
      );
      return Number(Attributes?.ApproximateNumberOfMessages);
    },
  };
}

/** An SQS client. A queue's URL identifies the queue only; calls use the regional (or local) endpoint. */
export const sqsClient = (): SQSClient =>
  new SQSClient({ useQueueUrlAsEndpoint: false, maxAttempts: 4, requestHandler: awsTimeouts(5_000) });
