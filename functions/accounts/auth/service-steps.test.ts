import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminPassword, testDependencies } from '#test/support/dependencies.fixture.ts';
import { addService, fastPasswords } from '#test/support/people.fixture.ts';
import { call, outcomes, type Reply } from '#test/support/requests.fixture.ts';
import { startStore, type TestStore } from '#test/support/store.fixture.ts';
import type { ApiHandler } from '#http/serve.ts';
import { authHandler } from './handler.ts';

let stores: TestStore;
let handler: ApiHandler;

beforeAll(async () => {
  stores = await startStore();
  handler = authHandler(testDependencies(stores.store), fastPasswords());
  // The first log-in makes the organization of the accounts.
  await logIn('user', { username: 'admin', password: adminPassword });
});
afterAll(() => stores.stop());

const logIn = (entity: string, json: unknown): Promise<Reply> =>
  call(handler, 'POST /auth/{entity}', { params: { entity }, json });
const session = (token: string): Promise<Reply> => call(handler, 'GET /auth/session', { token });

describe('a service account', () => {
  const service = (clientId: string, more: object = {}): Promise<Reply> =>
    logIn('service', { client_id: clientId, client_secret: 'sk_right', ...more });

  test('logs in by id and secret under any of the three names, also as username and password', async () => {
    await addService(stores.store, 'svc_switch', { secret: 'sk_right' });
    const basic = { authorization: `Basic ${Buffer.from('svc_switch:sk_right').toString('base64')}` };
    const replies = [
      await service('svc_switch'),
      await logIn('api', { username: 'svc_switch', password: 'sk_right' }),
      await call(handler, 'POST /auth/{entity}', {
        params: { entity: 'system' },
        form: { grant_type: 'client_credentials' },
        headers: basic,
      }),
    ];
    expect(outcomes(replies)).toEqual(['200', '200', '200']);
    expect(replies[0]?.body.data).toMatchObject({
      token_type: 'Bearer',
      expires_in: 7_200,
      scope: 'cdr:write,events:write',
      service: { client_id: 'svc_switch', name: 'svc_switch' },
    });
    expect((await session(replies[0]?.body.data['access_token'] ?? '')).body.data).toMatchObject({
      type: 'service',
      scopes: ['cdr:write', 'events:write'],
    });
  });

  test('gets the requested scopes, and none that it lacks', async () => {
    await addService(stores.store, 'svc_scoped', { secret: 'sk_right' });
    const [part, beyond] = [
      await service('svc_scoped', { scope: 'events:write' }),
      await service('svc_scoped', { scope: 'events:write users:read' }),
    ];
    expect(part.body.data['scope']).toBe('events:write');
    expect(outcomes([beyond])).toEqual(['403 SCOPE_NOT_PERMITTED']);
  });

  test('that is unknown or disabled, or gives a wrong secret, is rejected, and never locked out', async () => {
    await addService(stores.store, 'svc_known', { secret: 'sk_right' });
    await addService(stores.store, 'svc_off', { secret: 'sk_right', status: 'disabled' });
    const wrong = await Promise.all(
      Array.from({ length: 6 }, () => logIn('service', { client_id: 'svc_known', client_secret: 'sk_wrong' })),
    );
    expect(
      outcomes([
        ...wrong.slice(0, 1),
        await service('svc_nobody'),
        await service('svc_off'),
        await service('svc_known'),
      ]),
    ).toEqual(['401 INVALID_CREDENTIALS', '401 INVALID_CREDENTIALS', '403 ACCOUNT_DISABLED', '200']);
  });

  test('accepts one grant type only', async () => {
    expect(outcomes([await service('svc_known', { grant_type: 'password' })])).toEqual(['422 UNSUPPORTED_GRANT_TYPE']);
  });
});
