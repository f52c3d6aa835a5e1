import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { addOrganization, addUser, type AddedUser } from '#test/support/accounts.fixture.ts';
import { fastPasswords } from '#test/support/people.fixture.ts';
import { call, outcome, outcomes, type Reply } from '#test/support/requests.fixture.ts';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { tableFor } from '#dynamodb/table.ts';
import { brakes, newBrake, windowsOfStore } from '#limits/brake.ts';
import { authHandler } from '../auth/handler.ts';
import { passwordResetEmailsHandler } from '../password-reset-emails/handler.ts';
import { usersHandler } from '../users/handler.ts';
import { passwordResetsHandler } from './handler.ts';

const stores = testStore();
beforeAll(async () => {
  for (const organization of [1000, 2001, 2002]) await addOrganization(stores.store, organization);
});

const url = 'https://portal.example.com/reset';
const secrets = memorySecrets({ 'sealing-keys': '{"generation":0,"key":"made"}' });
const better = 'Marble-Kettle-Drum-5';

/** A platform of its own in the common store. */
function platform(environment: Readonly<Record<string, string>> = { PASSWORD_RESET_URL: url }) {
  const dependencies = testDependencies(stores.store, {
    clock: manualClock(),
    secrets,
    environment,
  });
  const passwords = fastPasswords();
  const [api, auth] = [passwordResetsHandler(dependencies, passwords), authHandler(dependencies, passwords)];
  const users = usersHandler(dependencies, passwords);
  const consume = passwordResetEmailsHandler(dependencies);
  const deliver = async () => {
    const bodies = dependencies.queues.sent.splice(0).map(({ message }) => message.body);
    expect(await consume(batchOf(bodies))).toEqual({ batchItemFailures: [] });
  };
  const forget = (json: object, ip = '192.0.2.7'): Promise<Reply> =>
    call(api, 'POST /auth/password/forgot', { json, ip });
  const reset = (token: string, password = better): Promise<Reply> =>
    call(api, 'POST /auth/password/reset', { json: { token, password } });
  const logIn = ({ user }: AddedUser, password: string): Promise<Reply> =>
    call(auth, 'POST /auth/{entity}', { params: { entity: 'user' }, json: { username: user.username, password } });
  return { dependencies, api, auth, users, deliver, forget, reset, logIn };
}

const emailsOf = async (organization: number, to: string) =>
  (await tableFor<'email'>(stores.store, organization).query(emailRow, {})).items.filter((email) =>
    email.to.includes(to),
  );

/** The tokens that the user has got, newest first. */
const tokensOf = async ({ organization, user }: AddedUser): Promise<string[]> =>
  (await emailsOf(organization, user.email ?? '')).map(({ variables }) => {
    const { link, token } = { ...variables };
    return typeof token === 'string' ? token : String(link).replace(`${url}#token=`, '');
  });

const addPerson = (name: string, more: object = {}): Promise<AddedUser> =>
  addUser(stores.store, name, { organization: 2001, email: `${name}@example.com`, ...more });

