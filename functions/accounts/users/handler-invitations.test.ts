import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { addOrganization, addUser } from '#test/support/accounts.fixture.ts';
import { fastPasswords } from '#test/support/people.fixture.ts';
import { call, type Call, outcome, outcomes, type Reply } from '#test/support/requests.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change } from '#dynamodb/write.ts';
import { brakes } from '#limits/brake.ts';
import { authHandler } from '../auth/handler.ts';
import { clientAccessHandler } from '../client-access/handler.ts';
import { passwordResetsHandler } from '../password-resets/handler.ts';
import { emailMessage } from '../../messaging/email-delivery/contract.ts';
import { emailDeliveryHandler } from '../../messaging/email-delivery/handler.ts';
import { usersHandler } from './handler.ts';

const stores = testStore();
const dependencies = () => testDependencies(stores.store, { environment: { PUBLIC_URL: 'https://api.example.com' } });
type Of = ReturnType<typeof dependencies>;
let of: Of;
let handlers: ReturnType<typeof handlersOf>;
const number = 5200;
const strong = 'Velvet-Anchor-Orchard-7';
const other = 'Marble-Kettle-Drum-5';
let admin = '';

const handlersOf = (using: Of) => ({
  auth: authHandler(using, fastPasswords()),
  users: usersHandler(using, fastPasswords()),
  access: clientAccessHandler(using),
  resets: passwordResetsHandler(using, fastPasswords()),
});

const logIn = (username: string, password: string): Promise<Reply> =>
  call(handlers.auth, 'POST /auth/{entity}', { params: { entity: 'user' }, json: { username, password } });
const tokenOf = async (username: string, roles: string[], organization = number): Promise<string> => {
  const { user, password } = await addUser(stores.store, username, { organization, roles });
  return (await logIn(user.username, password)).body.data['token'] ?? '';
};
const ask = (route: string, given: Call): Promise<Reply> => call(handlers.users, route, { token: admin, ...given });
const put = (json: object, token = admin): Promise<Reply> => ask('PUT /users', { token, json });
const post = (id: string, json: object): Promise<Reply> => ask('POST /users/{id}', { params: { id }, json });
const invite = (id: string, json: object = {}, token = admin): Promise<Reply> =>
  ask('POST /users/{id}/invitation', { token, params: { id }, json });
const get = async (id: string): Promise<Record<string, unknown>> =>
  (await ask('GET /users/{id}', { params: { id } })).body.data;
const reset = (token: string, password = strong): Promise<Reply> =>
  call(handlers.resets, 'POST /auth/password/reset', { json: { token, password } });

const emails = async () => (await tableFor<'email'>(stores.store, number).query(emailRow, {})).items;
const tokenIn = (link: unknown): string => String(link).replace('https://api.example.com/#token=', '');

/** A user that is invited by e-mail, with the token that the e-mail has. */
async function invited(username: string, more: object = {}, token = admin) {
  const email = `${username}@example.com`;
  const reply = await put({ username, email, invite: true, ...more }, token);
  expect(outcome(reply)).toBe('201');
  const sent = (await emails()).find(({ to }) => to.includes(email));
  return { id: reply.body.data['id'] ?? '', reply, email: sent, token: tokenIn(sent?.variables?.['link']) };
}

/** A link that a caller copies. */
const copied = async (id: string, token = admin): Promise<string> =>
  tokenIn((await invite(id, { send: false }, token)).body.data['link']);

beforeAll(async () => {
  of = dependencies();
  handlers = handlersOf(of);
  await addOrganization(stores.store, 1000, { type: 'operator', parent_id: null });
  await addOrganization(stores.store, number, { name: 'Acme' });
  admin = await tokenOf('inviting', ['admin']);
});

