import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { composeMime, type Message } from '#mail/mime.ts';
import type { Answer } from '../gateway/gateway-event.ts';
import { outboxIn, type OutboxPage } from './outbox.ts';
import { outboxPages } from './routes.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'outbox-'));
afterAll(() => rmSync(dataDir, { recursive: true }));

/** Writes a message of a minute. */
function write(kind: string, name: string, content: string | Uint8Array, minute: number): void {
  const file = join(dataDir, 'outbox', kind, name);
  mkdirSync(join(dataDir, 'outbox', kind), { recursive: true });
  writeFileSync(file, content);
  const at = new Date(Date.UTC(2026, 10, 20, 10, minute));
  utimesSync(file, at, at);
}

const mail = (id: string, more: Partial<Message> = {}): Promise<Uint8Array> =>
  composeMime({
    id,
    from: { address: 'no-reply@example.com', name: null },
    to: ['ann@example.com'],
    cc: [],
    subject: `Subject of ${id}`,
    text: 'Text',
    date: '2026-11-20T10:00:00.000Z',
    ...more,
  });

const sms = { message_id: 'msg_1', from: '+15550100', to: '+15550101', message: 'Hi <b>', at: '2026-11-20T10:02:00Z' };
const call = {
  url: 'https://example.com/hook',
  webhook_id: 'wh_1',
  event_id: 'evt_1',
  event_type: 'sms.sent',
  attempt: 2,
  status: 'pending',
  response_status: 503,
  response_excerpt: '<script>busy</script>',
  duration_ms: 12,
  error: 'HTTP_ERROR',
  body: '{"id":"evt_1"}',
};
const hostile = '<p onclick="x()">Hello</p><script>alert(1)</script><IFRAME src=x></IFRAME><link href=x>';

beforeAll(async () => {
  write('email', 'eml_1.eml', await mail('eml_1', { html: hostile }), 1);
  write('sms', 'msg_1.json', JSON.stringify(sms), 2);
  write('webhook', 'dlv_1-2.json', JSON.stringify(call), 3);
  write('email', 'eml_2.eml', await mail('eml_2', { subject: '</summary><script>alert(2)</script>' }), 4);
  write('sms', 'msg_2.json', '{"broken', 5);
});

const pages = outboxPages(outboxIn(dataDir));
type Asked = { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly from?: string };
const ask = (url: string, { method = 'GET', headers = {}, from = '127.0.0.1' }: Asked = {}): Promise<Answer | null> =>
  pages({
    method,
    url,
    headers: { host: 'localhost:3000', ...headers },
    socket: { remoteAddress: from, localAddress: '127.0.0.1' },
  });
const pageOf = async (url: string): Promise<OutboxPage> =>
  JSON.parse(String((await ask(url, { headers: { accept: 'application/json' } }))?.body)) as OutboxPage;
const idsOf = async (url: string): Promise<string[]> => (await pageOf(url)).messages.map(({ id }) => id);

