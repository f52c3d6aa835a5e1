import type { Context } from 'aws-lambda';
import { XMLParser } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { derivedAssets } from '#test/support/derived-assets.fixture.ts';
import { eventOf, type TestRequest } from '#test/support/requests.fixture.ts';
import { derive } from './derived.ts';
import { errorsHandler } from './handler.ts';

const handler = errorsHandler(testDependencies(), derivedAssets(derive));

async function ask(routeKey: string, method: string, path: string, asked: TestRequest = {}) {
  const event = eventOf(`${method} ${path}`, asked);
  const { statusCode = 0, headers = {}, body = '' } = await handler({ ...event, routeKey }, {} as Context);
  return { status: statusCode, headers, body };
}

const unrouted = (method: string, path: string, asked: TestRequest = {}) => ask('$default', method, path, asked);
const json = { accept: 'application/json' };

test('an error document is XML unless Accept names JSON', async () => {
  const xml = await ask('ANY /errors', 'GET', '/errors', { query: { code: '503' } });
  expect(xml).toMatchObject({ status: 503, headers: { 'Content-Type': 'application/xml; charset=utf-8' } });
  expect(new XMLParser().parse(xml.body)).toMatchObject({
    error: { code: 503, reason: 'UNAVAILABLE', request_id: 'req-1' },
  });

  const asJson = await ask('ANY /errors', 'GET', '/errors', { query: { code: '503' }, headers: json });
  expect(JSON.parse(asJson.body)).toMatchObject({
    success: false,
    error: { code: 'UNAVAILABLE', details: [] },
    request_id: 'req-1',
  });
});

test('the errors endpoint supports every method, with any body', async () => {
  const asked = {
    query: { code: '410' },
    headers: { 'content-type': 'application/pdf', 'if-match': '"x"' },
    body: 'no JSON',
  };
  const answers = await Promise.all(
    ['PUT', 'POST', 'DELETE', 'PATCH', 'HEAD'].map((method) => ask('ANY /errors', method, '/v1/errors', asked)),
  );
  expect(answers.map(({ status }) => status)).toEqual([410, 410, 410, 410, 410]);
});

test('a code that is not an error status is rejected', async () => {
  const { status, body } = await ask('ANY /errors', 'GET', '/errors', { query: { code: '200' }, headers: json });
  expect(status).toBe(400);
  expect(JSON.parse(body)).toMatchObject({ error: { code: 'INVALID_PARAMETER' } });
});

test('an unknown path is 404, and the answer repeats nothing of the request', async () => {
  const { status, body } = await unrouted('POST', '/secret-path', {
    query: { code: '<script>', secret: 'query-secret' },
    headers: { 'x-secret': 'header-secret' },
    body: 'body-secret',
  });
  expect(status).toBe(404);
  expect(body).not.toMatch(/secret|script/);
});

test('an unsupported method of a known path is 405 and lists the supported ones', async () => {
  expect(await unrouted('DELETE', '/siptrunk')).toMatchObject({ status: 405, headers: { Allow: 'GET' } });
  expect(await unrouted('PATCH', '/platform/siptrunk/trunk_1')).toMatchObject({
    status: 405,
    headers: { Allow: 'DELETE, GET, POST, PUT' },
  });
});

test('HEAD is 405 where only GET is supported', async () => {
  expect((await unrouted('HEAD', '/siptrunk')).status).toBe(405);
  expect((await unrouted('HEAD', '/nothing')).status).toBe(404);
});

test('a trailing slash is redirected, and prefix, method and query are kept', async () => {
  const answer = await unrouted('POST', '/api/v1/siptrunk/', { query: { limit: '5', q: 'a b&c' } });
  expect(answer).toMatchObject({ status: 308, headers: { Location: '/api/v1/siptrunk?limit=5&q=a+b%26c' }, body: '' });
});

test('the root and a bare prefix, where the console is, are 405 for another method', async () => {
  expect(await unrouted('POST', '/')).toMatchObject({ status: 405, headers: { Allow: 'GET' } });
  expect(await unrouted('POST', '/v1/')).toMatchObject({ status: 405, headers: { Allow: 'GET' } });
});
