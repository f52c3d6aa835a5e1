import { beforeAll, describe, expect, test } from 'vitest';
import { tenantsIn, type Tenants } from '#test/support/people.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { ask, toyDependencies, toyHandler } from '#test/support/toy-shop.fixture.ts';
import { storeToys, toy } from '#test/support/toys.fixture.ts';
import type { ApiHandler } from './serve.ts';

const running = testStore();
let tenants: Tenants;
let shop: ApiHandler;
let token: string;
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
  shop = toyHandler(toyDependencies(running.store).dependencies);
  token = await tenants.join(1001);
  await storeToys(running.store, 1001, [toy(1)]);
});

const known = { params: { id: toy(1).id } };
const unknown = { params: { id: 'trunk_unknown' } };

describe('checks run in one order: each request breaks its rule and all later ones', () => {
  const wrong = { params: { id: 'x' }, query: { org_id: 'nobody' }, body: '[]' };

  test('429 comes first, for a valid credential', async () => {
    const busy = await tenants.join(1001, { session: { expires_at: 0 } });
    const impatient = toyHandler(toyDependencies(running.store, { RATE_LIMIT_CREDENTIAL: '0' }).dependencies);
    expect(await ask(impatient, 'PUT /toys/{id}', { ...wrong, token: busy })).toMatchObject({
      status: 429,
      code: 'RATE_LIMITED',
    });
    expect(await ask(impatient, 'PUT /toys/{id}', { ...wrong, token: 'x' })).toMatchObject({ status: 401 });
  });

  test('an endpoint answers its own name of an error', async () => {
    const busy = await tenants.join(1001, { session: { expires_at: 0 } });
    const impatient = toyHandler(toyDependencies(running.store, { RATE_LIMIT_CREDENTIAL: '0' }).dependencies);
    const { headers, ...reply } = await ask(impatient, 'POST /strict/{id}', { ...known, body: {}, token: busy });
    expect(reply).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(Number(headers['Retry-After'])).toBeGreaterThan(0);
  });

  test('401 before 403', async () => {
    expect(await ask(shop, 'PUT /toys/{id}', wrong)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(await ask(shop, 'PUT /toys/{id}', { ...wrong, token: 'x' })).toMatchObject({
      status: 401,
      code: 'INVALID_TOKEN',
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  });

  test('403 before 400, first of scope and then of reach', async () => {
    const viewer = await tenants.join(1001, { session: { scopes: ['telephony:read'] } });
    expect(await ask(shop, 'PUT /toys/{id}', { ...wrong, token: viewer })).toMatchObject({
      status: 403,
      code: 'INSUFFICIENT_SCOPE',
    });
    expect(await ask(shop, 'PUT /toys/{id}', { ...wrong, token, query: { org_id: '1002' } })).toMatchObject({
      status: 403,
      code: 'FORBIDDEN_ORG',
    });
  });

  test('400 before 404: path, query, body and missing fields', async () => {
    expect(await ask(shop, 'PUT /toys/{id}', { ...wrong, token })).toMatchObject({ status: 400, code: 'INVALID_ID' });
    expect(await ask(shop, 'GET /toys', { ...wrong, query: { limit: '0' }, token })).toMatchObject({
      status: 400,
      code: 'INVALID_PARAMETER',
    });
    expect(await ask(shop, 'PUT /toys/{id}', { ...wrong, ...unknown, token })).toMatchObject({
      status: 400,
      code: 'INVALID_JSON',
    });
    expect(
      await ask(shop, 'PUT /toys/{id}', {
        ...unknown,
        body: '<toy/>',
        headers: { 'content-type': 'application/xml' },
        token,
      }),
    ).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
    expect(
      await ask(shop, 'PUT /toys/{id}', { ...unknown, query: wrong.query, body: { kind: 'odd' }, token }),
    ).toMatchObject({ status: 400, code: 'MISSING_FIELD' });
    expect(
      await ask(shop, 'PUT /toys/{id}', { ...unknown, query: wrong.query, body: { name: 'x' }, token }),
    ).toMatchObject({ status: 400, code: 'INVALID_PARAMETER' });
  });

  test('404 before 422', async () => {
    expect(
      await ask(shop, 'PUT /toys/{id}', {
        ...unknown,
        body: { name: '', kind: 'blue' },
        headers: { 'if-match': 'x' },
        token,
      }),
    ).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  test('422 before 409', async () => {
    expect(
      await ask(shop, 'PUT /toys/{id}', {
        ...known,
        body: { name: '', kind: 'blue' },
        headers: { 'if-match': '"9"' },
        token,
      }),
    ).toMatchObject({
      status: 422,
      code: 'VALIDATION_FAILED',
      body: { error: { details: [{ path: 'name' }, { path: 'kind' }] } },
    });
  });

  test('409 comes last', async () => {
    for (const tag of ['"9"', 'x', 'W/"9"', '"1"x'])
      expect(
        await ask(shop, 'PUT /toys/{id}', { ...known, body: { name: 'a' }, headers: { 'if-match': tag }, token }),
      ).toMatchObject({ status: 409, code: 'VERSION_CONFLICT' });
    expect(await ask(shop, 'PUT /toys/{id}', { ...known, body: { name: 'a', version: 9 }, token })).toMatchObject({
      status: 409,
      code: 'VERSION_CONFLICT',
    });
  });

  test('an endpoint without 422 answers 400 instead, before its 404', async () => {
    expect(await ask(shop, 'POST /strict/{id}', { ...unknown, body: { name: '' }, token })).toMatchObject({
      status: 400,
      code: 'validation_failed',
    });
    expect(await ask(shop, 'POST /strict/{id}', { ...unknown, body: { name: 'a' }, token })).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    expect(await ask(shop, 'POST /strict/{id}', { ...known, body: { name: 'forbidden' }, token })).toMatchObject({
      status: 400,
      code: 'validation_failed',
    });
  });
});

describe('with Prefer: handling=strict', () => {
  const headers = { prefer: 'respond-async, Handling="strict"' };

  test('an unknown field of the body is a violation beside the others, after the 404', async () => {
    const misspelt = { nmae: 'a', name: '' };
    const reply = await ask(shop, 'PUT /toys/{id}', { ...known, body: misspelt, headers, token });
    expect(reply).toMatchObject({
      status: 422,
      code: 'VALIDATION_FAILED',
      headers: { 'Preference-Applied': 'handling=strict' },
      body: { error: { details: [{ path: 'name' }, { path: 'nmae', message: 'is unknown; did you mean name?' }] } },
    });
    expect(
      await ask(shop, 'PUT /toys/{id}', { ...known, body: { name: 'a', colour: 1 }, headers, token }),
    ).toMatchObject({ status: 422, body: { error: { details: [{ path: 'colour', message: 'is unknown' }] } } });
    expect(
      await ask(shop, 'PUT /toys/{id}', { ...unknown, body: { name: 'a', colour: 1 }, headers, token }),
    ).toMatchObject({ status: 404 });
  });

  test('an unknown parameter is an error', async () => {
    expect(await ask(shop, 'GET /toys', { query: { limt: '1' }, headers, token })).toMatchObject({
      status: 400,
      code: 'INVALID_PARAMETER',
      body: { error: { details: [{ path: 'limt', message: 'is unknown; did you mean limit?' }] } },
    });
  });

  test('a request that has known names only is answered as any other', async () => {
    for (const prefer of ['handling=strict', 'handling=lenient', 'return=minimal; handling=strict'])
      expect(await ask(shop, 'GET /toys', { query: { limit: '1' }, headers: { prefer }, token })).toMatchObject({
        status: 200,
      });
    const lenient = { query: { limt: '1' }, headers: { prefer: 'handling=lenient' }, token };
    expect(await ask(shop, 'GET /toys', lenient)).toMatchObject({ status: 200 });
  });
});

describe('an error', () => {
  test('has the form that Accept names, or that of its response format', async () => {
    const xml = await ask(shop, 'GET /toys/{id}', { ...unknown, headers: { accept: '*/*' }, token });
    expect(xml.headers['Content-Type']).toBe('application/xml; charset=utf-8');
    expect(xml.text).toContain('<error><code>404</code><message>Toy not found</message><reason>NOT_FOUND</reason>');
    const own = await ask(shop, 'POST /strict/{id}', {
      ...unknown,
      body: { name: 'a' },
      headers: { accept: '*/*' },
      token,
    });
    expect(own.body).toEqual({ error: 'not_found', message: 'Toy not found', request_id: 'req-1' });
  });

  test('has the id of the request, as every answer has', async () => {
    for (const reply of [
      await ask(shop, 'GET /toys', { token }),
      await ask(shop, 'GET /toys'),
      await ask(shop, 'GET /open'),
    ])
      expect(reply.headers['X-Request-Id']).toBe('req-1');
  });

  test('that is unexpected shows no details and raises an alarm', async () => {
    const { dependencies, written } = toyDependencies(running.store);
    const reply = await ask(toyHandler(dependencies), 'GET /broken', { token });
    expect(reply).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
    expect(reply.text).not.toContain('function');
    expect(written.faults).toMatchObject([
      { error: { message: 'something is not a function' }, what: 'unexpected error' },
    ]);
    expect(written.requests).toMatchObject([{ status: 500, fault: true }]);
  });

  test('is marked in the log only if no rule throws it', async () => {
    const { dependencies, written } = toyDependencies(running.store);
    const shop = toyHandler(dependencies);
    await ask(shop, 'GET /toys/{id}', { params: { id: 'trunk_0' }, token });
    await ask(shop, 'GET /toys');
    expect(written.requests.map(({ status }) => status)).toEqual([404, 401]);
    for (const line of written.requests) expect(line).not.toHaveProperty('fault');
  });

  test.each([
    { name: 'InternalServerError', $metadata: { httpStatusCode: 500 } },
    { name: 'ProvisionedThroughputExceededException', $metadata: { httpStatusCode: 400 } },
    { name: 'TimeoutError' },
    { code: 'ECONNRESET' },
  ])('of a store that is out of order asks to try again, and raises an alarm: %j', async (fault) => {
    const client = { send: () => Promise.reject(Object.assign(new Error('told to the log only'), fault)) };
    const { dependencies, written } = toyDependencies({ ...running.store, client });
    const reply = await ask(toyHandler(dependencies), 'GET /toys', { token });
    expect(reply).toMatchObject({ status: 503, code: 'UNAVAILABLE', headers: { 'Retry-After': '1' } });
    expect(reply.text).not.toContain('told');
    expect(written.faults).toMatchObject([{ error: fault, what: 'unexpected error' }]);
    expect(written.requests).toMatchObject([{ status: 503, fault: true }]);
  });

  test('replaces an answer that breaks its contract', async () => {
    const { dependencies, written } = toyDependencies(running.store);
    const reply = await ask(toyHandler(dependencies), 'GET /wrong', { token });
    expect(reply).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
    expect(written.faults).toMatchObject([
      { what: 'invalid response', error: { message: 'GET /wrong: name invalid_type' } },
    ]);
  });
});

describe('a route of any method', () => {
  const shared = (method: string) => ask(shop, 'ANY /toys/{id}', { ...known, method, token });

  test('has the endpoints of its path', async () => {
    const { status, body } = await ask(shop, 'GET /toys/{id}', { ...known, token });
    expect(status).toBe(200);
    expect(await shared('GET')).toMatchObject({ status, body });
  });

  test('names in its 405 the methods that the path supports', async () => {
    expect(await shared('POST')).toMatchObject({
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
      headers: { Allow: 'GET, PUT, DELETE' },
    });
  });
});

test('a GET whose contract declares no change makes none', async () => {
  const { dependencies, written } = toyDependencies(running.store);
  const reply = await ask(toyHandler(dependencies), 'GET /careless', { token });
  expect(reply).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
  expect(written.faults).toMatchObject([
    { error: { message: 'GET /careless writes, and its contract has no effect that changes anything' } },
  ]);
  expect((await ask(shop, 'GET /toys', { token })).text).not.toContain('Careless');
});

describe('a public endpoint', () => {
  test('needs no credential', async () => {
    expect(await ask(shop, 'GET /open', { headers: { authorization: 'Bearer nonsense' } })).toMatchObject({
      status: 200,
    });
  });

  test('for log-in counts by address, and commits the writes of a failed request', async () => {
    const narrow = toyHandler(toyDependencies(running.store, { RATE_LIMIT_LOGIN: '2' }).dependencies);
    const attempt = (ip: string) =>
      ask(narrow, 'POST /door', { ip, body: { username: 'failed log-in', password: 'x' } });
    const replies = [
      await attempt('203.0.113.1'),
      await attempt('203.0.113.1'),
      await attempt('203.0.113.1'),
      await attempt('203.0.113.2'),
    ];
    expect(replies.map(({ status }) => status)).toEqual([401, 401, 429, 401]);
    expect(replies[2]!.headers).toMatchObject({
      'X-RateLimit-Limit': '2',
      'X-RateLimit-Remaining': '0',
      'Retry-After': '60',
    });
    const kept = await ask(shop, 'GET /toys', { token });
    expect(
      (kept.body as { data: { name: string }[] }).data.filter(({ name }) => name === 'failed log-in'),
    ).toHaveLength(3);
  });
});

test('a route that the function does not have is a fault of the deployment', async () => {
  await expect(ask(shop, 'GET /elsewhere')).rejects.toThrow('GET /elsewhere is no route of this function');
});
