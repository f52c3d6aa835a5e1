import { XMLParser } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { connect } from './cloud.ts';

const { api, outputs, basePaths } = connect();
const head = async (path: string): Promise<number> => (await fetch(outputs.ApiUrl + path, { method: 'HEAD' })).status;

test('the OpenAPI document has an ETag, and is not sent again to clients that have it', async () => {
  const first = await api('/openapi.json');
  expect(first).toMatchObject({
    status: 200,
    body: { openapi: '3.1.0', paths: { '/health': {}, '/siptrunk/{id}': {} } },
  });
  const again = await api(`${basePaths.at(-1) ?? ''}/openapi.json`, {
    headers: { 'if-none-match': first.headers.get('etag') ?? '' },
  });
  expect(again).toMatchObject({ status: 304, body: '' });
  expect(await head('/openapi.json')).toBe(200);
});

test('health reports database and queue', async () => {
  const { body } = await api('/health');
  expect(body).toMatchObject({ status: 'ok', checks: { database: { status: 'ok' }, queue: { status: 'ok' } } });
  expect(await head('/health?live=1')).toBe(200);
});

test('the public signing keys are published', async () => {
  const answer = await api('/.well-known/jwks.json');
  expect(answer).toMatchObject({ status: 200, body: { keys: expect.any(Array) } });
  expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
  expect(JSON.stringify(answer.body)).not.toContain('"d"');
});

test('the errors endpoint answers the requested status, as XML or JSON', async () => {
  const xml = await api('/errors?code=409', { method: 'POST', body: '<not json>' });
  expect(xml.status).toBe(409);
  expect(new XMLParser().parse(String(xml.body))).toMatchObject({ error: { code: 409, reason: 'CONFLICT' } });
  expect(await api('/errors', { headers: { accept: 'application/json' } })).toMatchObject({
    status: 404,
    body: { error: { code: 'NOT_FOUND' } },
  });
});

test('an unknown path is 404, a wrong method 405, a trailing slash a redirect, under every prefix', async () => {
  for (const prefix of ['', ...basePaths]) {
    expect(await api(`${prefix}/nothing/here`)).toMatchObject({ status: 404 });
    const wrongMethod = await api(`${prefix}/health`, { method: 'DELETE' });
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const slash = await api(`${prefix}/siptrunk/?limit=5`, { redirect: 'manual' });
    expect([slash.status, slash.headers.get('location')]).toEqual([308, `${prefix}/siptrunk?limit=5`]);
  }
});
