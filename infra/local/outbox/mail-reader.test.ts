import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { simpleParser, type AddressObject } from 'mailparser';
import { afterAll, expect, test } from 'vitest';
import { composeMime, type Message } from '#mail/mime.ts';
import { readMail, type Mail } from './mail-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'mail-reader-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(mime: string | Uint8Array): Promise<Mail> {
  const file = join(folder, 'mail.eml');
  writeFileSync(file, mime);
  return readMail(file);
}

const message = (more: Partial<Message> = {}): Message => ({
  id: 'eml_1',
  from: { address: 'no-reply@example.com', name: null },
  to: ['ann@example.com'],
  cc: [],
  subject: 'Hello',
  text: 'Text',
  date: '2026-11-20T10:00:00.000Z',
  ...more,
});

test('an e-mail with all parts', async () => {
  const mail = await read(
    await composeMime(
      message({
        from: { address: 'no-reply@example.com', name: 'Änn & Co' },
        cc: ['bob@example.com'],
        subject: 'Grüße 📞 und mehr, was länger ist als eine Zeile eines Headers, so dass er gefaltet wird',
        text: 'Hällo = Welt\n\n-- \n.\nEnde',
        html: `<p>${'Hällo '.repeat(40)}</p>`,
        attachments: [
          { filename: 'r"e;c=hnung ö.pdf', type: 'application/pdf', content: Buffer.alloc(3_000, 'a') },
          { filename: 'a.txt', type: 'text/plain', content: Buffer.from('not the text of the mail') },
        ],
      }),
    ),
  );
  expect(mail).toEqual({
    from: 'Änn & Co <no-reply@example.com>',
    to: 'ann@example.com',
    cc: 'bob@example.com',
    subject: 'Grüße 📞 und mehr, was länger ist als eine Zeile eines Headers, so dass er gefaltet wird',
    text: 'Hällo = Welt\n\n-- \n.\nEnde',
    html: `<p>${'Hällo '.repeat(40)}</p>`,
    attachments: [
      { filename: 'r"e;c=hnung ö.pdf', type: 'application/pdf', size: 3_000 },
      { filename: 'a.txt', type: 'text/plain', size: expect.toSatisfy((size: number) => Math.abs(size - 24) < 3) },
    ],
  });
});

test('an e-mail with text only', async () => {
  const mail = await read(await composeMime(message()));
  expect([mail.text, mail.html, mail.attachments]).toEqual(['Text', null, []]);
});

test('a file that is no e-mail, or ends in the middle, is read as far as it goes', async () => {
  expect(await read('')).toMatchObject({ subject: '', text: '', html: null, attachments: [] });
  expect(await read('\u0000\xff\n--\n: \n')).toMatchObject({ subject: '' });
  const whole = Buffer.from(await composeMime(message({ html: '<p>Hello</p>', subject: 'Cut' })));
  for (let length = 0; length < whole.length; length += 7) await read(whole.subarray(0, length));
  expect(await read(whole.subarray(0, whole.length - 40))).toMatchObject({ subject: 'Cut', text: 'Text' });
});

test('a part without header fields is text, and what follows the last part is not', async () => {
  const mail = await read(
    'Subject: Parts\nContent-Type: multipart/mixed; boundary=b\n\nbefore\n--b\n\nText\n--b--\nafter\n',
  );
  expect([mail.subject, mail.text]).toEqual(['Parts', 'Text']);
});

test('the size of a body, of headers and of attachments does not fill the memory', async () => {
  const head = `Content-Type: multipart/mixed; boundary=b\nSubject: Large\n${` ${'a'.repeat(999)}\n`.repeat(1_000)}`;
  const many = '--b\nContent-Disposition: attachment; filename=a\n\naa\n'.repeat(1_000);
  const mail = await read(`${head}\n--b\n\n${'x\n'.repeat(600_000)}${many}--b--\n`);
  expect([mail.subject.slice(0, 5), mail.attachments.length]).toEqual(['Large', 100]);
  expect(mail.subject.length).toBeLessThan(70_000);
  expect(mail.text?.length).toBeGreaterThan(1_000_000);
  expect(mail.text?.length).toBeLessThan(1_100_000);
});

/** What mailparser, which others wrote, reads of the same file. */
async function byOutsider(mime: Uint8Array) {
  const { subject, text, html, attachments, from, to } = await simpleParser(Buffer.from(mime), {
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipTextLinks: true,
  });
  return {
    subject,
    text: text?.replace(/\n$/, ''),
    html: html === false ? null : html.replace(/\n$/, ''),
    from: from?.value[0]?.address,
    to: (to as AddressObject).value.map(({ address }) => address),
    attachments: attachments.map(({ filename, contentType, size }) => ({ filename, type: contentType, size })),
  };
}

const line = fc
  .string({ unit: fc.constantFrom(...Array.from('abc äß€📞=?_ .-"\';%<>()')), minLength: 1, maxLength: 60 })
  .map((text) => `a${text}z`);
const lines = fc.array(line, { minLength: 1, maxLength: 6 }).map((all) => all.join('\n'));

test('what the platform sends is read as mailparser reads it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ subject: line, text: lines, html: fc.option(lines), name: line, content: fc.uint8Array() }),
      async ({ subject, text, html, name, content }) => {
        const mime = await composeMime(
          message({ subject, text, html, attachments: [{ filename: name, type: 'application/pdf', content }] }),
        );
        const [ours, theirs] = [await read(mime), await byOutsider(mime)];
        expect({ ...ours, from: 'no-reply@example.com', to: [ours.to], cc: undefined }).toEqual({
          ...theirs,
          cc: undefined,
          attachments: theirs.attachments.map((each) => ({
            ...each,
            // mailparser drops some spaces of a name that is in several pieces.
            filename: name,
            size: expect.toSatisfy((size: number) => Math.abs(size - each.size) < 3),
          })),
        });
      },
    ),
    { numRuns: 300 },
  );
});
