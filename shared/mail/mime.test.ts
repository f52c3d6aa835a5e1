import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import addressparser from 'nodemailer/lib/addressparser';
import { expect, test } from 'vitest';
import { composeMime, type Message } from './mime.ts';

const message: Message = {
  id: 'eml_1',
  from: { address: 'no-reply@example.com', name: null },
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

test('each address that is stored is in the header as it is', async () => {
  const to = ["!#$%&'*+-/=?^_`{|}~@example.org", 'ann@xn--e1afmkfd.xn--p1ai', '#1@example.org', 'a=b@example.org'];
  for (const each of to) expect(await textOf({ to: [each] })).toContain(`\r\nTo: ${each}\r\n`);
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

/** As a reader's program sees it. */
const readMessage = async (more: Partial<Message>) =>
  simpleParser(Buffer.from(await composeMime({ ...message, ...more })));

test('text, HTML and attachments arrive as they are', async () => {
  const bytes = Uint8Array.from({ length: 5_000 }, (_, at) => at % 256);
  const { text, html, attachments, subject, from, replyTo } = await readMessage({
    from: { address: 'no-reply@example.com', name: 'Årsta "Tele" AB, <support>' },
    reply_to: 'help@example.com',
    subject: 'Räkning — faktura',
    text: 'Hej\ndu',
    html: `<p>Hej</p>${'<b>du</b>'.repeat(500)}`,
    attachments: [
      { filename: 'räkning "1".pdf', type: 'application/pdf', content: bytes },
      { filename: 'empty.txt', type: 'text/plain', content: new Uint8Array() },
    ],
  });
  expect([text, html, subject]).toEqual(['Hej\ndu', `<p>Hej</p>${'<b>du</b>'.repeat(500)}`, 'Räkning — faktura']);
  expect(from?.value).toEqual([{ address: 'no-reply@example.com', name: 'Årsta "Tele" AB, <support>' }]);
  expect(replyTo?.value).toEqual([{ address: 'help@example.com', name: '' }]);
  expect(attachments.map(({ filename, contentType, content }) => [filename, contentType, content])).toEqual([
    ['räkning "1".pdf', 'application/pdf', Buffer.from(bytes)],
    ['empty.txt', 'text/plain', Buffer.alloc(0)],
  ]);
});

test.each([
  ['low', '5'],
  ['normal', '3'],
  ['high', '1'],
] as const)('the priority %s is X-Priority %s and Importance', async (priority, number) => {
  const { headerLines } = await readMessage({ priority });
  expect(headerLines.map(({ line }) => line)).toEqual(
    expect.arrayContaining([`X-Priority: ${number}`, `Importance: ${priority}`]),
  );
});

const expectedOfAll = [...expected, 'cc', 'reply-to', 'x-priority', 'importance']
  .filter((name) => name !== 'content-transfer-encoding')
  .toSorted();
const hostileTexts: Readonly<Record<string, string>> = {
  'a line end': 'x\r\nBcc: eve@example.com',
  'a line feed': 'x\nX-Evil: 1',
  'a carriage return': 'x\rX-Evil: 1',
  'a NUL and a body': 'x\0\r\n\r\n<script>',
  'an encoded word (Q)': '=?utf-8?q?=0D=0ABcc:_eve@example.com?=',
  'an encoded word (B)': '=?utf-8?b?DQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?=',
  'another address': '"x" <eve@example.com>, "y',
  'an escaped quote': 'x\\"\r\n',
  'a line separator': '\u2028X-Evil: 1\u2029',
  'a next line': '\u0085X-Evil: 1',
  '10 KB of ASCII': 'a'.repeat(10_240),
  '10 KB of umlauts': 'é'.repeat(10_240),
  'words of 12 KB': `${'a b'.repeat(3_000)}\r\nX-Evil: 1`,
  'a parameter': `x; filename*=utf-8''evil.exe`,
};

test.each(Object.entries(hostileTexts))('no header that was not meant comes from %s', async (_, hostile) => {
  const { headerLines, attachments, to, bcc } = await readMessage({
    from: { address: 'no-reply@example.com', name: hostile },
    cc: [hostile],
    reply_to: hostile,
    subject: hostile,
    html: '<p>x</p>',
    priority: 'high',
    attachments: [{ filename: hostile, type: `text/plain${hostile.slice(1)}`, content: Buffer.from('x') }],
  });
  expect(headerLines.map(({ key }) => key).toSorted()).toEqual(expectedOfAll);
  expect([to, bcc]).toMatchObject([{ text: 'ann@example.com' }, undefined]);
  expect(attachments).toHaveLength(1);
  expect(attachments[0]?.content.toString()).toBe('x');
});
