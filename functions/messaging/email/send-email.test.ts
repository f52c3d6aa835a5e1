import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SendEmail } from './send-email.ts';

const body = { to: 'ann@example.com', template: 'invoice' };
const issuesOf = (more: object) =>
  (SendEmail.safeParse({ ...body, ...more }).error?.issues ?? []).map(
    (issue): readonly [path: string, code: unknown] => [
      issue.path.join('.'),
      issue.code === 'custom' ? issue.params?.['code'] : issue.code,
    ],
  );

test('addresses are one or a list, in lower case, each once', () => {
  expect(SendEmail.parse({ ...body, cc: ['B@example.com', 'b@example.com', 'c@example.com'] })).toMatchObject({
    to: ['ann@example.com'],
    cc: ['b@example.com', 'c@example.com'],
    bcc: [],
    priority: 'normal',
    track_opens: true,
    track_clicks: true,
    variables: {},
    attachments: [],
  });
});

describe('an address that is none has a code and a path', () => {
  test.each([
    [{ to: 'ann' }, 'to'],
    [{ to: ['a@example.com', 'a@b@example.com'] }, 'to.1'],
    [{ cc: 'Ann <a@example.com>' }, 'cc'],
    [{ bcc: ['a@example.com\r\nBcc: eve@example.com'] }, 'bcc.0'],
    [{ from: 'a@example.com, b@example.com' }, 'from'],
    [{ reply_to: '' }, 'reply_to'],
    [{ to: `${'a'.repeat(250)}@example.com` }, 'to'],
  ])('%j', (more, path) => expect(issuesOf(more)).toEqual([[path, 'INVALID_EMAIL_ADDRESS']]));
});

test('at most 50 addresses are named together, and one at least', () => {
  const addresses = (count: number, at: string) => Array.from({ length: count }, (_, each) => `${each}@${at}.example`);
  expect(issuesOf({ to: addresses(30, 'a'), cc: addresses(10, 'b'), bcc: addresses(10, 'c') })).toEqual([]);
  expect(issuesOf({ to: addresses(30, 'a'), cc: addresses(10, 'b'), bcc: addresses(11, 'c') })).toHaveLength(1);
  expect(issuesOf({ to: [] }).map(([path]) => path)).toEqual(['to']);
});

test.each([
  [{ subject: 'a\nb' }, 'subject'],
  [{ subject: 'a'.repeat(201) }, 'subject'],
  [{ from_name: 'a\r\nb' }, 'from_name'],
  [{ from_name: 'a'.repeat(10_240) }, 'from_name'],
  [{ reference: 'a'.repeat(129) }, 'reference'],
  [{ priority: 'urgent' }, 'priority'],
  [{ variables: { a: 'x'.repeat(65_536) } }, 'variables'],
  [{ variables: { a: { b: { c: { d: { e: {} } } } } } }, 'variables'],
  [{ attachments: Array.from({ length: 11 }, () => ({ file_id: 'file_1' })) }, 'attachments'],
])('a value beyond its limit is rejected: %#', (more, path) => {
  expect(issuesOf(more).map(([at]) => at)).toEqual([path]);
});

test('no text makes the schema fail in another way than by issues', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      for (const name of ['to', 'cc', 'from', 'variables', 'attachments'])
        expect(() => SendEmail.safeParse({ ...body, [name]: value })).not.toThrow();
    }),
  );
});