describe('an invitation', () => {
  test('is sent with a new user, whose link sets the first password once', async () => {
    const { id, reply, email, token } = await invited('ann', { language: 'de', roles: ['viewer'] });
    expect(reply.body.data).toMatchObject({
      status: 'pending',
      invitation: { email: 'ann@example.com', sent_at: of.now.toISOString() },
    });
    expect(email).toMatchObject({ template: 'user_invitation_de', variables: { organization: 'Acme', days: 7 } });
    const answer = await reset(token);
    expect([outcome(answer), answer.body.data['username']]).toEqual(['200', 'ann']);
    expect(await get(id)).toMatchObject({ status: 'active', invitation: null, must_change_password: false });
    expect(outcomes([await logIn('ann', strong), await reset(token, other)])).toEqual(['200', '401 INVALID_TOKEN']);
  });

  test('is an event without the link, as is each copy of it', async () => {
    const { id, token } = await invited('eve');
    const link = await copied(id);
    const events = (await eventsOf(stores.store, number)).filter(({ entity }) => entity.id === id);
    expect(events.filter(({ type }) => type === 'user.invited').map(({ data }) => data['by'])).toEqual([
      'email',
      'link',
    ]);
    const stored = JSON.stringify([events, await get(id)]);
    expect([stored.includes(token), stored.includes(link)]).toEqual([false, false]);
    await reset(link);
    const changed = (await eventsOf(stores.store, number)).find(
      ({ type, entity }) => type === 'user.password_changed' && entity.id === id,
    );
    expect(changed).toMatchObject({ actor: { id }, data: { by_invitation: true } });
  });

  test('is void when another one is made', async () => {
    const { id, token } = await invited('again');
    expect(outcome(await invite(id))).toBe('200');
    const link = await copied(id);
    const sent = (await emails()).filter(({ to }) => to.includes('again@example.com'));
    expect(sent).toHaveLength(2);
    const tokens = sent.map(({ variables }) => tokenIn(variables?.['link']));
    expect(outcomes([await reset(token), await reset(tokens[0] ?? ''), await reset(tokens[1] ?? '')])).toEqual([
      '401 INVALID_TOKEN',
      '401 INVALID_TOKEN',
      '401 INVALID_TOKEN',
    ]);
    expect(outcome(await reset(link))).toBe('200');
  });

  test('expires after 7 days', async () => {
    const { token } = await invited('late');
    const start = of.now;
    of.now = new Date(start.getTime() + 7 * 86_400_000);
    const late = await reset(token);
    of.now = start;
    expect(outcomes([late, await reset(token)])).toEqual(['401 INVALID_TOKEN', '200']);
  });

  test('is used once by 32 at once', async () => {
    const { token } = await invited('raced');
    const replies = await Promise.all(Array.from({ length: 32 }, (_, at) => reset(token, `${strong}-${at}`)));
    const results = Map.groupBy(outcomes(replies), (each) => each);
    expect(results.get('200')).toHaveLength(1);
    expect([...results.keys()].filter((each) => !/^(200|401 INVALID_TOKEN|503 UNAVAILABLE)$/.test(each))).toEqual([]);
  });

  test('stays when the password is too weak', async () => {
    const { token } = await invited('weak');
    expect(outcomes([await reset(token, 'short'), await reset(token)])).toEqual(['422 WEAK_PASSWORD', '200']);
  });

  test('is for people that have an address and no password', async () => {
    const wanted = { username: 'none', invite: true };
    expect(
      outcomes([
        await put(wanted),
        await put({ ...wanted, type: 'service', email: 'n@example.com' }),
        await put({ ...wanted, email: 'n@example.com', password: strong }),
      ]),
    ).toEqual(['422 VALIDATION_FAILED', '422 VALIDATION_FAILED', '422 VALIDATION_FAILED']);
    const { id, token } = await invited('done');
    await reset(token);
    expect(outcomes([await invite(id), await invite('usr_unknown')])).toEqual([
      '409 USER_NOT_PENDING',
      '404 NOT_FOUND',
    ]);
  });

  test('of a user without an address is copied only', async () => {
    const id = (await put({ username: 'no-address' })).body.data['id'] ?? '';
    expect((await get(id))['invitation']).toBeNull();
    expect(outcome(await invite(id))).toBe('422 VALIDATION_FAILED');
    expect(outcome(await reset(await copied(id)))).toBe('200');
  });
});

describe('the link of an invitation does not work', () => {
  const link = (username: string) => invited(username);

  test('for a user that is disabled, also once it is pending again', async () => {
    const { id, token } = await link('disabled');
    await post(id, { status: 'disabled' });
    expect([outcome(await reset(token)), (await get(id))['invitation']]).toEqual(['401 INVALID_TOKEN', null]);
    await post(id, { status: 'pending' });
    expect(outcome(await reset(token))).toBe('401 INVALID_TOKEN');
  });

  test('for a user whose access is revoked', async () => {
    const { id, token } = await link('revoked');
    await call(handlers.access, 'DELETE /clientaccess/{entity}', { token: admin, params: { entity: id } });
    expect(outcome(await reset(token))).toBe('401 INVALID_TOKEN');
  });

  test('for a deleted user', async () => {
    const { id, token } = await link('deleted');
    await ask('DELETE /users/{id}', { params: { id } });
    expect(outcome(await reset(token))).toBe('401 INVALID_TOKEN');
  });

  test('for a new address of its user, also once the old one is back', async () => {
    const { id, token } = await link('moved');
    await post(id, { email: 'elsewhere@example.com' });
    expect([outcome(await reset(token)), (await get(id))['invitation']]).toEqual(['401 INVALID_TOKEN', null]);
    await post(id, { email: 'moved@example.com' });
    expect(outcome(await reset(token))).toBe('401 INVALID_TOKEN');
  });

  test('for a user that got a password in another way', async () => {
    const { id, token } = await link('given');
    await ask('POST /users/{id}/password', { params: { id }, json: { new_password: other, must_change: false } });
    expect(outcome(await reset(token))).toBe('401 INVALID_TOKEN');
  });

  test('in a closed organization', async () => {
    const closed = 5299;
    await addOrganization(stores.store, closed);
    const chief = await tokenOf('closing', ['admin'], closed);
    const id = (await put({ username: 'orphan' }, chief)).body.data['id'] ?? '';
    const token = await copied(id, chief);
    await commit(stores.store, closed, [change(organizationRow, {}, { set: { status: 'closed' } })]);
    expect(outcome(await reset(token))).toBe('401 INVALID_TOKEN');
  });
});

