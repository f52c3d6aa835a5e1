import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { failure, json, textIn, type AwsCall, type AwsService } from './aws-call.ts';
import { writeDurably } from '../machine/data-dir.ts';
import { topicAnswer, topicFailure } from './topic-answers.ts';
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

/** An SMS as its file has it. */
type StoredText = {
  readonly message_id: string;
  readonly provider_message_id: string;
  readonly from: string;
  readonly to: string;
  readonly message: string;
  readonly type: string;
};

/** The folder of SMS, as a function that stores one. */
function openFolder(dataDir: string): (sms: StoredText) => void {
  const folder = join(dataDir, 'outbox', 'sms');
  mkdirSync(folder, { recursive: true });
  return (sms) => {
    const text = JSON.stringify({ ...sms, at: new Date().toISOString() }, undefined, 2);
    writeDurably(join(folder, `${sms.message_id}.json`), Buffer.from(`${text}\n`));
  };
}

/** Recipients that fail, by the end of their number (functions/messaging/sms-reports/README.md). */
const endings = { blocked: '0001', throttled: '0002' } as const;
const blocked = 'The destination number is blocked.';
const failures: Readonly<Record<string, () => ReturnType<typeof failure>>> = {
  [endings.blocked]: () =>
    failure(400, 'ConflictException', blocked, {
      Message: blocked,
      Reason: 'DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE',
    }),
  [endings.throttled]: () =>
    failure(400, 'ThrottlingException', 'An error occurred because too many requests were sent.'),
};

/**
 * AWS End User Messaging that writes each SMS into a folder, as a file named by its context `message_id` or by its
 * message id.
 */
export function openTextOutbox(dataDir: string, report: (sms: AcceptedText) => void): AwsService {
  const store = openFolder(dataDir);
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
    store({ message_id: name, provider_message_id: MessageId, from, to, message: MessageBody, type: MessageType });
    const set = textIn(call.parameters, 'ConfigurationSetName');
    report({ set, messageId: MessageId, to, from, context: Context ?? {} });
    return json(200, { MessageId });
  };
}

/** The value of an attribute of a message (Amazon SNS API Reference, "Publish"). */
function attributeOf({ parameters }: AwsCall, name: string): string {
  const [key] = Object.entries(parameters).find(([at, value]) => /\.Name$/.test(at) && value === name) ?? [];
  return key === undefined ? '' : textIn(parameters, key.replace(/Name$/, 'Value.StringValue'));
}

const phoneFailures: Readonly<Record<string, () => ReturnType<typeof topicFailure>>> = {
  [endings.blocked]: () => topicFailure(400, 'InvalidParameter', 'Invalid parameter: Phone number is opted out'),
  [endings.throttled]: () => topicFailure(400, 'Throttling', 'Rate exceeded'),
};

/** Amazon SNS that writes what is published to a phone number into the same folder. SNS reports nothing of it. */
export function publishToPhones(dataDir: string, topics: AwsService): AwsService {
  const store = openFolder(dataDir);
  return async (call) => {
    const to = call.operation === 'Publish' ? textIn(call.parameters, 'PhoneNumber') : '';
    if (to === '') return topics(call);
    const rejected = phoneFailures[to.slice(-4)];
    if (rejected !== undefined) return rejected();
    const id = randomUUID();
    const from =
      attributeOf(call, 'AWS.MM.SMS.OriginationNumber') || attributeOf(call, 'AWS.SNS.SMS.SenderID') || 'NOTICE';
    const type = attributeOf(call, 'AWS.SNS.SMS.SMSType').toUpperCase();
    store({ message_id: id, provider_message_id: id, from, to, message: textIn(call.parameters, 'Message'), type });
    return topicAnswer('Publish', `<MessageId>${id}</MessageId>`);
  };
}
