import type { AwsAnswer } from './aws-call.ts';
import { xmlText } from './objects.ts';

/** Answers of Amazon SNS, in the AWS Query protocol. */

const answer = (status: number, element: string, content: string): AwsAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: `<${element} xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${content}</${element}>`,
});

/** @param result elements of the operation's result */
export const topicAnswer = (operation: string, result: string): AwsAnswer =>
  answer(200, `${operation}Response`, `<${operation}Result>${result}</${operation}Result>`);

/** @param code name of the exception, as the SDK knows it */
export const topicFailure = (status: number, code: string, message: string): AwsAnswer =>
  answer(
    status,
    'ErrorResponse',
    `<Error><Type>Sender</Type><Code>${code}</Code><Message>${xmlText(message)}</Message></Error>`,
  );