describe('asking', () => {
  test('has one answer for known and unknown names, and does no look-up before it', async () => {
    const { forget, dependencies } = platform();
    const known = await addPerson('asked');
    const answers = [await forget({ username: known.user.username }), await forget({ username: 'unknown' })];
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [202, { success: true, message: 'If the account exists, an e-mail was sent' }],
      [202, { success: true, message: 'If the account exists, an e-mail was sent' }],
    ]);
    expect(dependencies.queues.sent.map(({ queue, message }) => [queue, message.body])).toEqual([
      ['jobs', expect.objectContaining({ username: 'asked' })],
      ['jobs', expect.objectContaining({ username: 'unknown' })],
    ]);
    expect(await emailsOf(2001, 'asked@example.com')).toEqual([]);
  });

  test('is limited to 5 requests of an address in a quarter of an hour', async () => {
    const { forget, dependencies } = platform({ RATE_LIMIT_SCALE: '1' });
    const ask = () => forget({ username: 'anyone' }, '192.0.2.99');
    const replies = [await ask(), await ask(), await ask(), await ask(), await ask(), await ask()];
    expect(outcomes(replies)).toEqual(['202', '202', '202', '202', '202', '429 RATE_LIMITED']);
    expect(replies.at(-1)?.headers['retry-after']).toBe('900');
    dependencies.now = new Date(dependencies.now.getTime() + 900_000);
    expect(outcome(await ask())).toBe('202');
  });

  test('needs one of username and email', async () => {
    const { forget } = platform();
    expect(outcomes([await forget({}), await forget({ username: 'a', email: 'b' })])).toEqual([
      '400 MISSING_FIELD',
      '422 VALIDATION_FAILED',
    ]);
  });

  test('sends each active user of an address an e-mail with a token of its own', async () => {
    const { forget, deliver, reset } = platform();
    const email = 'shared@example.com';
    const one = await addPerson('shared-1', { email });
    const other = await addPerson('shared-2', { email, organization: 2002 });
    await forget({ email: 'Shared@Example.com' });
    await deliver();
    const [[first = ''], [second = '']] = [await tokensOf(one), await tokensOf(other)];
    expect([first, second].map((token) => /^[\w-]{43}$/.test(token))).toEqual([true, true]);
    expect(first).not.toBe(second);
    expect(outcome(await reset(first))).toBe('200');
    expect(outcome(await reset(second))).toBe('200');
  });

  test('sends nothing to accounts that are not active, and nothing twice', async () => {
    const { forget, deliver, dependencies } = platform();
    const [active, disabled] = [await addPerson('is-active'), await addPerson('is-disabled', { status: 'disabled' })];
    for (const { user } of [active, disabled]) await forget({ username: user.username });
    dependencies.queues.sent.push(...dependencies.queues.sent);
    await deliver();
    expect([await tokensOf(active), await tokensOf(disabled)]).toEqual([[expect.any(String)], []]);
  });

  test('sends no more e-mails to an address than the brake allows, and answers the same', async () => {
    const { forget, deliver, dependencies } = platform();
    const [braked, other] = [await addPerson('braked'), await addPerson('not-braked')];
    const { pair } = brakes['password-reset'];
    for (let sent = 0; sent < pair; sent += 1)
      await newBrake(windowsOfStore(stores.store))(
        'password-reset',
        { organization: 2001, target: 'Braked@example.com' },
        dependencies.clock(),
      );
    const answers: Reply[] = [];
    for (const { user } of [braked, other]) answers.push(await forget({ username: user.username }));
    await deliver();
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect([await tokensOf(braked), await tokensOf(other)]).toEqual([[], [expect.any(String)]]);
  });

  test('makes at most three live tokens', async () => {
    const { forget, deliver, dependencies } = platform();
    const person = await addPerson('impatient');
    for (let count = 0; count < 5; count += 1) await forget({ username: 'impatient' });
    await deliver();
    expect(await tokensOf(person)).toHaveLength(3);
    dependencies.now = new Date(dependencies.now.getTime() + 1_801_000);
    await forget({ username: 'impatient' });
    await deliver();
    expect(await tokensOf(person)).toHaveLength(4);
  });

  test('stores the hash of a token only, but for the e-mail until it is sent', async () => {
    const { forget, deliver } = platform();
    const person = await addPerson('hashed');
    await forget({ username: 'hashed' });
    await deliver();
    const [token = ''] = await tokensOf(person);
    const events = JSON.stringify(await eventsOf(stores.store, 2001));
    expect(events).toContain('Reset your password');
    expect(events).not.toContain(token);
  });

  test('sends the bare token where no page is set', async () => {
    const { forget, deliver } = platform({});
    const person = await addPerson('bare');
    await forget({ username: 'bare' });
    await deliver();
    const [email] = await emailsOf(2001, 'bare@example.com');
    expect(email?.variables).toEqual({ username: 'bare', minutes: 30, token: (await tokensOf(person))[0] });
  });
});

