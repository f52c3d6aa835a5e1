import { Webhook as Verifier } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { webhookRow } from '#dynamodb/rows/webhook.ts';
import { tableFor } from '#dynamodb/table.ts';
import { newOutbound, publicOnly } from '#outbound/outbound.ts';
import { defaultWebhook } from '#schema/webhook/webhook.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { scriptedOutbound, type Answer } from '../webhook-delivery/deliveries.fixture.ts';
import { flowWebhooksHandler } from './handler.ts';

const running = testStore();

let last = 30_000;

/** The function for a new organization, with a server that answers as `answer` says. */
function newFunction(answer: Answer = {}) {
  const organization = (last += 1);
  const secrets = rotatedSecret();
  const { outbound, sent } = scriptedOutbound(() => answer);
  const dependencies = { ...testDependencies(running.store, { secrets }), clock: () => new Date() };
  const handler = flowWebhooksHandler({ ...dependencies, outbound });
  const question = { org_id: organization, id: 'call_1-3', timeout_seconds: 5, body: '{"variables":{}}' };
  const ask = (url = 'https://hooks.example.com/a') => handler({ ...question, url });
  /** The secret of the webhook `default`. */
  const secret = async (): Promise<string> => {
    const stored = await tableFor<'webhook'>(running.store, organization).get(webhookRow, { id: defaultWebhook });
    const [{ sealed } = expect.fail('there is no secret')] = stored?.secrets ?? [];
    return sealsFrom(secrets).open(sealed, { organization, id: defaultWebhook, field: 'secret' });
  };
  return { ask, sent, secret, dependencies, question };
}

const json = { 'content-type': 'application/json' };

test('a server is asked once, signed by the webhook default, and its JSON is the answer', async () => {
  const { ask, sent, secret } = newFunction({ headers: json, excerpt: '{"variables":{"tier":"gold"}}' });
  expect(await ask()).toEqual({ answer: { variables: { tier: 'gold' } }, problem: null });
  expect(await ask()).toMatchObject({ problem: null });
  expect(sent).toHaveLength(2);
  for (const { method, url, body = '', headers, timeout, maxBytes } of sent) {
    expect([method, url, timeout, maxBytes]).toEqual(['POST', 'https://hooks.example.com/a', 5_000, 65_537]);
    expect(new Verifier(await secret()).verify(body, { ...headers })).toEqual({ variables: {} });
    expect(headers['webhook-id']).toBe('call_1-3');
  }
});

test.each<[Answer, string]>([
  ['TIMEOUT', 'is not reached: TIMEOUT'],
  ['ADDRESS_NOT_ALLOWED', 'is not reached: ADDRESS_NOT_ALLOWED'],
  [{ status: 302, headers: { ...json, location: 'http://127.0.0.1/' } }, 'answers with status 302'],
  [{ headers: { 'content-type': 'text/html' }, excerpt: '<html>' }, 'answers no JSON'],
  [{ headers: json, excerpt: 'x'.repeat(65_537) }, 'answers more than 64 KiB'],
])('an answer %.60j is a problem', async (answer, problem) => {
  expect(await newFunction(answer).ask()).toEqual({ problem });
});

test('private addresses, and what is no URL, are not asked', async () => {
  const { dependencies, question } = newFunction();
  const outbound = newOutbound({ policy: publicOnly, lookup: () => Promise.resolve(['10.0.0.1']) });
  const handler = flowWebhooksHandler({ ...dependencies, outbound });
  for (const url of ['https://hooks.example.com', 'https://127.0.0.1/a', 'http://hooks.example.com', 'https://[::1]/'])
    expect((await handler({ ...question, url })).problem).toMatch(/^is not reached: (?:ADDRESS|URL)_NOT_ALLOWED$/v);
  expect((await handler({ ...question, url: 'no URL' })).problem).toMatch(/^has no URL/v);
});

test('the calls of an organization ask a host 600 times a minute together, and no more', async () => {
  const { dependencies, question } = newFunction();
  const { outbound, sent } = scriptedOutbound(() => ({ headers: json, excerpt: '{}' }));
  const clock = () => new Date('2026-11-20T12:00:30.000Z');
  const handler = flowWebhooksHandler({ ...dependencies, clock, outbound });
  let calls = 0;
  const ask = () => handler({ ...question, id: `call_${(calls += 1)}-1`, url: `https://many.example.com/${calls}` });
  for (let batch = 0; batch < 30; batch += 1) await Promise.all(Array.from({ length: 20 }, ask));
  expect(await ask()).toEqual({ problem: 'is not asked: too many requests to its host' });
  expect(sent).toHaveLength(600);
});
