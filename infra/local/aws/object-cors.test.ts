import { expect, test } from 'vitest';
import { AwsCall, type AwsAnswer } from './aws-call.ts';
import { resources } from './endpoint-fixture.ts';
import { withObjectCors } from './object-cors.ts';

const rule = {
  AllowedOrigins: ['https://console.example', 'https://*.tenant.example'],
  AllowedMethods: ['GET', 'PUT'],
  AllowedHeaders: ['content-type', 'if-none-match'],
};
const [bucket] = resources.filter(({ name }) => name === 'toy-files');
if (bucket === undefined) throw new Error('There is no bucket');
const withRule = [{ ...bucket, properties: { ...bucket.properties, CorsConfiguration: { CorsRules: [rule] } } }];

const stored: AwsAnswer = { status: 200, headers: { etag: '"1"' }, body: 'RIFF' };
const service = withObjectCors(withRule, () => Promise.resolve(stored));

const link =
  '/toy-files/org_1001/a.wav?X-Amz-Credential=K%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=0';
const ask = (headers: Record<string, string>, { method = 'GET', url = link } = {}) =>
  service(new AwsCall({ host: 's3', ...headers }, Buffer.alloc(0), { method, url }));
const preflight = (asked: string, headers = '', origin = 'https://console.example') =>
  ask(
    { origin, 'access-control-request-method': asked, 'access-control-request-headers': headers },
    { method: 'OPTIONS' },
  );

test('a page of an allowed origin reads an object by its link', async () => {
  for (const origin of ['https://console.example', 'https://ann.tenant.example'])
    expect(await ask({ origin })).toMatchObject({
      status: 200,
      headers: { etag: '"1"', 'access-control-allow-origin': origin },
      body: 'RIFF',
    });
});

test.each([
  ['another origin', { origin: 'https://console.example.attacker.example' }, {}],
  ['no origin', {}, {}],
  ['another bucket', { origin: 'https://console.example' }, { url: link.replace('toy-files', 'toy-others') }],
  ['a path that cannot be read', { origin: 'https://console.example' }, { url: link.replace('a.wav', '%zz') }],
])('%s gets the answer without permission for a page', async (_case, headers: Record<string, string>, asked) => {
  expect(await ask(headers, asked)).toEqual(stored);
});

test('an upload is allowed with the headers that its link names, in any case, and with no other', async () => {
  expect(await preflight('PUT', 'Content-Type, if-none-match')).toMatchObject({
    status: 200,
    headers: {
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'Content-Type, if-none-match',
    },
  });
  const rejected = [
    await preflight('PUT', 'content-type, x-amz-acl'),
    await preflight('DELETE'),
    await preflight('PUT', '', 'https://attacker.example'),
  ];
  expect(rejected.map(({ status }) => status)).toEqual([403, 403, 403]);
});
