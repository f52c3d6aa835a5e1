import { beforeAll, describe, expect, test, vi } from 'vitest';
import { noon } from '#test/support/dependencies.fixture.ts';
import { tenantsIn, type Tenants } from '#test/support/people.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { ask, toyDependencies, toyHandler } from '#test/support/toy-shop.fixture.ts';
import { storeToys, toy } from '#test/support/toys.fixture.ts';
import type { Sender } from '../../dynamodb/client.ts';
import { logger } from '../../runtime/log.ts';
import type { ApiHandler } from '../serve.ts';

const running = testStore();
let tenants: Tenants;
/** One warm process for all tests, as a Lambda environment serves many organizations. */
let shop: ApiHandler;
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
  shop = toyHandler(toyDependencies(running.store).dependencies);
});

const statusFor = async (token: string, route = 'GET /toys', query: Record<string, string> = {}): Promise<string> => {
  const { status, code } = await ask(shop, route, { token, query });
  return code === undefined ? String(status) : `${status} ${code}`;
};

describe('a valid token is rejected when', () => {
  const over = Math.floor(noon.getTime() / 1_000);

  test.each<[string, Parameters<Tenants['join']>[1]]>([
    ['its session has ended', { session: { expires_at: over } }],
    ['its user has ended all sessions or changed the password', { user: { session_epoch: 2 } }],
    ['its user is disabled', { user: { status: 'disabled' } }],
    ['its user is pending', { user: { status: 'pending' } }],
    ['its organization is closed', { organization: { status: 'closed' } }],
  ])('%s', async (_title, person) => {
    expect(await statusFor(await tenants.join(4001, person))).toBe('401 INVALID_TOKEN');
  });

  test('its user must change the password first, for whom no identity provider vouches', async () => {
    const token = await tenants.join(4002, { user: { must_change_password: true } });
    expect([await statusFor(token), await statusFor(token, 'GET /anyway')]).toEqual([
      '403 PASSWORD_CHANGE_REQUIRED',
      '200',
    ]);
    const vouched = { user: { must_change_password: true }, session: { by_provider: true } } as const;
    expect(await statusFor(await tenants.join(4002, vouched))).toBe('200');
  });

  test('its organization is suspended, except for endpoints that stay open; the parent still works in it', async () => {
    const parent = await tenants.join(4003, { organization: { type: 'reseller' }, user: { roles: ['reseller'] } });
    const token = await tenants.join(4004, { organization: { status: 'suspended', parent_id: 4003 } });
    expect([
      await statusFor(token),
      await statusFor(token, 'GET /anyway'),
      await statusFor(parent, 'GET /toys', { org_id: '4004' }),
    ]).toEqual(['403 ORG_SUSPENDED', '200', '200']);
  });
});

describe('scopes', () => {
  test('are lost at once when permissions change, and none is gained', async () => {
    const changed = { organization: { permission_epoch: 2 } };
    const lost = await tenants.join(4005, { ...changed, user: { permissions: { 'telephony:read': false } } });
    const gained = await tenants.join(4005, { ...changed, session: { scopes: ['users:read'] } });
    const kept = await tenants.join(4005, { ...changed, user: { roles: ['viewer'] } });
    expect([await statusFor(lost), await statusFor(gained), await statusFor(kept)]).toEqual([
      '403 INSUFFICIENT_SCOPE',
      '403 INSUFFICIENT_SCOPE',
      '200',
    ]);
  });
});

describe('reach', () => {
  test.each<[string, number, Parameters<Tenants['join']>[1], string]>([
    ["an admin's is the own organization", 4010, {}, '403 FORBIDDEN_ORG'],
    [
      'a reseller reaches its children',
      4011,
      { organization: { type: 'reseller' }, user: { roles: ['reseller'] } },
      '200',
    ],
    [
      'another reseller does not reach them',
      4012,
      { organization: { type: 'reseller' }, user: { roles: ['reseller'] } },
      '403 FORBIDDEN_ORG',
    ],
    ['the operator reaches every organization', 1000, { user: { roles: ['operator'] } }, '200'],
    [
      'the role operator reaches no further in another organization',
      4013,
      { user: { roles: ['operator'] } },
      '403 FORBIDDEN_ORG',
    ],
    [
      'a service account of the operator with the role ingest reaches every organization',
      1000,
      { user: { type: 'service', roles: ['ingest'] } },
      '200',
    ],
    ['one of a customer does not', 4014, { user: { type: 'service', roles: ['ingest'] } }, '403 FORBIDDEN_ORG'],
    [
      'nor does another user of the operator without the role operator',
      1000,
      { user: { roles: ['admin'] } },
      '403 FORBIDDEN_ORG',
    ],
  ])('%s', async (_title, organization, person, answer) => {
    await tenants.join(4019, { organization: { parent_id: 4011 } });
    expect(await statusFor(await tenants.join(organization, person), 'GET /toys', { org_id: 'org_4019' })).toBe(answer);
  });

  test('only the operator learns that an organization does not exist', async () => {
    expect(await statusFor(await tenants.join(4010), 'GET /toys', { org_id: '9999' })).toBe('403 FORBIDDEN_ORG');
    expect(
      await statusFor(await tenants.join(1000, { user: { roles: ['operator'] } }), 'GET /toys', { org_id: '9999' }),
    ).toBe('404 NOT_FOUND');
  });
});

