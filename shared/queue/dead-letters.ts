import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { deadLetterVariable } from '../contract/queues.ts';
import { sqsClient } from './queues.ts';

/** A message for the dead-letter queue, with the reason. */
export type DeadLetter = {
  readonly id: string;
  readonly body: string;
  readonly reason: string;
  readonly problem: string;
};

/** Sends a message to the consumer's dead-letter queue: its body unchanged, the rest as attributes. */
export type DeadLetters = (letter: DeadLetter) => Promise<void>;

/** Characters of an attribute, which counts towards the size of the message and must not be empty. */
const maxAttribute = 1_000;

// SQS SendMessage allows #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.
const forbidden = /[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const attribute = (text: string) => ({
  DataType: 'String',
  StringValue: text.replace(forbidden, '\ufffd').slice(0, maxAttribute) || '-',
});

/** The dead-letter queue that `DLQ_URL` names. Without it, SQS moves messages there itself, after all attempts. */
export function deadLettersFromEnvironment(environment: NodeJS.ProcessEnv = process.env): DeadLetters {
  const client = sqsClient();
  const QueueUrl = environment[deadLetterVariable];
  return async ({ id, body, reason, problem }) => {
    if (QueueUrl === undefined) throw new Error(`${reason}: ${problem}`);
    await client.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: body,
        MessageAttributes: { reason: attribute(reason), problem: attribute(problem), message_id: attribute(id) },
      }),
    );
  };
}
