import { beforeAll, describe, expect, test } from 'vitest';
import { manualClock } from '#test/support/dependencies.fixture.ts';
import { textAt } from '#test/support/example-request.ts';
import { addOrganization, addUser, type AddedUser } from '#test/support/accounts.fixture.ts';
import { fastPasswords } from '#test/support/people.fixture.ts';
import { memoryLinks } from '#test/support/objects.fixture.ts';
import { call, outcome, outcomes, type Call, type Reply } from '#test/support/requests.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import type { Sender } from '#dynamodb/client.ts';
import { secretHash } from '#schema/secret-hash.ts';
import { commit } from '#dynamodb/commit.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { tempTokenRow, tempTokenUseRow } from '#dynamodb/rows/temp-token.ts';
import { userRow, type UserItem } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change, overwrite, remove } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { filesHandler } from '../../platform/files/handler.ts';
import { authHandler } from '../auth/handler.ts';
import { accessKeysHandler } from '../access-keys/handler.ts';
import { clientAccessHandler } from '../client-access/handler.ts';
import { peopleWithFactors } from '../two-factor/two-factor.fixture.ts';
import { usersHandler } from '../users/handler.ts';
import { temporaryTokensHandler } from './handler.ts';
import { maxLive } from './temporary-token.ts';

const stores = testStore();
let people: ReturnType<typeof peopleWithFactors>;
let handlers: Readonly<Record<'tokens' | 'keys' | 'users' | 'access' | 'files', ApiHandler>>;
const clock = manualClock();
const organization = 5300;

beforeAll(async () => {
  people = peopleWithFactors(stores.store, clock);
  const { dependencies } = people;
  handlers = {
    tokens: temporaryTokensHandler(dependencies),
    keys: accessKeysHandler(dependencies),
    users: usersHandler(dependencies),
    access: clientAccessHandler(dependencies),
    files: filesHandler({ ...dependencies, links: memoryLinks }),
  };
  await addOrganization(stores.store, organization);
});

const join = (username: string, more: Partial<UserItem> = {}): Promise<AddedUser> =>
  addUser(stores.store, username, { organization, roles: ['admin'], ...more });
const make = (token: string, json: object = {}, more: Call = {}): Promise<Reply> =>
  call(handlers.tokens, 'POST /tempauth', { token, json: { purpose: 'report', ...json }, ...more });
const tokenOf = async (token: string, json: object = {}): Promise<string> =>
  (await make(token, json)).body.data['temp_token'] ?? '';
const session = (of: Call): Promise<Reply> => call(people.auth, 'GET /auth/session', of);
const who = async (token: string, more: Call = {}): Promise<string> => outcome(await session({ token, ...more }));
const newKey = async (token: string, json: object = {}) => {
  const { body } = await call(handlers.keys, 'PUT /accesskeys', {
    token,
    json: { name: `Key ${Math.random()}`, ...json },
  });
  return { id: textAt(body, 'id'), token: textAt(body, 'token') };
};