test('an item of another organization with the same id is never seen by a warm process', async () => {
  const [ours, theirs] = [5001, 5002];
  await storeToys(running.store, ours, [toy(1, { name: 'Ours' })]);
  await storeToys(running.store, theirs, [toy(1, { name: 'Theirs' }), toy(2, { name: 'Theirs alone' })]);
  const [us, them] = await Promise.all([tenants.join(ours), tenants.join(theirs)]);
  const get = async (token: string, at: number) => ask(shop, 'GET /toys/{id}', { params: { id: toy(at).id }, token });
  const replies = await Promise.all(Array.from({ length: 40 }, (_item, turn) => get(turn % 2 === 0 ? us : them, 1)));
  expect(replies.map(({ body }) => (body as { data: { name: string } }).data.name)).toEqual(
    replies.map((_item, turn) => (turn % 2 === 0 ? 'Ours' : 'Theirs')),
  );
  const [foreign, missing] = [
    await get(us, 2),
    await ask(shop, 'GET /toys/{id}', { params: { id: 'trunk_none' }, token: us }),
  ];
  expect([foreign.status, foreign.text]).toEqual([404, missing.text]);
  expect(await ask(shop, 'DELETE /toys/{id}', { params: { id: toy(2).id }, token: us })).toMatchObject({ status: 404 });
  expect((await ask(shop, 'GET /toys', { token: us })).text).not.toContain('Theirs');
  expect(await get(them, 2)).toMatchObject({ status: 200 });
});

describe('rates', () => {
  test('are sent with every answer to a credential, errors included', async () => {
    const token = await tenants.join(4020);
    const replies = [
      await ask(shop, 'GET /toys', { token }),
      await ask(shop, 'GET /toys/{id}', { params: { id: 'trunk_none' }, token }),
      await ask(shop, 'GET /toys', { token, query: { org_id: '1' } }),
    ];
    expect(
      replies.map(({ headers }) => [
        headers['X-RateLimit-Limit'],
        headers['X-RateLimit-Remaining'],
        headers['X-RateLimit-Reset'],
      ]),
    ).toEqual([
      ['600', '599', '1795176060'],
      ['600', '598', '1795176060'],
      ['600', '597', '1795176060'],
    ]);
  });

  test('are counted for the credential and for its organization', async () => {
    const narrow = toyHandler({
      ...toyDependencies(running.store, { RATE_LIMIT_CREDENTIAL: '2', RATE_LIMIT_ORGANIZATION: '30' }).dependencies,
      random: () => 0,
    });
    const tokens = await Promise.all(Array.from({ length: 4 }, () => tenants.join(4021)));
    const first = await Promise.all(tokens.slice(0, 3).map((token) => ask(narrow, 'GET /toys', { token })));
    expect(first.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await ask(narrow, 'GET /toys', { token: tokens[3]! })).toMatchObject({
      status: 429,
      code: 'RATE_LIMITED',
      headers: { 'X-RateLimit-Limit': '30', 'X-RateLimit-Remaining': '0', 'Retry-After': '60' },
    });
  });

  test('that cannot be counted reject log-ins only', async () => {
    const token = await tenants.join(4022);
    const client = {
      send: (command: object) =>
        command.constructor.name === 'UpdateItemCommand'
          ? Promise.reject(new Error('no counter'))
          : running.store.client.send(command as never),
    } as Sender;
    const uncounted = toyHandler(toyDependencies({ ...running.store, client }).dependencies);
    const reply = await ask(uncounted, 'GET /toys', { token });
    expect([reply.status, reply.headers['X-RateLimit-Limit']]).toEqual([200, undefined]);
    expect(await ask(uncounted, 'POST /door', { body: { username: 'a', password: 'b' } })).toMatchObject({
      status: 503,
      code: 'UNAVAILABLE',
      headers: { 'Retry-After': '5' },
    });
  });
});

describe('the log', () => {
  test('has one line per request, with the fields of its allow-list only', async () => {
    const { dependencies, written } = toyDependencies(running.store);
    const token = await tenants.join(4030);
    await ask(toyHandler(dependencies), 'GET /toys/{id}', {
      params: { id: 'trunk_hidden' },
      query: { org_id: '4030' },
      token,
    });
    await ask(toyHandler(dependencies), 'GET /toys');
    const { principal, duration, ...line } = written.requests[0]!;
    expect(line).toEqual({ method: 'GET', route: '/toys/{id}', status: 404, request_id: 'req-1', organization: 4030 });
    expect([principal?.slice(0, 4), typeof duration, written.requests[1]]).toEqual([
      'usr_',
      'number',
      {
        method: 'GET',
        route: '/toys',
        status: 401,
        request_id: 'req-1',
        organization: null,
        principal: null,
        duration: expect.any(Number) as number,
      },
    ]);
  });

  test('never has a secret, not even for an unexpected error', async () => {
    const lines: string[] = [];
    const spies = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0),
    );
    const token = await tenants.join(4031);
    const noisy = toyHandler({ ...toyDependencies(running.store).dependencies, log: logger() });
    for (const route of ['GET /wrong', 'GET /broken', 'GET /toys', 'PUT /toys/{id}'])
      await ask(noisy, route, {
        params: { id: 'new' },
        query: { accesskey: 'hunter2', password: 'hunter2' },
        headers: { 'x-secret': 'hunter2' },
        ...(route.startsWith('PUT') ? { body: '{"secret":"hunter2"' } : {}),
        token,
      });
    await ask(noisy, 'POST /door', { body: { username: 'hunter2', password: 'hunter2' } });
    spies.forEach((spy) => {
      spy.mockRestore();
    });
    expect(lines.filter((line) => line.includes('"request"')).length).toBe(5);
    expect(lines.filter((line) => line.includes('something is not a function'))).toHaveLength(1);
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).not.toContain(token.split('.')[2]);
  });
});
