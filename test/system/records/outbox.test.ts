import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ulid } from 'ulid';
import { composeMime, type Message } from '#mail/mime.ts';
import { httpAt } from '#test/support/listeners.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { startReceiver } from '#test/support/webhook-receiver.fixture.ts';
import { pagesAt, photograph, tooWide } from '../browser.ts';
import { connect } from '../cloud.ts';
import { newTenant, outcome } from '../tenant.fixture.ts';

/** The page of `npm start` with what went out. A deployment has none. */

const { outputs } = connect();
const isLocal = outputs['AwsEndpointUrl'] !== undefined;
const address = (path: string): string => outputs.ApiUrl.replace(/\/$/, '') + path;
const folder = join(dirname(process.env['OUTPUTS'] ?? ''), 'outbox');

/** Writes a message as the local cloud does: no one sees it before it is complete. */
function send(kind: string, name: string, content: string | Uint8Array): void {
  const file = join(folder, kind, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

async function sendEmail(more: Partial<Message>): Promise<string> {
  const id = `eml_${ulid()}`;
  const mail = await composeMime({
    id,
    from: { address: 'no-reply@example.com', name: 'Trunkline' },
    to: ['ann@example.com'],
    cc: [],
    subject: 'Hello',
    text: 'Hello Ann',
    date: new Date().toISOString(),
    ...more,
  });
  send('email', `${id}.eml`, mail);
  return id;
}

function sendSms(message: string): string {
  const id = `msg_${ulid()}`;
  send('sms', `${id}.json`, JSON.stringify({ message_id: id, from: 'Trunkline', to: '+4915112345678', message }));
  return id;
}

const article = (page: Page, id: string) => page.locator(`article[id*="${id}"]`);

/** HTML that tries to run script, to leave its frame, and to reach a server. */
const hostile = (server: string): string => `<!doctype html>
<link rel="preconnect" href="${server}"><link rel="dns-prefetch" href="${server}">
<link rel="prefetch" href="${server}/1"><link rel="stylesheet" href="${server}/2">
<meta http-equiv="refresh" content="0;url=${server}/3"><base href="${server}/" target="_top">
<style>@import "${server}/4"; body { background: url(${server}/5) }</style>
<script>top.document.title = 'owned'; fetch('${server}/6')</script><script src="${server}/7"></script>
<img src="${server}/8" onerror="top.document.title='owned'"><img src=x onerror="fetch('${server}/9')">
<svg onload="parent.document.title='owned'"><image href="${server}/10"></image></svg>
<iframe src="${server}/11"></iframe><iframe srcdoc="<script>top.document.title='owned'</script>"></iframe>
<object data="${server}/12"></object><embed src="${server}/13"><video src="${server}/14" autoplay></video>
<form action="${server}/15" target="_top"><button id="form">send</button></form>
<p id="seen">Hello Ann</p><a id="top" href="${server}/16" target="_top">leave</a>
<a id="self" href="${server}/17" target="_self">go</a> <a id="new" href="${server}/18" target="_blank">open</a>
<a id="js" href="javascript:top.document.title='owned'" target="_self">run</a>`;

describe.runIf(isLocal)('the outbox in a browser', () => {
  needs('chromium');
  const open = pagesAt(address);

  test('shows messages as they go out, the newest first, and leaves open what is open', async () => {
    const first = sendSms('Your code is 123456');
    const { page, complaints } = await open('/_local/outbox');
    await article(page, first).locator('summary').click();
    const second = await sendEmail({
      subject: 'New voicemail from +49 151 12345678',
      html: '<h1>New voicemail</h1><p>From <b>+49 151 12345678</b>, 42 seconds, just now.</p>',
      text: 'New voicemail\n\nFrom +49 151 12345678, 42 seconds, just now.',
    });
    await article(page, second).waitFor();
    const ids = await page.evaluate<string[]>("[...document.querySelectorAll('article')].map(({ id }) => id)");
    const [newer, older] = [second, first].map((id) => ids.findIndex((each) => each.includes(id)));
    expect(newer).toBeLessThan(older ?? 0);
    expect(await article(page, first).locator('details').getAttribute('open')).not.toBeNull();
    await article(page, second).locator('summary').click();
    await article(page, second).frameLocator('iframe').locator('h1', { hasText: 'New voicemail' }).waitFor();
    expect(await article(page, second).locator('pre').innerText()).toContain('New voicemail');
    expect(complaints).toEqual([]);
    await photograph(page, 'outbox');
    await page.setViewportSize({ width: 390, height: 780 });
    expect(await tooWide(page)).toEqual([]);
  });

  test('runs no script of a message, and lets nothing of it reach a server', async () => {
    const reached: (string | undefined)[] = [];
    const server = await httpAt(({ url }, response) => {
      reached.push(url);
      response.end();
    });
    onTestFinished(server.close);
    const origin = `http://127.0.0.1:${server.port}`;
    const subject = `<script>document.title='owned'</script><img src="${origin}/0">`;
    const id = await sendEmail({ subject, html: hostile(origin), text: subject });
    const sms = sendSms(subject);
    const { page } = await open('/_local/outbox');
    await article(page, sms).locator('summary').click();
    await article(page, id).locator('summary').click();
    const frame = article(page, id).frameLocator('iframe');
    await frame.locator('#seen').waitFor();
    for (const part of ['#form', '#top', '#self', '#new', '#js']) {
      await frame.locator(part).click({ force: true });
      await frame.locator(part).press('Enter');
    }
    // By then a browser has followed a link, and the page has asked for changes.
    const another = sendSms('Another');
    await article(page, another).waitFor();
    expect(await frame.locator('#seen').innerText()).toBe('Hello Ann');
    expect([await page.title(), new URL(page.url()).pathname, page.context().pages().length]).toEqual([
      'Outbox',
      '/_local/outbox',
      1,
    ]);
    expect([reached, server.connections()]).toEqual([[], 0]);
  });

  test('runs no script of an e-mail that is opened alone', async () => {
    const server = await httpAt((_request, response) => void response.end());
    onTestFinished(server.close);
    const id = await sendEmail({ html: hostile(`http://127.0.0.1:${server.port}`) });
    const { page } = await open(`/_local/outbox/email/${id}/html`);
    await page.locator('#seen').waitFor();
    await page.locator('#js').click({ force: true });
    expect(await page.title()).toBe('');
    expect(server.connections()).toBe(0);
  });
});

type Listed = { readonly id: string; readonly kind: string; readonly [field: string]: unknown };

async function messagesOf(kind: string): Promise<readonly Listed[]> {
  const answer = await fetch(address(`/_local/outbox?kind=${kind}&limit=100`), {
    headers: { accept: 'application/json' },
  });
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  return ((await answer.json()) as { readonly messages: readonly Listed[] }).messages;
}

describe.runIf(isLocal)('the outbox as JSON', () => {
  test('has the messages that were written', async () => {
    const id = sendSms('Your code is 654321');
    expect((await messagesOf('sms')).find((message) => message.id === id)?.['message']).toBe('Your code is 654321');
  });

  test('has the calls of webhooks, with what was sent and answered', async () => {
    const receiver = await startReceiver(() => ({ status: 201, body: 'taken' }));
    onTestFinished(receiver.stop);
    const { ask } = await newTenant();
    const url = receiver.url('/outbox');
    expect(outcome(await ask('PUT', '/webhooks/new', { url, events: ['trunk.*'] }))).toBe('201');
    await ask('PUT', '/siptrunk/new', { name: 'Outbox', type: 'carrier', host: 'sip.example.com' });
    await eventually(async () => {
      expect((await messagesOf('webhook')).filter((call) => call['url'] === url)).toEqual([
        expect.objectContaining({
          event_type: 'trunk.created',
          attempt: 1,
          status: 'delivered',
          response_status: 201,
          response_excerpt: 'taken',
          body: receiver.at('/outbox')[0]?.body,
        }),
      ]);
    }, 20_000);
  });
});