describe('a temporary token', () => {
  test('acts for its owner by header and by query, and is stored as a hash only', async () => {
    const person = await join('maker');
    const own = await people.tokenOf(person);
    const reply = await make(own, { purpose: 'file_upload', metadata: { note: 'nightly' }, ttl: 60 });
    const { temp_token: token = '', ...shown } = reply.body.data;
    expect([reply.status, reply.headers['cache-control'], shown]).toEqual([
      201,
      'no-store',
      {
        expires_at: new Date(clock.now().getTime() + 60_000).toISOString(),
        purpose: 'file_upload',
        scope: 'files:write',
        single_use: false,
        metadata: { note: 'nightly' },
        created_by: { user_id: person.user.id, org_id: organization },
      },
    ]);
    expect(token).toMatch(/^tmp_[A-Za-z0-9_-]{43}$/);
    for (const of of [{ token }, { query: { accesskey: token } }])
      expect((await session(of)).body.data).toMatchObject({
        sub: person.user.id,
        credential: 'temporary',
        scopes: ['files:write'],
        session_id: null,
      });
    const stored = await tableFor<'temptoken'>(stores.store, 0).get(tempTokenRow, { hash: secretHash(token) });
    const events = await eventsOf(stores.store, organization);
    expect(events.at(-1)).toMatchObject({ type: 'auth.temp.created', entity: { id: person.user.id } });
    expect([stored?.purpose, JSON.stringify([stored, events]).includes(token.slice(4))]).toEqual([
      'file_upload',
      false,
    ]);
  });

  test('has those of its scopes that its owner has now', async () => {
    const person = await join('lesser');
    const token = await tokenOf(await people.tokenOf(person), { scope: 'billing:read,cdr:read' });
    const scopes = async () => (await session({ token })).body.data['scopes'];
    expect(await scopes()).toEqual(['billing:read', 'cdr:read']);
    await commit(stores.store, organization, [change(userRow, person.user, { set: { roles: ['viewer'] } })]);
    expect(await scopes()).toEqual(['cdr:read']);
  });

  test('ends at its expiry, and itself by DELETE /auth', async () => {
    const own = await people.tokenOf(await join('enders'));
    const [short, other] = [await tokenOf(own, { ttl: 10 }), await tokenOf(own)];
    clock.advance(10);
    const out = await call(people.auth, 'DELETE /auth', { token: other, query: { all_sessions: 'true' } });
    expect([outcome(out), out.body.data['sessions_terminated']]).toEqual(['200', 0]);
    expect([await who(short), await who(other), await who(own)]).toEqual([
      '401 INVALID_TOKEN',
      '401 INVALID_TOKEN',
      '200',
    ]);
  });

  test('takes part in few endpoints that need no scope, and has no own record', async () => {
    const person = await join('narrow');
    const own = await people.tokenOf(person);
    const token = await tokenOf(own, { scope: 'cdr:read' });
    const params = { id: person.user.id };
    expect(
      outcomes([
        await make(token),
        await call(people.auth, 'GET /auth/sessions', { token }),
        await call(people.factors, 'GET /auth/twofactor/secret', { token }),
        await call(handlers.users, 'POST /users/{id}/password', { token, params, json: {} }),
        await call(handlers.access, 'GET /clientaccess/{entity}', { token, params: { entity: person.user.id } }),
      ]),
    ).toEqual([
      '403 TEMP_TOKEN_NOT_ALLOWED',
      '403 TEMP_TOKEN_NOT_ALLOWED',
      '403 USER_SESSION_REQUIRED',
      '403 USER_SESSION_REQUIRED',
      '403 INSUFFICIENT_SCOPE',
    ]);
    const key = await call(handlers.keys, 'PUT /accesskeys', { token, json: { name: 'Child' } });
    expect([key.status, JSON.stringify(key.body)]).toEqual([403, expect.stringContaining('user_session_required')]);
  });

  test('of another form, or unknown, is rejected like any bad token', async () => {
    const token = await tokenOf(await people.tokenOf(await join('guessed')));
    for (const guess of [`${token}x`, token.slice(0, -1), 'tmp_', `tmp_${'a'.repeat(43)}`, token.toUpperCase()])
      expect(await who(guess)).toBe('401 INVALID_TOKEN');
    expect(await who(token)).toBe('200');
  });
});

describe('a temporary token ends', () => {
  test('with the session that made it, and not with another', async () => {
    const person = await join('logs-out');
    const [one, other] = [await people.tokenOf(person), await people.tokenOf(person)];
    const [ofOne, ofOther] = [await tokenOf(one), await tokenOf(other)];
    await call(people.auth, 'DELETE /auth', { token: one });
    expect([await who(ofOne), await who(ofOther)]).toEqual(['401 INVALID_TOKEN', '200']);
  });

  test('with the access key that made it', async () => {
    const person = await join('keeps-keys');
    const own = await people.tokenOf(person);
    const [deleted, expiring] = [
      await newKey(own),
      await newKey(own, { expires_at: new Date(clock.now().getTime() + 30_000).toISOString() }),
    ];
    const [ofDeleted, ofExpiring] = [await tokenOf(deleted.token), await tokenOf(expiring.token)];
    expect([await who(ofDeleted), await who(ofExpiring)]).toEqual(['200', '200']);
    await call(handlers.keys, 'DELETE /accesskeys/{id}', { token: own, params: { id: deleted.id } });
    clock.advance(30);
    expect([await who(ofDeleted), await who(ofExpiring)]).toEqual(['401 INVALID_TOKEN', '401 INVALID_TOKEN']);
  });

  test.each<[string, (person: AddedUser, own: string) => Promise<unknown>]>([
    [
      'its user ends all sessions',
      async (_person, own) => call(people.auth, 'DELETE /auth', { token: own, query: { all_sessions: 'true' } }),
    ],
    [
      'its user is disabled',
      async ({ user }) => commit(stores.store, organization, [change(userRow, user, { set: { status: 'disabled' } })]),
    ],
    ['its user is deleted', async ({ user }) => commit(stores.store, organization, [remove(userRow, user)])],
    [
      'its user changes the password, though the session goes on',
      async ({ user, password }, own) => {
        const json = { current_password: password, new_password: 'Velvet-Anchor-Orchard-7' };
        const reply = await call(handlers.users, 'POST /users/{id}/password', {
          token: own,
          params: { id: user.id },
          json,
        });
        expect([outcome(reply), await who(own)]).toEqual(['200', '200']);
      },
    ],
  ])('when %s, also if a key made it', async (title, end) => {
    const person = await join(`ends-${title.replaceAll(/[^a-z]+/g, '-')}`.slice(0, 60));
    const own = await people.tokenOf(person);
    const tokens = [await tokenOf(own), await tokenOf((await newKey(own)).token)];
    expect(await Promise.all(tokens.map((token) => who(token)))).toEqual(['200', '200']);
    await end(person, own);
    expect(await Promise.all(tokens.map((token) => who(token)))).toEqual(['401 INVALID_TOKEN', '401 INVALID_TOKEN']);
  });

  test('for as long as the key that made it may not be used', async () => {
    const person = await join('bound');
    const own = await people.tokenOf(person);
    const token = await tokenOf((await newKey(own, { allowed_ips: ['192.0.2.0/24'] })).token);
    expect([await who(token), await who(token, { ip: '198.51.100.1' })]).toEqual(['200', '403 IP_NOT_ALLOWED']);
    const access = { ...person.user.access, api_access: false };
    await commit(stores.store, organization, [change(userRow, person.user, { set: { access } })]);
    expect(await who(token)).toBe('403 API_ACCESS_DISABLED');
  });

  test('with the session whose password is due', async () => {
    const person = await join('due');
    const own = await people.tokenOf(person);
    const token = await tokenOf(own, { scope: 'users:read' });
    await commit(stores.store, organization, [change(userRow, person.user, { set: { must_change_password: true } })]);
    const params = { entity: person.user.id };
    expect(outcome(await call(handlers.access, 'GET /clientaccess/{entity}', { token, params }))).toBe(
      '403 PASSWORD_CHANGE_REQUIRED',
    );
    expect(outcome(await make(own))).toBe('403 PASSWORD_CHANGE_REQUIRED');
  });
});

