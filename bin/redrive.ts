/**
 * `npm run redrive -- <stage> <queue>`: moves the dead letters of a queue (`cdr-ingest`) back to it. An interruption
 * may deliver a message twice, which consumers recognize; a message that fails again becomes a dead letter again.
 */
import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { Names } from '#infra/names.ts';
import { contracts } from '#functions/contracts.ts';
import { queuesOf } from '#contract/resource.ts';
import { command, run } from './command-line/command.ts';
import { stageAt, where } from './stage/stage.ts';

const queues = queuesOf(contracts);
const QueueName = z.enum(queues);
/** SQS receives, sends and deletes at most this many messages at once. */
const batchSize = 10;
/** Consecutive receives without a message to move that end the move: SQS is distributed, so one may miss messages. */
const emptyReceives = 3;
/** The attribute of a dead letter that a consumer has sent: the id of the message that it received. */
const originalId = 'message_id';

type Client = Pick<SQSClient, 'send'>;
/** URLs of two queues. */
type Route = { readonly from: string; readonly to: string };

async function urlsOf(client: SQSClient, names: Names, queue: z.output<typeof QueueName>): Promise<Route> {
  const urlOf = async (QueueName: string): Promise<string> =>
    (await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl ?? '';
  return { from: await urlOf(names.deadLetters(queue)), to: await urlOf(names.queue(queue)) };
}

/**
 * Moves messages, bodies unchanged, until several receives have found none. A message that fails again during the move
 * is moved once only. @returns how many it moved
 * @throws Error if the target rejects a whole batch
 */
export async function redrive(client: Client, route: Route): Promise<number> {
  const settled = new Set<string>();
  let [moved, empty] = [0, 0];
  while (empty < emptyReceives) {
    const waiting = (await receiveBatch(client, route)).filter((message) => !isSettled(message, settled));
    empty = waiting.length === 0 ? empty + 1 : 0;
    if (waiting.length > 0) moved += await moveBatch(client, route, waiting, settled);
  }
  return moved;
}

async function receiveBatch(client: Client, { from }: Route): Promise<readonly Message[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: from,
      MaxNumberOfMessages: batchSize,
      WaitTimeSeconds: 1,
      MessageSystemAttributeNames: ['MessageGroupId'],
      MessageAttributeNames: [originalId],
    }),
  );
  return Messages;
}

/** Whether this move has handled the message already, under its own id or the one that its consumer received. */
const isSettled = ({ MessageId = '', MessageAttributes }: Message, settled: ReadonlySet<string>): boolean =>
  settled.has(MessageId) || settled.has(MessageAttributes?.[originalId]?.StringValue ?? '');

/**
 * Sends the messages and deletes those that were accepted. @param settled gains the ids of the messages, and those with
 * which they were sent @returns the number of accepted messages
 */
async function moveBatch(
  client: Client,
  { from, to }: Route,
  messages: readonly Message[],
  settled: Set<string>,
): Promise<number> {
  const { Failed = [], Successful = [] } = await client.send(
    new SendMessageBatchCommand({
      QueueUrl: to,
      Entries: messages.map(({ Body, Attributes }, at) => ({
        Id: String(at),
        MessageBody: Body,
        ...(Attributes?.MessageGroupId === undefined ? {} : { MessageGroupId: Attributes.MessageGroupId }),
      })),
    }),
  );
  for (const { MessageId } of [...messages, ...Successful]) if (MessageId !== undefined) settled.add(MessageId);
  const rejected = new Set(Failed.map(({ Id }) => Id));
  const accepted = messages.filter((_message, at) => !rejected.has(String(at)));
  if (accepted.length === 0) throw new Error('The queue accepts none of the messages');
  await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl: from,
      Entries: accepted.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle })),
    }),
  );
  return accepted.length;
}

export const tool = command({
  name: 'redrive',
  purpose: 'Moves the dead letters of a queue back to it.',
  arguments: { stage: where, queue: QueueName.describe(`one of ${queues.join(', ')}`) },
});

if (import.meta.main)
  await run(tool, async ({ stage, queue }) => {
    const { names, options } = stageAt(stage);
    const client = new SQSClient(options);
    const moved = await redrive(client, await urlsOf(client, names, queue));
    console.log(`${moved} dead letters moved back to ${queue}.`);
  });
