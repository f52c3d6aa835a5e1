import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import { expect, onTestFinished, test, vi } from 'vitest';
import { answering } from '../contract/resource.ts';
import { invokeFromEnvironment, invokeThrough } from './invoke.ts';

const contract = answering('emergency-warnings', {
  area: 'dialplan',
  question: z.object({ org_id: z.int() }),
  answer: z.array(z.string()),
  effects: [],
  timeout: 1,
});

/** A stand-in of Lambda that answers with these payloads in turn. @returns its URL, and what it was sent */
async function lambda(...payloads: readonly { readonly body: string; readonly error?: string }[]) {
  const requests: { readonly url: string | undefined; readonly scope: string | undefined; readonly body: string }[] =
    [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const scope = /Credential=\w+\/\d+\/([\w/-]+),/.exec(request.headers.authorization ?? '')?.[1];
      const { error, body: payload } = payloads[requests.length] ?? { body: '', error: 'too many requests' };
      requests.push({ url: request.url, scope, body });
      response.writeHead(200, error === undefined ? {} : { 'x-amz-function-error': error }).end(payload);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const invokeAt = (url: string) => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  onTestFinished(() => void vi.unstubAllEnvs());
  return invokeFromEnvironment({
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'eu-west-1',
    FUNCTION_EMERGENCY_WARNINGS: 'trunkline-dev-emergency-warnings',
  });
};

test('a function is invoked by its name, with a signature for Lambda', async () => {
  const { url, requests } = await lambda({ body: '["one"]' });
  await expect(invokeAt(url)(contract, { org_id: 7 })).resolves.toEqual(['one']);
  expect(requests).toEqual([
    {
      url: '/2015-03-31/functions/trunkline-dev-emergency-warnings/invocations',
      scope: 'eu-west-1/lambda/aws4_request',
      body: '{"org_id":7}',
    },
  ]);
});

test('a function that fails is asked again', async () => {
  const { url, requests } = await lambda({ body: '{}', error: 'Unhandled' }, { body: '[]' });
  await expect(invokeAt(url)(contract, { org_id: 7 })).resolves.toEqual([]);
  expect(requests).toHaveLength(2);
});

test('a function that gives no answer three times makes the request fail with 503', async () => {
  let asked = 0;
  const invoke = invokeThrough(async () => {
    asked += 1;
    return 'no list';
  });
  await expect(invoke(contract, { org_id: 7 })).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 503 });
  expect(asked).toBe(3);
});