describe('a single-use token', () => {
  test('passes once, of 64 simultaneous uses one', async () => {
    const token = await tokenOf(await people.tokenOf(await join('once')), { single_use: true });
    const answers = await Promise.all(Array.from({ length: 64 }, () => who(token)));
    expect(answers.toSorted()).toEqual(['200', ...Array.from({ length: 63 }, () => '401 INVALID_TOKEN')]);
    expect(await who(token)).toBe('401 INVALID_TOKEN');
  });

  test('is used up by a request that then fails', async () => {
    const person = await join('spent');
    const own = await people.tokenOf(person);
    const params = { entity: person.user.id };
    const fail = async (token: string, more: Call = {}): Promise<string> =>
      outcome(await call(handlers.access, 'GET /clientaccess/{entity}', { token, params, ...more }));
    const [scopeless, lost] = [
      await tokenOf(own, { single_use: true, scope: 'cdr:read' }),
      await tokenOf(own, { single_use: true, scope: 'users:read' }),
    ];
    expect([await fail(scopeless), await fail(scopeless)]).toEqual(['403 INSUFFICIENT_SCOPE', '401 INVALID_TOKEN']);
    const nobody = { params: { entity: 'usr_none' } };
    expect([await fail(lost, nobody), await fail(lost, nobody)]).toEqual(['404 NOT_FOUND', '401 INVALID_TOKEN']);
  });

  test('of an ended session is not used up', async () => {
    const own = await people.tokenOf(await join('unused'));
    const token = await tokenOf(own, { single_use: true });
    await call(people.auth, 'DELETE /auth', { token: own });
    expect(await who(token)).toBe('401 INVALID_TOKEN');
    const use = await tableFor<'temptoken-use'>(stores.store, 0).get(tempTokenUseRow, { hash: secretHash(token) });
    expect(use).toBeUndefined();
  });
});

test('a request for a token breaks a rule with a code of its own', async () => {
  const own = await people.tokenOf(await join('wrong', { roles: ['viewer'] }));
  expect(
    outcomes([
      await call(handlers.tokens, 'POST /tempauth', { token: own, json: {} }),
      await make(own, { purpose: 'No' }),
      await make(own, { scope: 'billing:write' }),
      await make(own, { ttl: 5 }),
      await make(own, { metadata: { a: 'x'.repeat(5_000) } }),
      await make(own, { purpose: 'file_upload', metadata: { max_file_size: -1 } }),
      await call(handlers.tokens, 'POST /tempauth', { json: { purpose: 'report' } }),
    ]),
  ).toEqual([
    '400 MISSING_FIELD',
    '400 INVALID_PURPOSE',
    '422 SCOPE_EXCEEDS',
    '422 VALIDATION_FAILED',
    '422 VALIDATION_FAILED',
    '422 VALIDATION_FAILED',
    '401 UNAUTHENTICATED',
  ]);
});

