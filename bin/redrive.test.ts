import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { redrive } from './redrive.ts';

type Letter = {
  readonly Body: string;
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Attributes?: { readonly MessageGroupId: string };
  readonly MessageAttributes?: { readonly message_id: { readonly StringValue: string } };
};

type Consumer = {
  readonly rejects?: (body: string) => boolean;
  /** The dead letter that the consumer makes of a message that it is sent, if it makes one. */
  readonly fails?: (sent: { readonly id: string; readonly body: string }) => Letter | undefined;
  /** Number of messages that each receive finds, one after the other; then all of them. */
  readonly finds?: readonly number[];
};

/**
 * A dead-letter queue and its queue. As SQS is distributed, the count of messages is late, and a receive may miss
 * messages. Received messages are hidden until they are deleted.
 */
function sqs(letters: readonly Letter[], { rejects = () => false, fails, finds = [] }: Consumer = {}) {
  const left = new Map(letters.map((letter) => [letter.ReceiptHandle, letter]));
  const hidden = new Set<string>();
  const misses = [...finds];
  const sent: { readonly body: string; readonly group: string | undefined }[] = [];
  const accept = (entry: SendMessageBatchRequestEntry): { readonly Id: string; readonly MessageId: string } => {
    const { Id = '', MessageBody: body = '', MessageGroupId: group } = entry;
    const id = `sent-${sent.length}`;
    sent.push({ body, group });
    const failed = fails?.({ id, body });
    if (failed !== undefined) left.set(failed.ReceiptHandle, failed);
    return { Id, MessageId: id };
  };
  const send = async (command: object): Promise<object> => {
    if (command instanceof GetQueueAttributesCommand) return { Attributes: { ApproximateNumberOfMessages: '0' } };
    if (command instanceof ReceiveMessageCommand) {
      const found = [...left.values()]
        .filter(({ ReceiptHandle }) => !hidden.has(ReceiptHandle))
        .slice(0, Math.min(command.input.MaxNumberOfMessages ?? 1, misses.shift() ?? Infinity));
      for (const { ReceiptHandle } of found) hidden.add(ReceiptHandle);
      return found.length === 0 ? {} : { Messages: found };
    }
    if (command instanceof SendMessageBatchCommand) {
      const entries = command.input.Entries ?? [];
      const Failed = entries.filter(({ MessageBody = '' }) => rejects(MessageBody));
      return { Failed, Successful: entries.filter((entry) => !Failed.includes(entry)).map(accept) };
    }
    if (command instanceof DeleteMessageBatchCommand)
      for (const { ReceiptHandle = '' } of command.input.Entries ?? []) left.delete(ReceiptHandle);
    return {};
  };
  return { client: { send } as Pick<SQSClient, 'send'>, left, sent };
}

const letter = (at: number): Letter => ({
  Body: ` {"n": ${at}} é`,
  MessageId: `m${at}`,
  ReceiptHandle: `r${at}`,
  Attributes: { MessageGroupId: `org_${at % 2}` },
});
const urls = { from: 'dlq', to: 'queue' };

test('all messages move unchanged, with their groups', async () => {
  const { client, left, sent } = sqs(Array.from({ length: 25 }, (_, at) => letter(at)));
  expect(await redrive(client, urls)).toBe(25);
  expect(left.size).toBe(0);
  expect(sent).toEqual(Array.from({ length: 25 }, (_, at) => ({ body: ` {"n": ${at}} é`, group: `org_${at % 2}` })));
});

test('messages that are not counted yet, or that receives miss, move too', async () => {
  const { client, left } = sqs(
    Array.from({ length: 6 }, (_, at) => letter(at)),
    { finds: [0, 1, 0, 0, 2, 0] },
  );
  expect(await redrive(client, urls)).toBe(6);
  expect(left.size).toBe(0);
});

test.each([
  ['after its last receive', { MessageId: 'sent-0' }],
  ['unread by its consumer', { MessageId: 'new', MessageAttributes: { message_id: { StringValue: 'sent-0' } } }],
])('a message that fails again, %s, is not moved a second time', async (_when, back) => {
  const { client, left, sent } = sqs([letter(1)], {
    fails: ({ id, body }) => ({ ...letter(2), Body: body, ReceiptHandle: `again-${id}`, ...back }),
  });
  expect(await redrive(client, urls)).toBe(1);
  expect(sent).toHaveLength(1);
  expect([...left.keys()]).toEqual(['again-sent-0']);
});

test('a message that the queue rejects stays a dead letter', async () => {
  const { client, left } = sqs([letter(1), letter(2)], { rejects: (body) => body.includes('2') });
  expect(await redrive(client, urls)).toBe(1);
  expect([...left.keys()]).toEqual(['r2']);
});

test('a queue that accepts nothing stops the move', async () => {
  await expect(redrive(sqs([letter(1)], { rejects: () => true }).client, urls)).rejects.toThrow('none of the messages');
});

test('an empty dead-letter queue has nothing to move', async () => {
  expect(await redrive(sqs([]).client, urls)).toBe(0);
});
