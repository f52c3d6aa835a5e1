import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { canaryHandler } from './handler.ts';

let server: Server | undefined;
afterEach(() => server?.close());

/** Runs the canary. @param secret the value of its secret; default: the first one, which names no account */
const run = (url: string, secret: object = { unused: 'x' }): Promise<void> =>
  canaryHandler({
    ...testDependencies(),
    environment: { PUBLIC_URL: url },
    secrets: { read: async () => JSON.stringify(secret), putOnce: async () => '' },
  })({ time: '2026-11-21T20:00:00Z' });

/** The URL of an API that answers `<method> <path>` with a status and a body, and what it was asked. */
async function apiAnswering(answers: Readonly<Record<string, readonly [number, object?]>>) {
  const asked: string[] = [];
  server = createServer(({ method, url, headers }, response) => {
    const request = `${method} ${url}`;
    asked.push(`${request} ${headers.authorization ?? '-'}`);
    const [status, body = {}] = answers[request] ?? [404];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0);
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const healthy = { 'GET /health': [200] } as const;
const account = { log_in: { username: 'canary', password: 'secret' }, transports: [], webhook_id: 'whk_1' };

/** An API that a customer can use. */
const usable = {
  ...healthy,
  'POST /auth/login': [200, { token: 'abc' }],
  'DELETE /auth': [200],
  'POST /Phones': [201, { username: 'l1', password: 'p', domain: 'sip.test' }],
  'DELETE /Phones/l1': [200],
  'POST /webhooks/whk_1/test': [200, { data: { delivered: true, response_status: 204 } }],
} as const;

test('without an account, a healthy API passes', async () => {
  const { url, asked } = await apiAnswering(healthy);
  await expect(run(url)).resolves.toBeUndefined();
  expect(asked).toEqual(['GET /health -']);
});

test('an API that answers 503, or not at all, fails the run', async () => {
  const { url } = await apiAnswering({ 'GET /health': [503] });
  await expect(run(url)).rejects.toThrow(/^health: GET .*\/health answers 503$/);
  server?.closeAllConnections();
  server?.close();
  await expect(run(url)).rejects.toThrow(/^health: /);
});

test('with an account, it logs in, makes a line, tests the webhook, and leaves nothing', async () => {
  const { url, asked } = await apiAnswering(usable);
  await expect(run(url, account)).resolves.toBeUndefined();
  const by = (request: string): string => `${request} Bearer abc`;
  expect(asked).toEqual([
    'GET /health -',
    'POST /auth/login -',
    ...['POST /Phones', 'DELETE /Phones/l1', 'POST /webhooks/whk_1/test', 'DELETE /auth'].map(by),
  ]);
});

test.each([
  ['log-in', { 'POST /auth/login': [401] }, /^log-in: POST .* answers 401$/],
  ['line', { 'POST /Phones': [429] }, /^line: POST .* answers 429$/],
  [
    'webhook',
    { 'POST /webhooks/whk_1/test': [200, { data: { delivered: false, response_status: 500 } }] },
    /^webhook: the receiver answers 500$/,
  ],
] as const)('a failure of the step %s names it', async (_step, answers, message) => {
  const { url, asked } = await apiAnswering({ ...usable, ...answers });
  await expect(run(url, account)).rejects.toThrow(message);
  // It leaves no session, also when a step fails.
  expect(asked.at(-1)).toMatch(_step === 'log-in' ? /^POST \/auth\/login/ : /^DELETE \/auth /);
});

test('a wrong secret is named by the path of its field, without its value', async () => {
  const { url } = await apiAnswering(healthy);
  await expect(run(url, { log_in: { username: 'canary', password: 7 } })).rejects.toThrow(
    'the secret canary is wrong at log_in.password',
  );
});

test('a server of SIP that does not answer fails the step of its transport', async () => {
  const { url } = await apiAnswering(usable);
  const closed = { ...account, transports: ['tls'], sip: { host: '127.0.0.1', tls_port: 1 } };
  await expect(run(url, closed)).rejects.toThrow(/^REGISTER over tls: .*ECONNREFUSED/);
});
