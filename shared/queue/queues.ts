import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { queueVariable, type Queue } from '../contract/queues.ts';
import { AppError } from '../errors.ts';

export type Message = {
  readonly body: unknown;
  /** Organization, for fair queues: one busy tenant does not delay the others. */
  readonly group?: string;
  /** Seconds, at most 900. */
  readonly delay?: number;
};

export type Queues<Q extends string = string> = {
  /** Sends all messages, in as few batches as SQS allows. @throws AppError UNAVAILABLE when one was not taken. */
  readonly send: (queue: Q & Queue, messages: readonly Message[]) => Promise<void>;
};

/** SQS: at most 10 entries and 1 MiB a batch; a message of ours is at most 256 KiB. */
const batchEntries = 10;
const batchBytes = 1_000_000;

type Entry = { Id: string; MessageBody: string; MessageGroupId?: string; DelaySeconds?: number };

function inBatches(messages: readonly Message[]): Entry[][] {
  const batches: Entry[][] = [];
  let bytes = 0;
  for (const [at, message] of messages.entries()) {
    const MessageBody = JSON.stringify(message.body);
    const size = Buffer.byteLength(MessageBody);
    const current = batches.at(-1);
    const entry = { Id: String(at), MessageBody, ...(message.group === undefined ? {} : { MessageGroupId: message.group }), ...(message.delay === undefined ? {} : { DelaySeconds: message.delay }) };
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

/** Queues by the URLs that the function's environment names (`QUEUE_CDR_INGEST`, …). */
export function queuesFromEnvironment(environment: NodeJS.ProcessEnv = process.env): Queues {
  let client: SQSClient | undefined;
  return {
    send: async (queue, messages) => {
      // The URL names the queue only; the regional (or local) endpoint takes the call.
      client ??= new SQSClient({ useQueueUrlAsEndpoint: false, maxAttempts: 4 });
      const QueueUrl = environment[queueVariable(queue)];
      for (const Entries of inBatches(messages)) {
        const { Failed } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
        if (Failed !== undefined && Failed.length > 0) throw new AppError('UNAVAILABLE', 'The queue did not take every message; send again', { retryAfter: 1 });
      }
    },
  };
}