describe('a reset', () => {
  /** A person that has a token, and a session. */
  async function forgetful(name: string, of = platform()) {
    const person = await addPerson(name);
    const session = (await of.logIn(person, person.password)).body.data['token'] ?? '';
    await of.forget({ username: name });
    await of.deliver();
    const [token = ''] = await tokensOf(person);
    return { ...of, person, session, token };
  }

  test('sets the password, and ends all sessions', async () => {
    const { reset, logIn, person, session, token, auth, dependencies } = await forgetful('resets');
    const reply = await reset(token);
    expect([reply.status, reply.body]).toEqual([
      200,
      {
        success: true,
        message: 'Password changed successfully',
        data: {
          username: 'resets',
          password_changed_at: dependencies.now.toISOString(),
          still_valid: { access_keys: 0, devices: 0, phone_lines: 0 },
        },
      },
    ]);
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(outcomes([await logIn(person, person.password), await logIn(person, better)])).toEqual([
      '401 INVALID_CREDENTIALS',
      '200',
    ]);
    expect(outcome(await call(auth, 'GET /auth/session', { token: session }))).toBe('401 INVALID_TOKEN');
    const events = (await eventsOf(stores.store, 2001)).filter(({ entity }) => entity.id === person.user.id);
    expect(events.find(({ type }) => type === 'user.password_changed')).toMatchObject({
      actor: { id: person.user.id },
      data: { by_reset: true, sessions_terminated: 1 },
    });
  });

  test('ends the lock-out of the name', async () => {
    const { reset, logIn, person, token } = await forgetful('locked-out');
    for (let count = 0; count < 5; count += 1) await logIn(person, 'wrong');
    expect(outcome(await logIn(person, person.password))).toBe('403 ACCOUNT_LOCKED');
    await reset(token);
    expect(outcome(await logIn(person, better))).toBe('200');
  });

  test('is done once by 64 at once', async () => {
    const { reset, token } = await forgetful('stormy');
    const replies = await Promise.all(Array.from({ length: 64 }, (_, at) => reset(token, `Marble-Kettle-Drum-${at}`)));
    const counts = Map.groupBy(outcomes(replies), (each) => each);
    expect(counts.get('200')).toHaveLength(1);
    const others = [...counts.keys()].filter((each) => each !== '200');
    expect(others.filter((each) => each !== '401 INVALID_TOKEN' && each !== '503 UNAVAILABLE')).toEqual([]);
    expect(outcome(await reset(token))).toBe('401 INVALID_TOKEN');
  });

  test('voids the other tokens of the user; so does any new password', async () => {
    const { reset, forget, deliver, person, users, logIn } = await forgetful('voided');
    await forget({ username: 'voided' });
    await deliver();
    const [second = '', first = ''] = await tokensOf(person);
    expect(outcomes([await reset(first), await reset(second)])).toEqual(['200', '401 INVALID_TOKEN']);
    await forget({ username: 'voided' });
    await deliver();
    const [third = ''] = await tokensOf(person);
    const session = (await logIn(person, better)).body.data['token'] ?? '';
    const changed = await call(users, 'POST /users/{id}/password', {
      token: session,
      params: { id: person.user.id },
      json: { current_password: better, new_password: 'Velvet-Anchor-Plum-8' },
    });
    expect([outcome(changed), outcome(await reset(third))]).toEqual(['200', '401 INVALID_TOKEN']);
  });

  test('rejects weak and used passwords, and leaves the token', async () => {
    const { reset, person, token } = await forgetful('picky');
    expect(
      outcomes([
        await reset(token, 'short'),
        await reset(token, 'PICKY@example.com'),
        await reset(token, person.password),
        await reset(token),
      ]),
    ).toEqual(['422 WEAK_PASSWORD', '422 WEAK_PASSWORD', '422 PASSWORD_REUSED', '200']);
  });

  test('rejects unknown and expired tokens', async () => {
    const { reset, token, dependencies } = await forgetful('late');
    expect(outcomes([await reset('x'), await reset('A'.repeat(43), 'short')])).toEqual([
      '401 INVALID_TOKEN',
      '401 INVALID_TOKEN',
    ]);
    dependencies.now = new Date(dependencies.now.getTime() + 1_800_000);
    expect(outcome(await reset(token))).toBe('401 INVALID_TOKEN');
  });
});
