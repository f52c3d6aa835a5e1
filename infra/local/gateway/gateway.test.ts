import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { maxUnfinished } from '#runtime/unfinished-requests.ts';
import { conformance } from './gateway-conformance.fixture.ts';
import type { ConformanceFact } from './gateway-conformance.fixture.ts';
import { listenGateway } from './gateway.ts';
import type { Gateway } from './gateway.ts';
import { startLambdas } from '../lambda/lambda.ts';
import type { Lambdas } from '../lambda/lambda.ts';
import type { CloudResource } from '../templates/resource.ts';

const functions = `
const forms = {
  object: { a: 1 },
  text: 'hello',
  structured: {
    statusCode: 201,
    headers: { 'X-Made': 1, 'Content-Length': 999 },
    cookies: ['a=1; Path=/'],
    body: 'made',
  },
  binary: {
    statusCode: 200,
    headers: { 'content-type': 'image/png' },
    body: Buffer.from('bytes').toString('base64'),
    isBase64Encoded: true,
  },
  malformed: { statusCode: 'many' },
  large: 'a'.repeat(7 * 1024 * 1024),
  cors: {
    statusCode: 200,
    headers: { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Methods': 'DELETE' },
    body: '',
  },
};
export const echo = async (event) => event.requestContext.http.method === 'HEAD'
  ? { statusCode: 418 }
  : { statusCode: 200, body: JSON.stringify(event.rawPath === '/things/large' ? { routeKey: event.routeKey } : event) };
export const answers = async ({ queryStringParameters: { as } }) => {
  if (as === 'failure') throw new Error('secret reason');
  return forms[as];
};
let asked = 0;
export const busy = ({ requestContext: { requestId } }) => ({
  statusCode: 503,
  headers: { 'Retry-After': 60 },
  body: (asked += 1) + ' ' + requestId,
});
export const slow = () => new Promise(() => {});
`;

const routeTargets = {
  'GET /things': 'echo',
  'POST /things': 'echo',
  'GET /things/fixed': 'echo',
  'GET /things/{id}': 'echo',
  'GET /things/{rest+}': 'echo',
  'POST /things/large': 'echo',
  'GET /any': 'echo',
  'ANY /any': 'echo',
  'GET /answers': 'answers',
  'GET /slow': 'slow',
  'POST /busy': 'busy',
  $default: 'echo',
};

const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
let gateway: Gateway;
let lambdas: Lambdas;

function resource(type: string, name: string, properties: Record<string, unknown>): CloudResource {
  const arn = type === 'AWS::Lambda::Function' ? `arn:aws:lambda:us-east-1:000000000000:function:${name}` : name;
  return { stack: 'test', logicalId: name, type, name, arn, properties };
}

const resources = [
  ...['echo', 'answers', 'slow', 'busy'].map((name) =>
    resource('AWS::Lambda::Function', name, {
      ...{ Code: { S3Key: 'code.zip' }, Handler: `index.${name}`, Timeout: 5 },
      ...(name === 'busy' && { ReservedConcurrentExecutions: 2 }),
    }),
  ),
  resource('AWS::ApiGatewayV2::Api', 'api', {
    CorsConfiguration: {
      AllowOrigins: ['https://app.example.com'],
      AllowMethods: ['GET', 'PUT'],
      AllowHeaders: ['authorization'],
      ExposeHeaders: ['etag'],
      MaxAge: 600,
    },
  }),
  ...['echo', 'answers', 'slow', 'busy'].map((name) =>
    resource('AWS::ApiGatewayV2::Integration', `to-${name}`, {
      IntegrationType: 'AWS_PROXY',
      PayloadFormatVersion: '2.0',
      IntegrationUri: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
      TimeoutInMillis: name === 'slow' ? 100 : 30_000,
    }),
  ),
  ...Object.entries(routeTargets).map(([key, target]) =>
    resource('AWS::ApiGatewayV2::Route', key, { RouteKey: key, Target: `integrations/to-${target}` }),
  ),
];

beforeAll(async () => {
  writeFileSync(join(folder, 'index.mjs'), functions);
  lambdas = startLambdas({
    resources,
    assets: new Map([['code.zip', folder]]),
    variablesOf: () => ({}),
    logFolder: join(folder, 'logs'),
  });
  gateway = await listenGateway({ host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  await gateway.close(1000);
  await lambdas.close(0);
  rmSync(folder, { recursive: true });
});

function send({
  request,
  headers = [],
  body,
}: Pick<ConformanceFact, 'request' | 'headers' | 'body'>): Promise<IncomingMessage> {
  const [method = '', path = ''] = request.split(' ');
  return new Promise((resolve, reject) => {
    const length = body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))];
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port: gateway.port,
        method,
        path,
        headers: ['Host', 'localhost', ...headers.flat(), ...length],
        agent: false,
      },
      resolve,
    );
    outgoing.on('error', reject).end(body);
  });
}

