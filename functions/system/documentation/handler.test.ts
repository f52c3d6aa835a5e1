import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { eventOf, type TestRequest } from '#test/support/requests.fixture.ts';
import { derivedAssets } from '#test/support/derived-assets.fixture.ts';
import type { Assets } from '#runtime/assets.ts';
import { contracts } from '../../contracts.ts';
import { getAsset, getDocumentation, getPhone, getRedoc, getSimulator, getSwagger } from './contract.ts';
import { derive } from './derived.ts';
import { documentationHandler } from './handler.ts';

const hashed = (source: string): string => source.replace('.', '-0A1B2C3D.');
const sources = ['overview.css', 'phone.css', 'phone.js', 'redoc.css', 'redoc.js', 'swagger.css', 'swagger.js'];
const content = 'the content of a script';
const assets: Assets = {
  ...derivedAssets(derive),
  nameOf: hashed,
  read: (name) => (sources.map(hashed).includes(name) ? gzipSync(content) : undefined),
};

const handler = documentationHandler(
  { ...testDependencies(), environment: { PUBLIC_URL: 'https://api.example' } },
  assets,
);

/** No middleware looks at the context. */
const context: never = {} as never;

async function ask(route: string, asked: TestRequest = {}) {
  const { statusCode, headers = {}, body = '', isBase64Encoded } = await handler(eventOf(route, asked), context);
  return {
    status: statusCode,
    header: (name: string) => headers[name],
    body,
    bytes: Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

const pages = [getDocumentation.route, getRedoc.route, getSwagger.route, getPhone.route];

describe.each(pages)('the page %s', (route) => {
  test('is HTML that loads nothing from other hosts and runs no inline script', async () => {
    const page = await ask(route);
    expect(page.header('Content-Type')).toBe('text/html; charset=utf-8');
    expect(page.header('Content-Security-Policy')).toMatch(/^default-src 'none'; /);
    expect(page.header('Content-Security-Policy')).not.toMatch(/unsafe|https?:|blob:|\*/);
    expect(page.body).not.toMatch(/<style|<script>|\son\w+=|style=|(?:src|href)="(?:https?:)?\/\//);
  });

  test('links scripts and style sheets that exist', async () => {
    const named = [...(await ask(route)).body.matchAll(/"\/documentation\/assets\/([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    expect(named.length).toBeGreaterThan(0);
    for (const file of named) expect((await ask(getAsset.route, { params: { file } })).status).toBe(200);
  });

  test('is not sent again while unchanged', async () => {
    const tag = (await ask(route)).header('ETag');
    expect((await ask(route, { headers: { 'if-none-match': String(tag) } })).status).toBe(304);
  });
});

test('the simulator is a page of the console', async () => {
  const { status, header } = await ask(getSimulator.route);
  expect([status, header('Location')]).toEqual([303, '/#/dialplan/simulator']);
});

describe('GET /documentation as JSON', () => {
  test('has every endpoint of the contracts', async () => {
    const { body, header } = await ask(getDocumentation.route, { headers: { accept: 'application/json' } });
    const routes = contracts.flatMap((contract) =>
      contract.kind === 'resource' ? contract.endpoints.map(({ route }) => route as string) : [],
    );
    const { endpoints } = (JSON.parse(body) as { data: { endpoints: { method: string; path: string }[] } }).data;
    expect(endpoints.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(routes.toSorted());
    expect(Object.keys(endpoints[0] ?? {})).toEqual(['area', 'method', 'path', 'scope', 'summary']);
    expect(header('Vary')).toBe('Accept');
  });
});

describe('an asset', () => {
  const asset = (file: string, headers = {}) => ask(getAsset.route, { params: { file }, headers });

  test('is compressed for clients that accept that', async () => {
    const compressed = await asset('redoc-0A1B2C3D.js', { 'accept-encoding': 'gzip, br' });
    expect(compressed.header('Content-Encoding')).toBe('gzip');
    expect(gunzipSync(compressed.bytes).toString()).toBe(content);
    const plain = await asset('redoc-0A1B2C3D.js');
    expect(plain.header('Content-Encoding')).toBeUndefined();
    expect(plain.bytes.toString()).toBe(content);
    expect(plain.header('Vary')).toBe('Accept-Encoding');
  });

  test('can be cached for ever, and has the type of its name', async () => {
    const sheet = await asset('overview-0A1B2C3D.css');
    expect(sheet.header('Cache-Control')).toBe('public, max-age=31536000, immutable');
    expect(sheet.header('Content-Type')).toBe('text/css; charset=utf-8');
    expect((await asset('swagger-0A1B2C3D.js')).header('Content-Type')).toBe('text/javascript; charset=utf-8');
  });

  test('of another name is 404, which is not cached', async () => {
    const missing = await asset('redoc-ZZZZZZZZ.js');
    expect(missing.status).toBe(404);
    expect(missing.header('Cache-Control')).toBe('no-store');
  });
});