describe('who makes a link', () => {
  test('has at least the rights of the user', async () => {
    const manager = await tokenOf('lesser', ['manager']);
    const { id } = await invited('greater', { roles: ['admin'] });
    expect(outcomes([await invite(id, { send: false }, manager), await invite(id, {}, manager)])).toEqual([
      '403 CANNOT_MANAGE_USER',
      '403 CANNOT_MANAGE_USER',
    ]);
  });

  test('gets no administrator by it, when the user becomes one later', async () => {
    const manager = await tokenOf('scheming', ['manager']);
    const { id, token } = await invited('raised', {}, manager);
    await post(id, { roles: ['admin'] });
    expect(outcome(await reset(token))).toBe('401 INVALID_TOKEN');
    expect(outcome(await reset(await copied(id)))).toBe('200');
  });

  test('is still active and in charge when the link is used', async () => {
    const manager = await tokenOf('leaving', ['manager']);
    const { token } = await invited('left-behind', { roles: ['viewer'] }, manager);
    await post('usr_leaving', { status: 'disabled' });
    expect(outcome(await reset(token))).toBe('401 INVALID_TOKEN');
    await post('usr_leaving', { status: 'active', roles: ['viewer'] });
    expect(outcome(await reset(token))).toBe('401 INVALID_TOKEN');
    await post('usr_leaving', { roles: ['manager'] });
    expect(outcome(await reset(token))).toBe('200');
  });

  test('may be of a parent organization, while it reaches that of the user', async () => {
    const operator = await tokenOf('operating', ['operator'], 1000);
    const id = (await put({ username: 'customer' })).body.data['id'] ?? '';
    const reply = await ask('POST /users/{id}/invitation', {
      token: operator,
      params: { id },
      query: { org_id: `${number}` },
      json: { send: false },
    });
    const token = tokenIn(reply.body.data['link']);
    const roles = (held: readonly string[]) =>
      commit(stores.store, 1000, [change(userRow, { id: 'usr_operating' }, { set: { roles: held } })]);
    await roles(['admin']);
    expect(outcome(await reset(token))).toBe('401 INVALID_TOKEN');
    await roles(['operator']);
    expect(outcome(await reset(token))).toBe('200');
  });
});

describe('e-mails of invitations', () => {
  test('reach an address five times a day, also if users are deleted and made again', async () => {
    const { pair } = brakes['invitation-email'];
    const replies: Reply[] = [];
    for (let at = 0; at <= pair; at += 1) {
      const reply = await put({ username: `victim-${at}`, email: 'victim@example.com', invite: true });
      replies.push(reply);
      if (reply.status === 201) await ask('DELETE /users/{id}', { params: { id: reply.body.data['id'] ?? '' } });
    }
    expect(outcomes(replies)).toEqual([...Array.from({ length: pair }, () => '201'), '429 RATE_LIMITED']);
    expect(Number(replies.at(-1)?.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('count as notices of the organization', async () => {
    await commit(stores.store, number, [
      change(organizationRow, {}, { set: { settings: { email: { notice_limit: 1 } } } }),
    ]);
    const mailer = { send: async () => ({ from: 'no-reply@example.com', provider_message_id: 'ses-1' }) };
    const deliver = emailDeliveryHandler(Object.assign(of, { mailer, deadLetters: async () => undefined }));
    const sent = [await invited('counted-1'), await invited('counted-2')];
    const bodies = sent.map(({ email }) => emailMessage({ org_id: number, email_id: email?.id ?? '' }).body);
    for (const body of bodies) await deliver(batchOf([body]));
    const ids = sent.map(({ email }) => email?.id);
    const delivered = (await emails()).filter(({ id }) => ids.includes(id));
    expect(delivered.map(({ status, error }) => [status, error?.code]).toSorted()).toEqual([
      ['failed', 'NOTICE_LIMIT'],
      ['sent', undefined],
    ]);
    expect(delivered.map(({ variables }) => variables)).toEqual([null, null]);
  });
});
