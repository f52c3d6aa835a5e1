import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Assets } from '#runtime/assets.ts';
import { derivedAssets } from '#test/support/derived-assets.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { eventOf, type TestRequest } from '#test/support/requests.fixture.ts';
import { getConsole, getConsoleAsset } from './contract.ts';
import { derive } from './derived.ts';
import { consoleHandler } from './handler.ts';

const derived = derivedAssets(derive);
const hashed = (source: string): string => source.replace('.', '-0A1B2C3D.');
const bundled = ['console.js', 'application.js', 'console.css'].map(hashed);
const assets: Assets = {
  ...derived,
  nameOf: hashed,
  read: (name) => (bundled.includes(name) ? gzipSync(name) : derived.read(name)),
};
const environment = {
  BUCKET_FILES: 'files',
  BUCKET_VOICEMAIL: 'voicemail',
  AWS_REGION: 'eu-central-1',
};
const handler = consoleHandler(testDependencies(undefined, { environment }), assets);

/** No middleware looks at the context. */
const context: never = {} as never;

async function ask(route: string, asked: TestRequest = {}) {
  const { statusCode, headers = {}, body = '', isBase64Encoded } = await handler(eventOf(route, asked), context);
  const bytes = Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8');
  return { status: statusCode, header: (name: string) => String(headers[name] ?? ''), body, bytes };
}

const askFor = (file: string, headers: Readonly<Record<string, string>> = {}) =>
  ask(getConsoleAsset.route, { params: { file }, headers: { accept: 'application/json', ...headers } });

test('each answer has a nonce of its own, which its policy names', async () => {
  const pages = [await ask(getConsole.route), await ask(getConsole.route)];
  const nonces = pages.map(({ body }) => /data-nonce="([^"]+)"/.exec(body)?.[1] ?? '');
  expect(new Set(nonces).size).toBe(2);
  for (const [at, { header }] of pages.entries()) {
    expect(header('Content-Security-Policy')).toContain(`'nonce-${nonces[at] ?? ''}'`);
    expect(header('Cache-Control')).toBe('no-store');
  }
});

test('the policy names the hosts of the buckets whose sounds the page plays, and no other', async () => {
  const policy = (await ask(getConsole.route)).header('Content-Security-Policy');
  const hosts = 'https://files.s3.eu-central-1.amazonaws.com/ https://voicemail.s3.eu-central-1.amazonaws.com/';
  expect(policy).toContain(`media-src blob: ${hosts};`);
  expect(policy).toContain(`connect-src 'self' ${hosts};`);
});

test('scripts and style sheets that the page links are cached for ever', async () => {
  const { body } = await ask(getConsole.route);
  const files = [...body.matchAll(/\/console\/([^"]+)"/g)].map(([, file = '']) => file);
  expect(files.toSorted()).toEqual(bundled.toSorted());
  for (const file of files) {
    const { status, header, bytes } = await askFor(file, { 'accept-encoding': 'gzip' });
    expect([status, header('Content-Encoding')]).toEqual([200, 'gzip']);
    expect(header('Cache-Control')).toContain('immutable');
    expect(gunzipSync(bytes).toString()).toBe(file);
  }
});

test('lists of operations are revalidated', async () => {
  const { status, header, bytes } = await askFor('operations-telephony.json');
  expect([status, header('Cache-Control')]).toEqual([200, 'no-cache']);
  expect(Object.keys((JSON.parse(bytes.toString()) as { operations: object }).operations)).toContain('GET /ringgroups');
  const again = await askFor('operations-telephony.json', { 'if-none-match': header('ETag') });
  expect(again.status).toBe(304);
});

test.each(['operations-none.json', '..%2fhandler.js', 'handler.mjs', 'console.js'])('%s is no file', async (file) => {
  expect((await askFor(file)).status).toBe(404);
});
