import { BadRequestException, MessageRejected, type SendEmailCommand, type SESv2Client } from '@aws-sdk/client-sesv2';
import { expect, test } from 'vitest';
import { EmailRejected, mailerFromEnvironment } from './mailer.ts';

const email = {
  sender: 'platform',
  id: 'eml_1',
  organization: 1_001,
  to: ['anna@example.com'],
  cc: ['bob@example.com'],
  subject: 'Hello',
  text: 'Hello',
  date: '2026-01-31T12:00:00.000Z',
} as const;
/** A mailer whose provider answers `outcome`, and the commands that the provider received. */
function mailer(outcome: () => Promise<object>, environment: Readonly<Record<string, string>> = {}) {
  const commands: SendEmailCommand[] = [];
  const client: Pick<SESv2Client, 'send'> = {
    send: async (command: SendEmailCommand) => {
      commands.push(command);
      return outcome();
    },
  };
  return {
    commands,
    send: mailerFromEnvironment({ EMAIL_FROM: 'no-reply@example.com', ...environment }, client as SESv2Client).send,
  };
}

test('an e-mail is sent from the platform to its recipients, and the provider names it', async () => {
  const { commands, send } = mailer(async () => ({ MessageId: 'ses-1' }));
  expect(await send(email)).toEqual({ from: 'no-reply@example.com', provider_message_id: 'ses-1' });
  expect(commands[0]?.input).toMatchObject({
    FromEmailAddress: 'no-reply@example.com',
    Destination: { ToAddresses: ['anna@example.com'], CcAddresses: ['bob@example.com'] },
    EmailTags: [
      { Name: 'email_id', Value: 'eml_1' },
      { Name: 'org_id', Value: '1001' },
    ],
  });
  expect(commands[0]?.input).not.toHaveProperty('ConfigurationSetName');
});

test('an e-mail of a domain is sent from its address, and blind copies are in no header', async () => {
  const { commands, send } = mailer(async () => ({ MessageId: 'ses-1' }), { EMAIL_CONFIGURATION: 'mail' });
  const sender = { address: 'shop@acme.example', name: 'Acme' };
  const tracking = { opens: true, clicks: false };
  const sent = await send({ ...email, sender: 'domain', from: sender, bcc: ['eve@example.com'], tracking });
  expect(sent.from).toBe('shop@acme.example');
  expect(commands[0]?.input).toMatchObject({
    FromEmailAddress: 'shop@acme.example',
    Destination: { BccAddresses: ['eve@example.com'] },
    ConfigurationSetName: 'mail-opens',
  });
  const mime = Buffer.from(commands[0]?.input.Content?.Raw?.Data ?? []).toString();
  expect(mime).toContain('From: Acme <shop@acme.example>\r\n');
  expect(mime).not.toContain('eve@example.com');
});

test('an e-mail of a domain without a sender is final, as the platform does not lend its address', async () => {
  const { commands, send } = mailer(async () => ({}));
  await expect(send({ ...email, sender: 'domain' })).rejects.toBeInstanceOf(EmailRejected);
  expect(commands).toEqual([]);
});

test('a bad request is final, and an unverified sender is not', async () => {
  const metadata = { $metadata: {}, message: 'no' };
  const final = mailer(() => Promise.reject(new BadRequestException(metadata)));
  await expect(final.send(email)).rejects.toBeInstanceOf(EmailRejected);
  const temporary = mailer(() => Promise.reject(new MessageRejected(metadata)));
  await expect(temporary.send(email)).rejects.toBeInstanceOf(MessageRejected);
});
