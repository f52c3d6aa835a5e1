import {
  AuthorizationErrorException,
  InternalErrorException,
  InvalidParameterException,
  SNSServiceException,
  ThrottledException,
  type PublishCommand,
  type SNSClient,
} from '@aws-sdk/client-sns';
import { expect, test } from 'vitest';
import { PermanentFault, TemporaryFault, type OutgoingSms } from './provider.ts';
import { smsProviderFromEnvironment } from './providers.ts';
import { snsProvider } from './sns.ts';

const sms: OutgoingSms = {
  organization: 1001,
  id: 'msg_1',
  from: 'Acme',
  to: '+14155551234',
  text: 'Hello',
  encoding: 'gsm7',
  segments: 1,
  category: 'transactional',
};

/** A provider whose service answers `outcome`, and the commands that the service received. */
function provider(outcome: () => Promise<object>) {
  const commands: PublishCommand[] = [];
  const client: Pick<SNSClient, 'send'> = {
    send: async (command: PublishCommand) => {
      commands.push(command);
      return outcome();
    },
  };
  return { commands, ...snsProvider(client as SNSClient) };
}

const text = (StringValue: string) => ({ DataType: 'String', StringValue });

test('a message goes to the phone number, from a sender id or a number, with its type', async () => {
  const { commands, send } = provider(async () => ({ MessageId: 'sns-1' }));
  expect(await send(sms)).toEqual({ provider_message_id: 'sns-1' });
  await send({ ...sms, from: '+14155550000', category: 'marketing' });
  expect(commands.map(({ input }) => input)).toEqual([
    {
      PhoneNumber: '+14155551234',
      Message: 'Hello',
      MessageAttributes: { 'AWS.SNS.SMS.SMSType': text('Transactional'), 'AWS.SNS.SMS.SenderID': text('Acme') },
    },
    {
      PhoneNumber: '+14155551234',
      Message: 'Hello',
      MessageAttributes: {
        'AWS.SNS.SMS.SMSType': text('Promotional'),
        'AWS.MM.SMS.OriginationNumber': text('+14155550000'),
      },
    },
  ]);
});

const metadata = { $metadata: {}, message: 'no' };
const invalid = (message: string) => new InvalidParameterException({ ...metadata, message });
const optOut = 'Invalid parameter: Cannot send: the phone number +14155551234 is opted out';

test.each([
  ['INVALID_NUMBER', invalid('Invalid parameter: PhoneNumber Reason: +1 is not valid'), false],
  ['REJECTED', invalid('Invalid parameter: Message too long'), false],
  ['BLOCKED', invalid(optOut), true],
])('%s is permanent', async (code, error, isOptOut) => {
  const sent = provider(() => Promise.reject(error)).send(sms);
  await expect(sent).rejects.toBeInstanceOf(PermanentFault);
  await expect(sent).rejects.toMatchObject({ code, isOptOut });
});

test.each([
  ['throttling', new ThrottledException(metadata)],
  ['missing rights, which an operator can give', new AuthorizationErrorException(metadata)],
  ['no connection', Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' })],
  [
    'a service that takes no requests',
    new SNSServiceException({ name: 'ServiceUnavailable', $fault: 'server', $metadata: { httpStatusCode: 503 } }),
  ],
])('%s is temporary', async (_case, error) => {
  await expect(provider(() => Promise.reject(error)).send(sms)).rejects.toBeInstanceOf(TemporaryFault);
});

test.each([
  ['a fault of the service', new InternalErrorException(metadata)],
  ['a time-out', Object.assign(new Error('timed out'), { name: 'TimeoutError' })],
])('after %s it is unknown whether the message was accepted', async (_case, error) => {
  const problem = await provider(() => Promise.reject(error))
    .send(sms)
    .catch((thrown: unknown) => thrown);
  expect(problem).toBe(error);
});

test('the deployment chooses the provider', () => {
  expect(smsProviderFromEnvironment({}).name).toBe('eum');
  expect(smsProviderFromEnvironment({ SMS_PROVIDER: 'sns' }).name).toBe('sns');
});
