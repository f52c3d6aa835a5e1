import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type Message,
  type MessageAttributeValue,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { setTimeout as pause } from 'node:timers/promises';
import { unsettled } from './batch-response.ts';
import type { Invocation } from './lambda-pool.ts';
import { pseudoParameters } from '../templates/resource.ts';

/** A queue with the function that consumes it, as the event source mapping says. */
export type QueueSource = {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly batchSize: number;
  /** Milliseconds for which a batch gathers messages after its first one. */
  readonly window: number;
  readonly concurrency: number;
  /** Whether the function names the messages that it has not settled. */
  readonly partial: boolean;
  invoke(event: string): Promise<Invocation>;
};

/** SQS returns at most this many messages at once, and waits at most this many seconds for the first. */
const receiveLimits = { messages: 10, wait: 20 };
/**
 * Characters of bodies after which a batch is complete: an event has at most 6 MB, with JSON's escapes.
 */
const fullBatch = 3_000_000;
/** Milliseconds before a queue that could not be reached is read again. */
const retryAfter = 500;

/**
 * Feeds a queue's messages to its function until `stop` is aborted; then waits for the batches in progress. Messages
 * that are not settled stay in the queue, where its visibility timeout and redrive policy apply.
 */
export async function consumeQueue(source: QueueSource, stop: AbortSignal): Promise<void> {
  const running = new Set<Promise<void>>();
  while (!stop.aborted) {
    const batch = await gather(source, stop);
    if (batch.length === 0) continue;
    const work = handle(source, batch).finally(() => running.delete(work));
    running.add(work);
    if (running.size >= source.concurrency) await Promise.race(running);
  }
  await Promise.all(running);
}

async function gather(source: QueueSource, stop: AbortSignal): Promise<Message[]> {
  const batch = await receive(source, { max: source.batchSize, seconds: receiveLimits.wait }, stop);
  const deadline = Date.now() + source.window;
  const size = (): number => batch.reduce((sum, { Body = '' }) => sum + Body.length, 0);
  while (
    batch.length > 0 &&
    batch.length < source.batchSize &&
    size() < fullBatch &&
    Date.now() < deadline &&
    !stop.aborted
  ) {
    const seconds = Math.ceil((deadline - Date.now()) / 1000);
    batch.push(
      ...(await receive(
        source,
        { max: source.batchSize - batch.length, seconds: Math.min(seconds, receiveLimits.wait) },
        stop,
      )),
    );
  }
  return batch;
}

async function receive(
  { client, queueUrl }: QueueSource,
  { max, seconds }: { max: number; seconds: number },
  stop: AbortSignal,
): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: Math.min(max, receiveLimits.messages),
    WaitTimeSeconds: seconds,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  });
  try {
    return (await client.send(command, { abortSignal: stop })).Messages ?? [];
  } catch {
    // Stopping, or the queue cannot be reached at the moment.
    await pause(retryAfter, undefined, { signal: stop }).catch(() => undefined);
    return [];
  }
}

async function handle(source: QueueSource, batch: readonly Message[]): Promise<void> {
  const invocation = await source.invoke(
    JSON.stringify({ Records: batch.map((message) => toRecord(message, source.queueArn)) }),
  );
  const kept = unsettled(
    invocation,
    batch.map(({ MessageId = '' }) => MessageId),
    source.partial,
  );
  const settled = batch.filter(({ MessageId = '' }) => !kept.has(MessageId));
  const groups = Array.from({ length: Math.ceil(settled.length / receiveLimits.messages) }, (_, index) =>
    settled.slice(index * receiveLimits.messages, (index + 1) * receiveLimits.messages),
  );
  await Promise.all(groups.map((group) => remove(source, group)));
}

/** A message that cannot be deleted now is delivered again: a queue delivers at least once. */
async function remove({ client, queueUrl }: QueueSource, messages: readonly Message[]): Promise<void> {
  const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries })).catch(() => undefined);
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
const toRecord = (message: Message, queueArn: string): object => ({
  messageId: message.MessageId,
  receiptHandle: message.ReceiptHandle,
  body: message.Body,
  attributes: message.Attributes ?? {},
  messageAttributes: Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, toAttribute(value)]),
  ),
  md5OfBody: message.MD5OfBody,
  eventSource: 'aws:sqs',
  eventSourceARN: queueArn,
  awsRegion: pseudoParameters['AWS::Region'],
});

const toAttribute = ({ DataType, StringValue, BinaryValue }: MessageAttributeValue): object => ({
  ...(StringValue !== undefined && { stringValue: StringValue }),
  ...(BinaryValue !== undefined && { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
  stringListValues: [],
  binaryListValues: [],
  dataType: DataType,
});
