import { beforeEach, expect, test } from 'vitest';
import { BackOff, type Asking } from './back-off.ts';
import type { Answer } from './gateway-event.ts';

let now = 0;
let backOff = newBackOff();
let requests = 0;

function newBackOff(trustedProxies: readonly string[] = []): BackOff {
  return new BackOff({ trustedProxies, now: () => now });
}

beforeEach(() => {
  now = 1_000_000;
  requests = 0;
  backOff = newBackOff();
});

const guesser = '203.0.113.7';
const neighbour = '203.0.113.8';

const askingFrom = (sourceIp: string, more: Partial<Asking> = {}): Asking => {
  requests += 1;
  const requestContext = { requestId: `request-${requests}`, http: { sourceIp } };
  return { routeKey: 'POST /auth/user', headers: {}, requestContext, ...more };
};

/** An answer to a request. @param seconds of `Retry-After` */
const answered = (status: number, { requestContext }: Asking, seconds?: number): Answer => ({
  status,
  headers: { 'content-type': 'text/plain', ...(seconds === undefined ? {} : { 'retry-after': String(seconds) }) },
  cookies: [],
  body: `answer of ${requestContext.requestId}`,
});

type From = { readonly address?: string; readonly more?: Partial<Asking> };

/** A request. If it is let through, `end` answers it. */
function begin({ address = guesser, more = {} }: From = {}) {
  const asking = askingFrom(address, more);
  const { promise, resolve } = Promise.withResolvers<Answer>();
  let isAsked = false;
  const answer = backOff.answer(asking, () => {
    isAsked = true;
    return promise;
  });
  return {
    isLetThrough: () => isAsked,
    answer,
    end: async (status: number, seconds?: number) => {
      resolve(answered(status, asking, seconds));
      await answer;
    },
  };
}

/** Asks, and is answered so if it is let through. @returns the seconds of a repeated rejection */
async function ask(status: number, seconds?: number, from?: From): Promise<number | undefined> {
  const request = begin(from);
  await request.end(status, seconds);
  return request.isLetThrough() ? undefined : Number((await request.answer).headers['retry-after']);
}

/** The seconds for which rejections are repeated. What is let through is answered 401. */
const waitOf = (from?: From): Promise<number | undefined> => ask(401, undefined, from);

test('a network is rejected for the time that the answer named, then twice as long each time, to 30 s', async () => {
  for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
    expect(await ask(503, 1)).toBeUndefined();
    expect(await waitOf({ address: neighbour })).toBe(seconds);
    now += seconds * 1_000 - 1;
    expect(await waitOf()).toBe(1);
    now += 1;
  }
});

test('the answer is repeated with the id of the request', async () => {
  await ask(503, 1);
  expect(await begin().answer).toMatchObject({
    status: 503,
    headers: { 'content-type': 'text/plain', 'retry-after': '1' },
    body: 'answer of request-2',
  });
});

test('attempts that were on their way at the first rejection count as one', async () => {
  const all = [begin(), begin(), begin()];
  expect(all.map(({ isLetThrough }) => isLetThrough())).toEqual([true, true, true]);
  for (const each of all) await each.end(503, 1);
  expect(await waitOf()).toBe(1);
});

test('a network that was rejected has one attempt at a time, until one is answered otherwise', async () => {
  await ask(503, 1);
  now += 1_000;
  const one = begin();
  expect([one.isLetThrough(), await waitOf()]).toEqual([true, 1]);
  await one.end(401);
  expect([begin(), begin()].map(({ isLetThrough }) => isLetThrough())).toEqual([true, true]);
});

test('a network that was served is not rejected, nor are other networks and routes', async () => {
  await ask(503, 1);
  expect(await waitOf({ address: '198.51.100.7' })).toBeUndefined();
  expect(await waitOf({ more: { routeKey: 'POST /auth/token' } })).toBeUndefined();
  now += 1_000;
  await ask(200);
  await ask(503, 1);
  expect(await waitOf()).toBeUndefined();
});

test('a 503 that names no time is not repeated', async () => {
  await ask(503);
  expect(await waitOf()).toBeUndefined();
});

test('an address without requests is rejected until it has some again, though its network was served', async () => {
  await ask(200);
  await ask(429, 40);
  expect([await waitOf(), await waitOf({ address: neighbour })]).toEqual([40, undefined]);
  now += 40_000;
  expect(await waitOf()).toBeUndefined();
});

test('the limit of a credential is not that of its address', async () => {
  const more = { headers: { authorization: 'Bearer token' } };
  await ask(429, 40, { more });
  expect(await waitOf()).toBeUndefined();
  await ask(429, 40);
  expect([await waitOf(), await waitOf({ more })]).toEqual([40, undefined]);
});

test('behind a trusted proxy the caller is who it names', async () => {
  backOff = newBackOff(['127.0.0.1']);
  const by = (address: string) => ({ address: '127.0.0.1', more: { headers: { 'x-forwarded-for': address } } });
  await ask(503, 1, by(guesser));
  expect([await waitOf(by(neighbour)), await waitOf(by('198.51.100.7'))]).toEqual([1, undefined]);
});

test('of 10,000 networks that were rejected, the oldest is forgotten first', async () => {
  const networks = Array.from({ length: 10_001 }, (_value, at) => ({ address: `10.${at >> 8}.${at & 255}.1` }));
  for (const network of networks) await ask(503, 1, network);
  expect([await waitOf(networks[10_000]), await waitOf(networks[1]), await waitOf(networks[0])]).toEqual([
    1,
    1,
    undefined,
  ]);
});
