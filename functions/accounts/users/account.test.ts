import { describe, expect, test } from 'vitest';
import {
  AccountChange,
  assertNotOwnAccount,
  assertNotOwnRights,
  assertNotRouted,
  changeAccount,
  matches,
  NewAccount,
  newAccount,
  weakFirstPassword,
} from './account.ts';

const stamp = { id: 'usr_1', now: '2026-11-20T10:00:00.000Z' };
const later = '2026-11-21T10:00:00.000Z';
const strong = 'Velvet-Anchor-Orchard-7';
const make = (fields: object) => newAccount(NewAccount.parse({ username: 'ada', ...fields }), stamp);
const change = (of: ReturnType<typeof make>, fields: object) => changeAccount(of, AccountChange.parse(fields), later);
const invalid = (path: string): unknown =>
  expect.objectContaining({ code: 'VALIDATION_FAILED', details: [expect.objectContaining({ path })] });

describe('a new user', () => {
  test('without a password is pending, with the role agent', () => {
    expect(make({})).toMatchObject({
      status: 'pending',
      roles: ['agent'],
      password_changed_at: null,
      must_change_password: false,
      language: 'en',
      timezone: null,
    });
  });

  test('with a password is active and must change it, unless that is waived', () => {
    expect(make({ password: strong })).toMatchObject({
      status: 'active',
      must_change_password: true,
      password_changed_at: stamp.now,
    });
    expect(make({ password: strong, must_change_password: false }).must_change_password).toBe(false);
  });

  test('is not active without a password, but may be disabled', () => {
    expect(() => make({ status: 'active' })).toThrow(invalid('status'));
    expect(make({ status: 'disabled' }).status).toBe('disabled');
  });

  test('has a username of 3 to 254 plain characters, folded', () => {
    expect(make({ username: ' ＡＤＡ.L ' }).username).toBe('ada.l');
    expect(make({ username: 'a'.repeat(254) }).username).toHaveLength(254);
    expect(() => make({ username: 'ab' })).toThrow(invalid('username'));
    expect(() => make({ username: 'ada lovelace' })).toThrow(invalid('username'));
    expect(() => make({ username: 'service#1001#x' })).toThrow(invalid('username'));
    expect(() => make({ username: 'service#1001#x@example.org' })).toThrow(invalid('username'));
  });

  test('may be named by any e-mail address, in its stored form', () => {
    expect(make({ username: "O'Brien@Bücher.example" }).username).toBe("o'brien@xn--bcher-kva.example");
  });

  test.each(['do_not_disturb', 'forward', 'follow_me', 'when_closed'])(
    'is not made with %s, which would have no effect',
    (name) => {
      const rejection = { code: 'NOT_YET_SUPPORTED', details: [expect.objectContaining({ path: name })] };
      expect(() => make({ [name]: true })).toThrow(expect.objectContaining(rejection));
      expect(() => change(make({}), { [name]: '+14155550100' })).toThrow(expect.objectContaining(rejection));
      expect(change(make({}), { [name]: null })).not.toHaveProperty(name);
    },
  );

  test('has no client_id', () => {
    expect(() => make({ client_id: 'svc_switch' })).toThrow(invalid('client_id'));
  });
});

describe('a new service account', () => {
  const service = (fields: object = {}) => make({ type: 'service', username: 'Switch 1', ...fields });

  test('is active without roles, and logs in by its id or a chosen client_id', () => {
    expect(service()).toMatchObject({ status: 'active', roles: [], username: 'Switch 1', client_id: 'usr_1' });
    expect(service({ client_id: 'svc_switch' }).client_id).toBe('svc_switch');
  });

  test('has a name of 3 to 64 characters and no password', () => {
    expect(() => service({ username: 'ab' })).toThrow(invalid('username'));
    expect(() => service({ username: 'a'.repeat(65) })).toThrow(invalid('username'));
    expect(() => service({ password: strong })).toThrow(invalid('password'));
  });
});

test.each([
  [{ extension: '1' }, false],
  [{ extension: '12' }, true],
  [{ extension: '123456789' }, false],
  [{ language: 'en-GB' }, true],
  [{ language: 'english!' }, false],
  [{ roles: ['agent', 'agent'] }, false],
  [{ roles: Array.from({ length: 11 }, (_, at) => `role${at}`) }, false],
  [{ client_id: 'svc_ab' }, false],
  [{ client_id: 'svc_abc' }, true],
  [{ mobile: '0049228' }, false],
])('%j is accepted: %s', (fields, isAccepted) =>
  expect(NewAccount.safeParse({ username: 'ada', ...fields }).success).toBe(isAccepted),
);

