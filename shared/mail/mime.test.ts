import fc from 'fast-check';
import addressparser from 'nodemailer/lib/addressparser';
import { expect, test } from 'vitest';
import { composeMime, type Message } from './mime.ts';

const message: Message = {
  id: 'eml_1',
  from: 'no-reply@example.com',
  to: ['ann@example.com'],
  cc: [],
  subject: 'Hello',
  text: 'One\nTwo',
  date: '2026-11-20T10:00:00.000Z',
};
const textOf = async (more: Partial<Message>): Promise<string> =>
  Buffer.from(await composeMime({ ...message, ...more })).toString();

/** The fields of the header, with folded lines joined. */
const fieldsOf = (text: string): readonly string[] =>
  (text.split('\r\n\r\n')[0] ?? '')
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .map((field) => field.split(':')[0]?.toLowerCase() ?? '');

const expected = [
  'auto-submitted',
  'content-transfer-encoding',
  'content-type',
  'date',
  'from',
  'message-id',
  'mime-version',
  'subject',
  'to',
];

test('a message is plain text with its required headers and a stable id', async () => {
  const text = await textOf({ cc: ['bob@example.com', 'eve@example.com'] });
  expect(fieldsOf(text).toSorted()).toEqual([...expected, 'cc'].toSorted());
  expect(text).toContain(
    'From: no-reply@example.com\r\nTo: ann@example.com\r\nCc: bob@example.com, eve@example.com\r\nSubject: Hello\r\n',
  );
  expect(text).toContain('Message-ID: <eml_1@example.com>\r\n');
  expect(text).toContain('Date: Fri, 20 Nov 2026 10:00:00 +0000\r\n');
  expect(text.split('\r\n\r\n')[1]).toBe('One\r\nTwo\r\n');
});

test('a subject or an address cannot add a header or a recipient', async () => {
  const hostile = fc.string({
    unit: fc.constantFrom(
      'a',
      '@',
      'x.example',
      ',',
      ';',
      '<',
      '>',
      '"',
      ':',
      'Bcc: eve@example.com',
      '\r',
      '\n',
      '\r\n',
      '\r\n ',
      '\u2028',
      '\u0085',
      '\0',
      'é',
      '=?utf-8?q?x?=',
      '\t',
    ),
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(hostile, hostile, async (subject, address) => {
      const text = await textOf({ subject, to: [address || 'a@example.com'] });
      expect(fieldsOf(text).filter((field) => !expected.includes(field))).toEqual([]);
      const [, to = ''] = /^To: (.*?)\r\n(?![ \t])/ms.exec(text) ?? [];
      expect(addressparser(to, { flatten: true }).length).toBeLessThanOrEqual(1);
      expect(text.split('\r\n\r\n').slice(1).join('')).toBe('One\r\nTwo\r\n');
    }),
  );
});

test('long lines and other scripts are kept', async () => {
  const text = await textOf({ text: `${'é'.repeat(2_000)}\n.\n`, subject: 'Ж'.repeat(200) });
  expect(text.split('\r\n').every((line) => line.length <= 78 && /^[\x20-\x7e\t]*$/.test(line))).toBe(true);
});
