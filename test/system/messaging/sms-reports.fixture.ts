import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Cloud } from '../cloud.ts';

/** What the provider's topic brings to a local cloud. */

/** Milliseconds for the receipt of an SMS: if it comes before the SMS is stored as sent, it comes again in a minute. */
export const receiptWait = 90_000;

/** A new number in the USA (E.164). */
export const newNumber = (): string => `+1415${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}`;

/** The body by which a number that sends SMS is activated. */
export const smsNumber = { country: 'US', type: 'mobile', capabilities: ['voice', 'sms'] };

export type Received = { readonly from: string; readonly to: string; readonly text: string; readonly id: string };

/** Publishes received SMS to the provider's topic. */
export function provider({ outputs }: Pick<Cloud, 'outputs'>) {
  const client = new SNSClient({
    region: outputs['Region'] ?? '',
    endpoint: outputs['AwsEndpointUrl'] ?? '',
    credentials: { accessKeyId: outputs['AccessKeyId'] ?? '', secretAccessKey: outputs['SecretAccessKey'] ?? '' },
  });
  return {
    receive: ({ from, to, text, id }: Received) =>
      client.send(
        new PublishCommand({
          TopicArn: 'arn:aws:sns:us-east-1:000000000000:trunkline-local-sms-reports',
          Message: JSON.stringify({
            originationNumber: from,
            destinationNumber: to,
            messageKeyword: text,
            messageBody: text,
            inboundMessageId: id,
          }),
        }),
      ),
  };
}
