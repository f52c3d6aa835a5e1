import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { deadLetterVariable } from '../contract/queues.ts';
import { sqsClient } from './queues.ts';

/** A message that will never be handled, as it was, and why. */
export type DeadLetter = {
  readonly id: string;
  readonly body: string;
  readonly reason: string;
  readonly problem: string;
};

/** Puts a message into the consumer's dead-letter queue: its body unchanged, the rest as attributes. */
export type DeadLetters = (letter: DeadLetter) => Promise<void>;

/** An attribute counts towards the message's size and may not be empty. */
const longestProblem = 1_000;

// SQS: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.
const forbidden = /[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const attribute = (text: string) => ({
  DataType: 'String',
  StringValue: text.replace(forbidden, '\ufffd').slice(0, longestProblem) || '-',
});

export function deadLettersFromEnvironment(environment: NodeJS.ProcessEnv = process.env): DeadLetters {
  const client = sqsClient();
  return async ({ id, body, reason, problem }) => {
    await client.send(
      new SendMessageCommand({
        QueueUrl: environment[deadLetterVariable],
        MessageBody: body,
        MessageAttributes: { reason: attribute(reason), problem: attribute(problem), message_id: attribute(id) },
      }),
    );
  };
}
