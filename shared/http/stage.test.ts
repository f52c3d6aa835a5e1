import { beforeAll, describe, expect, test } from 'vitest';
import { voipbin } from '#contract/voipbin.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { eventOf, incomingRequest, type TestRequest } from '#test/support/requests.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { ask, toyDependencies, toyHandler, type Reply } from '#test/support/toy-shop.fixture.ts';
import { storeToys, toy } from '#test/support/toys.fixture.ts';
import { toyShop } from '#test/support/toy-shop.fixture.ts';
import type { ApiHandler } from './serve.ts';
import { atStage } from './stage.ts';

const running = testStore();
let shop: ApiHandler;
let token: string;
beforeAll(async () => {
  token = await (await tenantsIn(running.store)).join(1001);
  shop = toyHandler(toyDependencies(running.store).dependencies);
  await storeToys(running.store, 1001, [toy(1), toy(2), toy(3)]);
});

const known = { params: { id: toy(1).id } };
const under = (route: string, asked: TestRequest & { readonly token?: string } = {}): Promise<Reply> =>
  ask(shop, route, { stage: voipbin.stage, token, ...asked });

describe('under /v1.0', () => {
  test('a resource is bare, and a list goes on by page_token to its end', async () => {
    expect((await under('GET /toys/{id}', known)).body).toEqual({
      id: toy(1).id,
      name: toy(1).name,
      kind: toy(1).kind,
    });
    const names: string[] = [];
    let page_token: string | undefined;
    while (page_token !== '') {
      // A token is valid for pages of another size.
      const query = page_token === undefined ? { page_size: '2' } : { page_size: '1', page_token };
      const { body } = await under('GET /toys', { query });
      const page = body as { readonly result: readonly { readonly name: string }[]; readonly next_page_token: string };
      expect(Object.keys(page)).toEqual(['result', 'next_page_token']);
      names.push(...page.result.map(({ name }) => name));
      page_token = page.next_page_token;
    }
    expect(names.toSorted()).toEqual([toy(1), toy(2), toy(3)].map(({ name }) => name));
  });

  test('a broken rule is 400 before 404, in JSON, and names the field', async () => {
    const broken = { params: { id: 'trunk_unknown' }, body: { name: 7 } };
    for (const accept of ['*/*', 'application/xml', 'application/json']) {
      const { status, headers, body } = await under('PUT /toys/{id}', { ...broken, headers: { accept } });
      expect([status, headers['Content-Type']]).toEqual([400, 'application/json']);
      expect(body).toEqual({
        error: 'validation_failed',
        message: expect.stringMatching(/^name: /) as string,
        request_id: 'req-1',
      });
    }
    expect(await ask(shop, 'PUT /toys/{id}', { ...broken, token })).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  test('a wrong page_size is 400 and names that parameter', async () => {
    expect((await under('GET /toys', { query: { page_size: '501' } })).body).toMatchObject({
      error: 'invalid_parameter',
      message: expect.stringMatching(/^page_size: /) as string,
    });
  });

  test('a missing credential, an unknown resource and a fault have a code and a message', async () => {
    const anonymous = await ask(shop, 'GET /toys/{id}', { ...known, stage: voipbin.stage });
    expect([anonymous.status, anonymous.code]).toEqual([401, 'unauthenticated']);
    expect(await under('GET /toys/{id}', { params: { id: 'trunk_unknown' } })).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    expect(await under('GET /broken')).toMatchObject({ status: 500, code: 'internal_error' });
  });

  test('a 429 has Retry-After, also if its error names no time', async () => {
    const busy = await under('POST /strict/{id}', { ...known, body: { name: 'busy' } });
    expect([busy.status, busy.code, busy.headers['Retry-After']]).toEqual([429, 'rate_limit_exceeded', '60']);
  });

  test('an Idempotency-Key that was used with another prefix is of another request', async () => {
    const made = { params: { id: 'new' }, body: { name: 'Top' }, headers: { 'idempotency-key': 'k-1' } };
    expect(await ask(shop, 'PUT /toys/{id}', { ...made, token })).toMatchObject({
      status: 201,
      body: { success: true },
    });
    expect(await under('PUT /toys/{id}', made)).toMatchObject({ status: 400, code: 'idempotency_key_reused' });
  });
});

describe('the stage', () => {
  const [list] = toyShop.endpoints;
  const at = (path: string, stage?: string, headers: Readonly<Record<string, string>> = {}) =>
    atStage(eventOf('GET /toys', stage === undefined ? {} : { stage }), incomingRequest({ path, headers }), list);

  test.each([
    ['/voipbin/toys', '/v1.0/toys'],
    ['/voipbin', '/v1.0/'],
    // Only the name of the stage is removed, and only once.
    ['/toys/voipbin', '/v1.0/toys/voipbin'],
    ['/voipbin/voipbin', '/v1.0/voipbin'],
    ['/voipbins', '/v1.0/voipbins'],
  ])('voipbin has the path %s as %s, as it was sent', (path, sent) => {
    expect(at(path, voipbin.stage).request.path).toBe(sent);
  });

  test.each([
    ['application/xml', 'application/json'],
    ['text/xml, application/json;q=0.5', 'application/json'],
    ['image/svg+xml, image/png', 'application/json'],
    ['image/png', 'image/png'],
    ['text/html, */*;q=0.8', 'text/html, */*;q=0.8'],
  ])('voipbin reads Accept: %s as %s', (accept, read) => {
    expect(at('/voipbin/toys', voipbin.stage, { accept }).request.headers['accept']).toBe(read);
  });

  test('$default changes neither the request nor the endpoint', () => {
    const { request, endpoint } = at('/voipbin/toys', undefined, { accept: 'application/xml' });
    expect([request.path, request.headers['accept']]).toEqual(['/voipbin/toys', 'application/xml']);
    expect(endpoint).toBe(list);
  });
});
