import {
  AccessDeniedException,
  ConflictException,
  InternalServerException,
  type PinpointSMSVoiceV2Client,
  ThrottlingException,
  ValidationException,
  type SendTextMessageCommand,
} from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { expect, test } from 'vitest';
import { eumProvider } from './eum.ts';
import { PermanentFault, TemporaryFault, type OutgoingSms } from './provider.ts';

const sms: OutgoingSms = {
  organization: 1001,
  id: 'msg_1',
  from: 'Acme',
  to: '+14155551234',
  text: 'Hello',
  encoding: 'gsm7',
  segments: 1,
  category: 'marketing',
};

/** A provider whose service answers `outcome`, and the commands that the service received. */
function provider(outcome: () => Promise<object>) {
  const commands: SendTextMessageCommand[] = [];
  const client: Pick<PinpointSMSVoiceV2Client, 'send'> = {
    send: async (command: SendTextMessageCommand) => {
      commands.push(command);
      return outcome();
    },
  };
  return { commands, ...eumProvider({ SMS_CONFIGURATION_SET: 'set' }, client as PinpointSMSVoiceV2Client) };
}

test('a message is sent with its id as context, which its receipts repeat', async () => {
  const { commands, send } = provider(async () => ({ MessageId: 'eum-1' }));
  expect(await send(sms)).toEqual({ provider_message_id: 'eum-1' });
  expect(commands[0]?.input).toEqual({
    DestinationPhoneNumber: '+14155551234',
    OriginationIdentity: 'Acme',
    MessageBody: 'Hello',
    MessageType: 'PROMOTIONAL',
    Context: { message_id: 'msg_1', organization: 'org_1001' },
    ConfigurationSetName: 'set',
  });
});

const metadata = { $metadata: {}, message: 'no' };
const validation = (Name: string) =>
  new ValidationException({ ...metadata, Reason: 'FIELD_VALIDATION_FAILED', Fields: [{ Name, Message: 'no' }] });

test.each([
  ['BLOCKED', new ConflictException({ ...metadata, Reason: 'DESTINATION_PHONE_NUMBER_OPTED_OUT' })],
  ['REJECTED', new ConflictException({ ...metadata, Reason: 'RESOURCE_NOT_ACTIVE' })],
  ['INVALID_NUMBER', validation('DestinationPhoneNumber')],
  ['REJECTED', validation('MessageBody')],
])('%s is permanent', async (code, error) => {
  const sent = provider(() => Promise.reject(error)).send(sms);
  await expect(sent).rejects.toBeInstanceOf(PermanentFault);
  await expect(sent).rejects.toMatchObject({ code });
});

test.each([
  ['throttling', new ThrottlingException(metadata)],
  ['missing rights, which an operator can give', new AccessDeniedException(metadata)],
  ['no connection', Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' })],
  ['no address', Object.assign(new Error('not found'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' })],
  ['no connection in time', new Error('the request socket did not establish a connection with the server')],
  [
    'a service that takes no requests',
    new InternalServerException({ ...metadata, $metadata: { httpStatusCode: 503 } }),
  ],
])('%s is temporary', async (_case, error) => {
  await expect(provider(() => Promise.reject(error)).send(sms)).rejects.toBeInstanceOf(TemporaryFault);
});

test.each([
  ['a fault of the service', new InternalServerException(metadata)],
  ['a time-out', Object.assign(new Error('timed out'), { name: 'TimeoutError' })],
  ['a broken connection', Object.assign(new Error('reset'), { code: 'ECONNRESET', syscall: 'read' })],
])('after %s it is unknown whether the message was accepted', async (_case, error) => {
  const problem = await provider(() => Promise.reject(error))
    .send(sms)
    .catch((thrown: unknown) => thrown);
  expect(problem).toBe(error);
});
