import * as fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import { composeMime } from '#mail/mime.ts';
import { queuedEmail } from '#schema/email.ts';
import type { RecordClass } from '#schema/record-class.ts';
import type { SmsLogEntry } from '#schema/sms-log.ts';
import { filedMessage } from './filed-message.ts';

const entry: SmsLogEntry = {
  ...{ message_id: 'msg_1', direction: 'outbound', from: 'Acme Inc.', to: '+14155550100', message: 'Hello\nÄnn' },
  ...{ status: 'delivered', timestamp: '2026-01-31T12:00:00.000Z', status_at: '2026-01-31T12:00:01.000Z' },
  ...{ user_id: null, segments: 1, cost: null, source: 'platform' },
};
const email = queuedEmail({
  ...{ id: 'eml_1', to: ['ann@example.com'], cc: ['bob@example.com'], template: 'invoice', template_version: 1 },
  ...{ subject: 'Räumung', text: null, created_at: '2026-01-31T12:00:00.000Z' },
});

const textOf = async (of: RecordClass, record: object) =>
  Buffer.from(await composeMime(filedMessage(of, record).message)).toString();

/** The names of the header's fields. */
const fieldsOf = (text: string): string[] =>
  (text.split('\r\n\r\n')[0] ?? '')
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .map((field) => field.split(':')[0]?.toLowerCase() ?? '')
    .toSorted();

test('an SMS is read back with its parties, its time and its text', async () => {
  const read = await simpleParser(await textOf('sms', entry));
  expect(read.from?.value).toEqual([{ address: 'Acme%20Inc%2E@sms.invalid', name: 'Acme Inc.' }]);
  expect(read.to).toMatchObject({ value: [{ address: '+14155550100@sms.invalid' }] });
  expect(read.text?.trimEnd()).toBe('Hello\nÄnn');
  expect(read).toMatchObject({ messageId: '<msg_1@sms.invalid>', date: new Date(entry.timestamp) });
});

test('an e-mail is read back with its header, and says that its body is not kept', async () => {
  const sender = { address: 'sales@example.org', name: 'Sales' };
  const read = await simpleParser(await textOf('email', { ...email, sender, from: sender.address }));
  expect(read.from?.value).toEqual([sender]);
  expect([read.to, read.cc]).toMatchObject([
    { value: [{ address: 'ann@example.com' }] },
    { value: [{ address: 'bob@example.com' }] },
  ]);
  expect(read).toMatchObject({
    subject: 'Räumung',
    messageId: '<eml_1@example.org>',
    date: new Date(email.created_at),
  });
  expect(read.text).toContain('The body of this e-mail is not kept');
  expect(await textOf('email', email)).toContain('From: not-sent@email.invalid\r\n');
});

const hostile = fc.string({
  unit: fc.constantFrom('a', '\r', '\n', '\u2028', ':', '<', '>', '@', ',', '"', '/', '\ud800'),
});

test('no part of a message can add a field or a recipient', async () => {
  const sms = fieldsOf(await textOf('sms', entry));
  const mail = fieldsOf(await textOf('email', email));
  await fc.assert(
    fc.asyncProperty(hostile, hostile, hostile, async (id, from, other) => {
      const record = { ...entry, message_id: `${id}x`, from, to: `${other}x`, source: 'import' };
      const text = await textOf('sms', record);
      expect(fieldsOf(text)).toEqual(sms);
      expect((await simpleParser(text)).to).toMatchObject({ value: { length: 1 } });
      expect(
        fieldsOf(
          await textOf('email', { ...email, subject: `x${other}`, sender: { address: 'a@b.example', name: from } }),
        ),
      ).toEqual(mail);
    }),
  );
});

test('each record names a file of its own, whatever its id is', () => {
  const named = (message_id: string, source: SmsLogEntry['source']) =>
    filedMessage('sms', { ...entry, message_id, source }).name;
  expect(named('msg_1', 'platform')).toBe('msg_1');
  const names = ['msg_1', '../a', 'a/b', 'import-', 'ä'].map((id) => named(id, 'import'));
  expect(new Set(names).size).toBe(5);
  for (const name of names) expect(name).toMatch(/^import-[A-Za-z0-9_-]{43}$/);
});