describe('as JSON', () => {
  test('messages of all kinds are listed, the newest first', async () => {
    const { messages, next } = await pageOf('/_local/outbox');
    expect(next).toBeNull();
    expect(messages).toEqual([
      {
        kind: 'sms',
        id: 'msg_2',
        at: '2026-11-20T10:05:00.000Z',
        file: expect.any(String),
        problem: expect.any(String),
      },
      expect.objectContaining({ kind: 'email', id: 'eml_2', html: null }),
      { kind: 'webhook', id: 'dlv_1-2', at: '2026-11-20T10:03:00.000Z', file: expect.any(String), ...call },
      {
        kind: 'sms',
        id: 'msg_1',
        at: '2026-11-20T10:02:00.000Z',
        file: join(dataDir, 'outbox/sms/msg_1.json'),
        from: '+15550100',
        to: '+15550101',
        message: 'Hi <b>',
      },
      {
        kind: 'email',
        id: 'eml_1',
        at: '2026-11-20T10:01:00.000Z',
        file: join(dataDir, 'outbox/email/eml_1.eml'),
        from: 'no-reply@example.com',
        to: 'ann@example.com',
        cc: '',
        subject: 'Subject of eml_1',
        text: 'Text',
        html: hostile,
        attachments: [],
      },
    ]);
  });

  test('a filter and pages', async () => {
    expect(await idsOf('/_local/outbox?format=json&kind=email')).toEqual(['eml_2', 'eml_1']);
    const first = await pageOf('/_local/outbox?limit=2');
    const second = await pageOf(`/_local/outbox?limit=2&before=${first.next}`);
    const third = await pageOf(`/_local/outbox?limit=2&before=${second.next}`);
    expect([first, second, third].map(({ messages }) => messages.map(({ id }) => id))).toEqual([
      ['msg_2', 'eml_2'],
      ['dlv_1-2', 'msg_1'],
      ['eml_1'],
    ]);
    expect(third.next).toBeNull();
  });

  test.each(['kind=fax', 'limit=0', 'limit=101', 'limit=1.5', 'limit=a', 'before=a', 'before=1-..%2f'])(
    '%s is 400',
    async (query) => {
      expect((await ask(`/_local/outbox?${query}`))?.status).toBe(400);
    },
  );

  test('an unchanged page is not sent again', async () => {
    const headers = { accept: 'application/json' };
    const { etag = '' } = (await ask('/_local/outbox', { headers }))?.headers ?? {};
    const again = await ask('/_local/outbox', { headers: { ...headers, 'if-none-match': etag } });
    expect([again?.status, again?.body]).toEqual([304, '']);
    write('sms', 'msg_3.json', JSON.stringify(sms), 6);
    expect((await ask('/_local/outbox', { headers: { ...headers, 'if-none-match': etag } }))?.status).toBe(200);
    rmSync(join(dataDir, 'outbox/sms/msg_3.json'));
  });
});

describe('as HTML', () => {
  test('the page has no markup of a message', async () => {
    const found = await ask('/_local/outbox', { headers: { accept: 'text/html,application/json;q=0.9' } });
    const body = String(found?.body);
    expect([found?.status, found?.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(body.match(/<article /g)).toHaveLength(5);
    expect(body).toContain('&lt;/summary&gt;&lt;script&gt;alert(2)&lt;/script&gt;');
    expect(body).toContain('Hi &lt;b&gt;');
    expect(body).toContain('&lt;script&gt;busy&lt;/script&gt;');
    expect(body).not.toContain('onclick');
    expect(body.match(/<script/g)).toHaveLength(1);
    expect(body).toContain('<iframe sandbox loading="lazy" title="HTML" src="/_local/outbox/email/eml_1/html">');
    expect(found?.headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; .*frame-src http:\/\/localhost:3000\/_local\/outbox\/email\/;/,
    );
  });

  test('the HTML of an e-mail is alone in its origin', async () => {
    const found = await ask('/_local/outbox/email/eml_1/html');
    const inert = '&lt;IFRAME src=x></IFRAME>&lt;link href=x>';
    expect(found).toMatchObject({
      status: 200,
      body: `<!doctype html><html inert><p onclick="x()">Hello</p><script>alert(1)</script>${inert}`,
    });
    expect(found?.headers['content-security-policy']).toMatch(/^sandbox; default-src 'none';/);
    expect(found?.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  });

  test.each(['eml_2', 'eml_9', 'x'.repeat(301)])('an e-mail %s without HTML is 404', async (id) => {
    expect((await ask(`/_local/outbox/email/${id}/html`))?.status ?? 404).toBe(404);
  });
});

describe('other requests', () => {
  test.each([
    '/_local/',
    '/_local/outbox/x',
    '/_local/outbox/email/../../lock/html',
    '/_local/outbox/email/%2e%2e/html',
    '/_local/outbox/sms/msg_1/html',
    '//evil.example.com/_local/outbox',
    'http://localhost/_local/outbox',
  ])('%s is no page', async (url) => {
    expect(await ask(url)).toBeNull();
  });

  test('of other machines, proxies and other names are not answered', async () => {
    expect(await ask('/_local/outbox', { from: '192.0.2.1' })).toBeNull();
    expect(await ask('/_local/outbox', { headers: { 'x-forwarded-for': '192.0.2.1' } })).toBeNull();
    expect(await ask('/_local/outbox/email/eml_1/html', { headers: { host: 'evil.example.com' } })).toBeNull();
  });

  test('do not change anything', async () => {
    expect((await ask('/_local/outbox', { method: 'DELETE' }))?.status).toBe(405);
    expect((await ask('/_local/outbox', { method: 'HEAD' }))?.status).toBe(200);
  });
});