test('max_file_size and allowed_types bind the upload of a file_upload', async () => {
  const own = await people.tokenOf(await join('uploader'));
  const token = await tokenOf(own, {
    purpose: 'file_upload',
    metadata: { max_file_size: 1_000, allowed_types: ['audio/*'] },
  });
  const put = (json: object, by = token) =>
    call(handlers.files, 'PUT /files/{id}', {
      token: by,
      params: { id: 'new' },
      json: { name: `File ${Math.random()}`, kind: 'greeting', content_type: 'audio/wav', size: 1_000, ...json },
    });
  const image = { kind: 'attachment', content_type: 'image/png' };
  const outcomesOf = [
    await put({}),
    await put({ size: 1_001 }),
    await put(image),
    await put({ ...image, size: 1_001 }, own),
  ];
  expect(outcomes(outcomesOf)).toEqual([
    '201',
    expect.stringMatching(/FILE_TOO_LARGE$/),
    '422 VALIDATION_FAILED',
    '201',
  ]);
});

test('a user has at most 1,000 live tokens, of which used ones are none', async () => {
  const person = await join('hoarder');
  const own = await people.tokenOf(person);
  const seconds = Math.floor(clock.now().getTime() / 1_000);
  const one = await tokenOf(own, { single_use: true });
  const stored = await tableFor<'temptoken'>(stores.store, 0).get(tempTokenRow, { hash: secretHash(one) });
  for (let from = 1; from < maxLive; from += 50)
    await commit(
      stores.store,
      organization,
      Array.from({ length: Math.min(50, maxLive - from) }, (_, at) =>
        overwrite(tempTokenRow, { ...stored!, hash: `${from + at}`, expires_at: seconds + 60 }),
      ),
    );
  const full = await make(own);
  expect([outcome(full), full.headers['retry-after']]).toEqual(['429 RATE_LIMITED', '60']);
  expect(await who(one)).toBe('200');
  expect(outcome(await make(own))).toBe('201');
  clock.advance(61);
  expect(outcome(await make(own))).toBe('201');
});

test('tokens are limited to 60 a minute per user, whichever credential asks', async () => {
  const dependencies = {
    ...people.dependencies,
    environment: { ...people.dependencies.environment, RATE_LIMIT_SCALE: '1' },
  };
  const tokens = temporaryTokensHandler(dependencies);
  const person = await join('busy');
  const own = [await people.tokenOf(person), await people.tokenOf(person)];
  const answers = await Promise.all(
    Array.from({ length: 61 }, (_, at) =>
      call(tokens, 'POST /tempauth', { token: own[at % 2], json: { purpose: 'report' } }),
    ),
  );
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
  expect(answers[0]?.headers['x-ratelimit-limit']).toBe('60');
});

test('a token is read as an access key is; using it up takes one more write', async () => {
  // Which the answer of GET /auth/session names, and whose user has its language.
  const [organization, user] = ['GetItem', 'GetItem'];
  const commands: string[] = [];
  const client = {
    send: (command: object) => {
      commands.push(command.constructor.name.replace('Command', ''));
      return stores.store.client.send(command as never);
    },
  } as Sender;
  const auth = authHandler({ ...people.dependencies, store: { ...stores.store, client } }, fastPasswords());
  const own = await people.tokenOf(await join('counted'));
  const commandsOf = async (token: string): Promise<string[]> => {
    commands.length = 0;
    expect(outcome(await call(auth, 'GET /auth/session', { token }))).toBe('200');
    // Updates count the request and record its use.
    return commands.filter((name) => name !== 'UpdateItem');
  };
  await commandsOf(own);
  expect([
    await commandsOf(own),
    await commandsOf((await newKey(own)).token),
    await commandsOf(await tokenOf(own)),
    await commandsOf(await tokenOf(own, { single_use: true })),
  ]).toEqual([
    ['BatchGetItem', organization, user],
    ['GetItem', 'BatchGetItem', organization, user],
    ['GetItem', 'BatchGetItem', organization, user],
    ['GetItem', 'BatchGetItem', 'PutItem', organization, user],
  ]);
});

test('a token of a closed organization is rejected', async () => {
  const elsewhere = 5301;
  const home = await addOrganization(stores.store, elsewhere);
  const person = await addUser(stores.store, 'closing', { organization: elsewhere, roles: ['admin'] });
  const token = await tokenOf(await people.tokenOf(person));
  await commit(stores.store, elsewhere, [change(organizationRow, home, { set: { status: 'closed' } })]);
  expect(await who(token)).toBe('401 INVALID_TOKEN');
});
