import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { redrive } from './redrive.ts';

type Letter = {
  readonly Body: string;
  readonly ReceiptHandle: string;
  readonly Attributes?: { readonly MessageGroupId: string };
};

/**
 * A dead-letter queue and its queue, which rejects some bodies. Received messages are hidden until they are deleted.
 */
function sqs(letters: readonly Letter[], rejects: (body: string) => boolean = () => false) {
  const left = new Map(letters.map((letter) => [letter.ReceiptHandle, letter]));
  const hidden = new Set<string>();
  const sent: { readonly body: string; readonly group: string | undefined }[] = [];
  const send = async (command: object): Promise<object> => {
    if (command instanceof GetQueueAttributesCommand)
      return { Attributes: { ApproximateNumberOfMessages: String(left.size) } };
    if (command instanceof ReceiveMessageCommand) {
      const found = [...left.values()]
        .filter(({ ReceiptHandle }) => !hidden.has(ReceiptHandle))
        .slice(0, command.input.MaxNumberOfMessages);
      for (const { ReceiptHandle } of found) hidden.add(ReceiptHandle);
      return { Messages: found };
    }
    if (command instanceof SendMessageBatchCommand) {
      const entries = command.input.Entries ?? [];
      const Failed = entries.filter(({ MessageBody = '' }) => rejects(MessageBody));
      sent.push(
        ...entries
          .filter((entry) => !Failed.includes(entry))
          .map(({ MessageBody: body = '', MessageGroupId: group }) => ({ body, group })),
      );
      return { Failed };
    }
    if (command instanceof DeleteMessageBatchCommand)
      for (const { ReceiptHandle = '' } of command.input.Entries ?? []) left.delete(ReceiptHandle);
    return {};
  };
  return { client: { send } as Pick<SQSClient, 'send'>, left, sent };
}

const letter = (at: number): Letter => ({
  Body: ` {"n": ${at}} é`,
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

test('a message that the queue rejects stays a dead letter', async () => {
  const { client, left } = sqs([letter(1), letter(2)], (body) => body.includes('2'));
  expect(await redrive(client, urls)).toBe(1);
  expect([...left.keys()]).toEqual(['r2']);
});

test('a queue that accepts nothing stops the move', async () => {
  await expect(redrive(sqs([letter(1)], () => true).client, urls)).rejects.toThrow('none of the messages');
});

test('an empty dead-letter queue has nothing to move', async () => {
  expect(await redrive(sqs([]).client, urls)).toBe(0);
});