/** Follows `a.b`, or `headers.x-two`, into the event. */
const field = (event: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((within, key) => (within as Record<string, unknown> | undefined)?.[key], event);

test('before the API is open, requests are answered 503', async () => {
  expect((await send({ request: 'GET /things' })).statusCode).toBe(503);
  gateway.open(resources, lambdas);
});

describe('API Gateway', () => {
  test.each(conformance)('$fact', async (row) => {
    const response = await send(row);
    const body = await text(response);
    expect(response.statusCode).toBe(row.status);
    if (row.text !== undefined) expect(body).toBe(row.text);
    for (const [path, value] of Object.entries(row.event ?? {}))
      expect(field(JSON.parse(body), path), path).toEqual(value);
    for (const [name, value] of Object.entries(row.answerHeaders ?? {}))
      expect([response.headers[name]].flat().join(), name).toBe(value ?? '');
  });
});

test.each([
  ['is not HTTP', 'nonsense\r\n\r\n'],
  ['names no version', 'GET /things\r\nHost: a.example\r\nConnection: close\r\n\r\n'],
  ['names no host', 'GET /things HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['names two hosts', 'GET /things HTTP/1.1\r\nHost: a.example\r\nhost: a.example\r\nConnection: close\r\n\r\n'],
])('a request that %s is answered 400', async (_what, request) => {
  const socket = connect(gateway.port, '127.0.0.1').end(request);
  expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /);
});

test('a head that stays half is answered 408 after its time, and an address has 512 of them', async () => {
  const other = await listenGateway({ host: '127.0.0.1', port: 0 });
  const sockets = Array.from({ length: maxUnfinished + 1 }, () => connect(other.port, '127.0.0.1'));
  const answers = sockets.map((socket) => text(socket.on('error', () => undefined)).catch(() => ''));
  for (const socket of sockets) socket.write('GET / HTTP/1.1\r\n');
  const ends = await Promise.all(answers);
  expect(ends.filter((end) => end === '')).toHaveLength(1);
  expect(new Set(ends.filter((end) => end !== '').map((end) => end.split('\r\n')[0]))).toEqual(
    new Set(['HTTP/1.1 408 Request Timeout']),
  );
  await other.close(0);
});

test('a function with a reserve is not asked again before the time that its rejection named', async () => {
  const first = await send({ request: 'POST /busy' });
  const again = await send({ request: 'POST /busy' });
  expect([first, again].map(({ statusCode, headers }) => [statusCode, headers['retry-after']])).toEqual([
    [503, '60'],
    [503, '30'],
  ]);
  const bodies = await Promise.all([text(first), text(again)]);
  // The function answered once; the ids are those of the requests.
  expect(bodies.map((body) => body.split(' ')[0])).toEqual(['1', '1']);
  expect(new Set(bodies).size).toBe(2);
});

test('a request in progress finishes when the gateway closes', async () => {
  const other = await listenGateway({ host: '127.0.0.1', port: 0 });
  other.open(resources, lambdas);
  const slow = fetch(`http://127.0.0.1:${other.port}/slow`);
  const idle = await fetch(`http://127.0.0.1:${other.port}/things`);
  await other.close(2000);
  expect([(await slow).status, idle.status]).toEqual([503, 200]);
});

test('an address of another machine is reported in one sentence', async () => {
  await expect(listenGateway({ host: '192.0.2.1', port: 0 })).rejects.toThrow(
    'HOST is 192.0.2.1, which is no address of this machine.',
  );
});

test('a port in use is reported in one sentence', async () => {
  const { port } = gateway;
  await expect(listenGateway({ host: '127.0.0.1', port })).rejects.toThrow(`Port ${port} is in use`);
});

test('a route to a function that no template declares is rejected', () => {
  expect(() =>
    gateway.open(
      resources.filter(({ name }) => name !== 'to-slow'),
      lambdas,
    ),
  ).toThrow('payload format');
  const strange = resources.map((each) =>
    each.name === 'to-slow' ? { ...each, properties: { ...each.properties, IntegrationUri: 'missing' } } : each,
  );
  expect(() => gateway.open(strange, lambdas)).toThrow('No stack declares the function missing.');
});