test('the first password must be good, and is no name', async () => {
  const weak = async (fields: object) =>
    (await weakFirstPassword(NewAccount.parse({ username: 'ada.lovelace.1', ...fields }), 'Example Telecom'))?.code;
  expect([
    await weak({}),
    await weak({ password: strong }),
    await weak({ password: 'short' }),
    await weak({ password: 'ADA.lovelace.1' }),
    await weak({ password: 'ada@example.com', email: 'ada@example.com' }),
    await weak({ password: 'example telecom' }),
  ]).toEqual([undefined, undefined, 'WEAK_PASSWORD', 'WEAK_PASSWORD', 'WEAK_PASSWORD', 'WEAK_PASSWORD']);
});

describe('a change', () => {
  const ada = make({ password: strong, first_name: 'Ada', extension: '201' });

  test('is a new version that keeps what it does not name, and clears what is null', () => {
    expect(change(ada, { extension: null, mobile: '+4922812345' })).toEqual({
      ...ada,
      extension: null,
      mobile: '+4922812345',
      updated_at: later,
      version: 2,
    });
  });

  test('of a name changes the display name, unless one was chosen', () => {
    expect(change(ada, { last_name: 'King' }).display_name).toBe('Ada King');
    const chosen = change(ada, { display_name: 'The Countess' });
    expect(change(chosen, { last_name: 'King' }).display_name).toBe('The Countess');
    expect(change(chosen, { display_name: null }).display_name).toBe('Ada');
  });

  test('of roles keeps since when the other roles are held', () => {
    const changed = change(ada, { roles: ['agent', 'viewer'] });
    expect(changed.roles).toEqual(['agent', 'viewer']);
    expect(changed).toMatchObject({ roles_since: { agent: stamp.now, viewer: later } });
  });

  test('sets the language back to the default by null', () => {
    expect(change(change(ada, { language: 'de' }), { language: null }).language).toBe('en');
  });

  test('cannot touch the type or the password, but may repeat the type', () => {
    expect(change(ada, { type: 'user' }).version).toBe(2);
    expect(() => change(ada, { type: 'service' })).toThrow(invalid('type'));
    expect(() => change(ada, { password: strong })).toThrow(invalid('password'));
  });

  test('does not activate a user without a password', () => {
    expect(() => change(make({}), { status: 'active' })).toThrow(invalid('status'));
    expect(change(ada, { status: 'active' }).status).toBe('active');
  });
});

test('a user to which numbers route is named with up to 20 of them', () => {
  const numbers = Array.from({ length: 21 }, (_, at) => ({ id: `num_${at}`, number: `+1${at}` }));
  assertNotRouted([]);
  expect(() => {
    assertNotRouted(numbers);
  }).toThrow(
    expect.objectContaining({
      code: 'USER_HAS_RESOURCES',
      details: numbers.slice(0, 20).map(({ id, number }) => ({ path: id, message: `number ${number} routes to it` })),
    }),
  );
});

test("the caller's own roles, status and account are changed by others", () => {
  const ownAccount = expect.objectContaining({ code: 'OWN_ACCOUNT' }) as unknown;
  assertNotOwnRights(true, { first_name: 'Ada' });
  assertNotOwnRights(false, { roles: [], status: 'disabled' });
  assertNotOwnAccount(false);
  expect(() => {
    assertNotOwnRights(true, { roles: [] });
  }).toThrow(ownAccount);
  expect(() => {
    assertNotOwnRights(true, { status: 'active' });
  }).toThrow(ownAccount);
  expect(() => {
    assertNotOwnAccount(true);
  }).toThrow(ownAccount);
});

test.each([
  [{}, true],
  [{ q: 'ÁDA' }, true],
  [{ q: '20' }, true],
  [{ q: 'da' }, false],
  [{ status: 'active' }, true],
  [{ status: 'pending' }, false],
  [{ type: 'service' }, false],
  [{ role: 'agent' }, true],
  [{ role: 'admin' }, false],
  [{ group: 'grp_1' }, true],
  [{ group: 'grp_2' }, false],
  [{ q: 'ada', role: 'admin' }, false],
])('the filter %j matches: %s', (filter, isMatch) =>
  expect(matches({ ...make({ password: strong, extension: '201' }), groups: ['grp_1'] }, filter)).toBe(isMatch),
);
