import { describe, expect, test } from 'vitest';
import { assertAttachable, assertSizes, Attachment } from './attachment.ts';

const inline = { filename: 'a.pdf', content: 'SGVq', content_type: 'application/pdf' };
const codeOf = (attachment: object): unknown => {
  const { error } = Attachment.safeParse(attachment);
  const [issue] = error?.issues ?? [];
  return issue?.code === 'custom' ? issue.params?.['code'] : issue?.code;
};

describe('an attachment', () => {
  test.each([inline, { filename: 'a', content: '' }, { file_id: 'file_1' }, { ...inline, content_type: 'TEXT/Plain' }])(
    'is content or a file: %j',
    (attachment) => expect(Attachment.safeParse(attachment).error).toBeUndefined(),
  );

  test.each([
    { content: 'SGVq' },
    { filename: 'a.txt' },
    {},
    { file_id: 'file_1', filename: 'a.txt', content: 'SGVq' },
    { ...inline, content: 'SGV' },
    { ...inline, content: 'SGVq\n' },
    { ...inline, content: 'SG-_' },
    { ...inline, content: '====' },
    { ...inline, filename: 'invoice.pdf.exe' },
    { ...inline, filename: 'a.JS' },
    { ...inline, filename: '../a.pdf' },
    { ...inline, filename: 'c:\\a.pdf' },
    { ...inline, content_type: 'multipart/mixed' },
    { ...inline, content_type: 'message/rfc822' },
    { ...inline, content_type: 'text/javascript' },
    { ...inline, content_type: 'text/plain; charset=utf-8' },
    { ...inline, content_type: 'text' },
    { ...inline, content_type: 'text/plain\r\nBcc: eve@example.com' },
  ])('is nothing else: %j', (attachment) => expect(codeOf(attachment)).toBe('INVALID_ATTACHMENT'));
});

const bytes = (length: number) => ({ filename: 'a', content: Buffer.alloc(length).toString('base64') });
const fileOf = (size: number) => ({ kind: 'attachment', content: { size } });
const tooLarge = expect.objectContaining({ code: 'ATTACHMENT_TOO_LARGE' });

test('attachments in the request have 3,000,000 bytes together', () => {
  expect(() => assertSizes([bytes(2_000_000), bytes(1_000_000)], new Map())).not.toThrow();
  expect(() => assertSizes([bytes(2_000_000), bytes(1_000_001)], new Map())).toThrow(tooLarge);
});

test('all attachments have 10,000,000 bytes together, also if a file is attached twice', () => {
  const files = new Map([['file_1', fileOf(5_000_000)]]);
  const twice = [{ file_id: 'file_1' }, { file_id: 'file_1' }];
  expect(() => assertSizes(twice, files)).not.toThrow();
  expect(() => assertSizes([...twice, bytes(1)], files)).toThrow(tooLarge);
});

test('only files that are ready and meant for it can be attached', () => {
  const file = fileOf(1);
  expect(assertAttachable(file, 'attachments[0].file_id')).toBe(file);
  for (const other of [undefined, { ...file, kind: 'recording' }])
    expect(() => assertAttachable(other, 'attachments[1].file_id')).toThrow(
      expect.objectContaining({
        code: 'INVALID_ATTACHMENT',
        details: [expect.objectContaining({ path: 'attachments[1].file_id' })],
      }),
    );
});
