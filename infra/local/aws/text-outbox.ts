import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { failure, json, textIn, type AwsCall, type AwsService } from './aws-call.ts';
import { writeDurably } from '../data-dir.ts';
import type { AcceptedText } from './text-reports.ts';

/** The input of SendTextMessage (AWS End User Messaging SMS API Reference). */
type TextMessage = {
  readonly DestinationPhoneNumber: string;
  readonly OriginationIdentity: string;
  readonly MessageBody: string;
  readonly MessageType: string;
  readonly Context?: Readonly<Record<string, string>>;
};

const messageIn = ({ parameters }: Pick<AwsCall, 'parameters'>): TextMessage => parameters as TextMessage;

/** Recipients that fail, by the end of their number (functions/messaging/README.md, "Providers"). */
const failures: Readonly<Record<string, () => ReturnType<typeof failure>>> = {
  '0001': () =>
    failure(400, 'ConflictException', 'The destination number is blocked.', {
      Message: 'The destination number is blocked.',
      Reason: 'DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE',
    }),
  '0002': () => failure(400, 'ThrottlingException', 'An error occurred because too many requests were sent.'),
};

/**
 * AWS End User Messaging that writes each SMS into a folder, as a file named by its context `message_id` or by its
 * message id.
 */
export function openTextOutbox(dataDir: string, report: (sms: AcceptedText) => void): AwsService {
  const folder = join(dataDir, 'outbox', 'sms');
  mkdirSync(folder, { recursive: true });
  return async (call) => {
    if (call.operation !== 'SendTextMessage')
      return failure(400, 'ValidationException', `The local cloud has no ${call.operation}.`);
    const rejected = failures[textIn(call.parameters, 'DestinationPhoneNumber').slice(-4)];
    if (rejected !== undefined) return rejected();
    const {
      DestinationPhoneNumber: to,
      OriginationIdentity: from,
      MessageBody,
      MessageType,
      Context,
    } = messageIn(call);
    const MessageId = randomUUID();
    const name = Context?.['message_id'] ?? MessageId;
    if (!/^[\w-]{1,100}$/.test(name))
      return failure(400, 'ValidationException', 'The local cloud takes a message_id of letters, digits, - and _.');
    const sms = { message_id: name, provider_message_id: MessageId, from, to, message: MessageBody, type: MessageType };
    writeDurably(
      join(folder, `${name}.json`),
      Buffer.from(`${JSON.stringify({ ...sms, at: new Date().toISOString() }, undefined, 2)}\n`),
    );
    const set = textIn(call.parameters, 'ConfigurationSetName');
    report({ set, messageId: MessageId, to, from, context: Context ?? {} });
    return json(200, { MessageId });
  };
}
