import { describe, expect, test } from 'vitest';
import { errorOf } from '#test/support/errors.fixture.ts';
import { authMethods, authTypes, connectorKinds, type AuthType, type ConnectorKind } from './connector-kind.ts';
import { at, stored, wanted, zendesk } from './connector.fixture.ts';
import {
  assertExisting,
  assertUnlinked,
  mask,
  NewDataConnector,
  newConnector,
  replaceConnector,
  serverOf,
  unlinkItem,
  type DataConnector,
} from './data-connector.ts';

/** The paths of what an error names; empty if there is none. */
const pathsOf = (work: () => unknown): readonly string[] => (errorOf(work)?.details ?? []).map(({ path }) => path);

const stamp = { id: 'dc_1', now: at };
const make = (body: object) => newConnector(wanted(body), stamp);
const item = { type: 'user', id: 'usr_1', sync_status: 'synced' } as const;

const all = {
  ...{ username: 'anna', client_id: 'client', organization: 'tenant.example.com' },
  ...{ password: 'pass word', client_secret: 'client secret', token: 'token', private_key: 'key' },
};
const methods = connectorKinds.flatMap((kind) =>
  Object.entries(authMethods[kind]).map(([auth, method]) => ({ kind, auth: auth as AuthType, method })),
);
const serverFor = (kind: ConnectorKind): string =>
  kind === 'ldap' ? 'ldaps://ldap.example.com' : 'https://a.example.com';
const bodyFor = (kind: ConnectorKind, auth: AuthType, fields: readonly (keyof typeof all)[]) => ({
  ...{ name: 'A', kind, server: serverFor(kind), auth_type: auth },
  ...Object.fromEntries(fields.map((name) => [name, all[name]])),
});

describe('each way to sign in', () => {
  test.for(methods)('$kind by $auth needs its secrets and fields, and stores its secrets', ({ kind, auth, method }) => {
    const needed = [...method.fields, ...method.secrets];
    expect(Object.keys(make(bodyFor(kind, auth, needed)).fresh).toSorted()).toEqual(method.secrets.toSorted());
    for (const name of needed) {
      const without = needed.filter((each) => each !== name);
      expect(pathsOf(() => make(bodyFor(kind, auth, without)))).toEqual([name]);
    }
  });

  test.for(methods)('$kind by $auth rejects secrets that it does not use', ({ kind, auth, method }) => {
    const others = (['password', 'client_secret', 'token', 'private_key'] as const).filter(
      (name) => !method.secrets.includes(name),
    );
    const body = bodyFor(kind, auth, [...method.fields, ...method.secrets, ...others]);
    expect(pathsOf(() => make(body))).toEqual(others);
  });

  test('is one that the kind has', () => {
    for (const kind of connectorKinds)
      for (const auth of authTypes.filter((each) => authMethods[kind][each] === undefined))
        expect(pathsOf(() => make(bodyFor(kind, auth, [])))).toEqual(['auth_type']);
  });
});

test('kinds have the names of the reference, too', () => {
  const kinds = ['SalesForce', 'MicrosoftDynamics', 'Sugar', 'http'].map((kind) => wanted({ ...zendesk, kind }).kind);
  expect(kinds).toEqual(['salesforce', 'dynamics', 'sugar', 'http']);
});

test('the mask is no secret of a new connector', () => {
  expect(pathsOf(() => make({ ...zendesk, token: mask }))).toEqual(['token']);
});

describe('a server', () => {
  test.for([
    ['zendesk', 'https://Acme.Zendesk.com/', 'https://acme.zendesk.com'],
    ['sugar', 'https://crm.example.com:8443/sugar//', 'https://crm.example.com:8443/sugar'],
    ['http', 'https://0x7f.1', 'https://127.0.0.1'],
    ['ldap', 'ldaps://Directory.example.com/', 'ldaps://directory.example.com:636'],
    ['ldap', 'ldaps://0x7f.1:636', 'ldaps://127.0.0.1:636'],
  ] as const)('of %s %s is %s', ([kind, server, canonical]) => {
    expect(serverOf({ kind, server })).toBe(canonical);
  });

  test.for([
    ['zendesk', 'ldaps://a.example.com'],
    ['zendesk', 'ftp://a.example.com'],
    ['zendesk', 'https://anna:secret@a.example.com'],
    ['zendesk', 'https://a.example.com/?a=b'],
    ['zendesk', 'https://a.example.com/#b'],
    ['zendesk', 'https:\\\\a.example.com'],
    ['ldap', 'https://a.example.com'],
    ['ldap', 'ldap://a.example.com'],
    ['ldap', 'ldaps://a.example.com/dc=example'],
    ['ldap', 'ldaps://a.example.com:0x27c'],
  ] as const)('of %s is not %s', ([kind, server]) => {
    expect(pathsOf(() => serverOf({ kind, server }))).toEqual(['server']);
  });
});

describe('a secret that is stored', () => {
  const after = (more: object, before: DataConnector = stored) =>
    replaceConnector(before, wanted({ ...zendesk, token: undefined, ...more }), at);

  test.for([
    ['absent', undefined],
    ['masked', mask],
  ])('stays when it is %s', ([, token]) => {
    const { connector, fresh } = after({ token, name: 'Other' });
    expect([connector.sealed_secrets, fresh]).toEqual([{ token: 'sealed' }, {}]);
  });

  test('is replaced by a new one', () => {
    const { connector, fresh } = after({ token: 'token-2' });
    expect([connector.sealed_secrets, fresh]).toEqual([{}, { token: 'token-2' }]);
  });

  const http: DataConnector = {
    ...stored,
    ...{ kind: 'http', auth_type: 'bearer', server: 'https://a.example.com', username: null, test_path: '/me' },
  };
  const httpBody = { name: 'A', kind: 'http', server: http.server, auth_type: 'bearer', test_path: '/me' };

  test.for([
    ['server', { server: 'https://evil.example.com' }],
    ['path of the server', { server: 'https://a.example.com/evil' }],
    ['port of the server', { server: 'https://a.example.com:8443' }],
    ['auth_type', { auth_type: 'header' }],
    ['test_path', { test_path: '/evil' }],
    ['tenant', { organization: 'evil' }],
    ['kind', { kind: 'gooddata', auth_type: 'token', test_path: undefined }],
  ] as const)('does not go to another %s', ([, change]) => {
    expect(pathsOf(() => replaceConnector(http, wanted({ ...httpBody, ...change, token: mask }), at))).toEqual([
      'token',
    ]);
    const { connector, fresh } = replaceConnector(http, wanted({ ...httpBody, ...change, token: 'again' }), at);
    expect([connector.sealed_secrets, fresh]).toEqual([{}, { token: 'again' }]);
  });

  test('stays while the server is written differently', () => {
    expect(pathsOf(() => after({ server: 'https://ACME.zendesk.com/' }))).toEqual([]);
  });

  test('of two, one may be sent again alone', () => {
    const sugar: DataConnector = {
      ...stored,
      ...{ kind: 'sugar', auth_type: 'password', server: 'https://s.example.com', client_id: 'c', username: 'u' },
      sealed_secrets: { password: 'sealed-1', client_secret: 'sealed-2' },
    };
    const body = {
      name: 'A',
      kind: 'sugar',
      server: sugar.server,
      auth_type: 'password',
      client_id: 'c',
      username: 'u',
    };
    const { connector, fresh } = replaceConnector(sugar, wanted({ ...body, password: 'new' }), at);
    expect([connector.sealed_secrets, fresh]).toEqual([{ client_secret: 'sealed-2' }, { password: 'new' }]);
  });
});

test('a change that a test could notice raises the version of the settings', () => {
  const raised = (more: object): number =>
    replaceConnector(stored, wanted({ ...zendesk, token: mask, ...more }), at).connector.settings_version;
  expect([raised({}), raised({ name: 'B' }), raised({ enabled: false }), raised({ items: [item] })]).toEqual([
    3, 3, 3, 3,
  ]);
  expect([raised({ username: 'other' }), raised({ token: 'new' }), raised({ account_type: 'x' })]).toEqual([4, 4, 3]);
});

describe('a value of the body', () => {
  const rejects = (more: object): boolean => !NewDataConnector.safeParse({ ...zendesk, ...more }).success;

  test('that would break a header or a line is rejected', () => {
    const broken = ['a\r\nb', 'ä', ' a', 'a\u0000'].map((token) => rejects({ token }));
    expect([...broken, rejects({ password: 'a\nb' }), rejects({ client_secret: 'a\u0085b' })]).not.toContain(false);
    expect(rejects({ token: 'a b' })).toBe(false);
  });

  test.for(['Host', 'content-length', 'Transfer-Encoding', 'proxy-authorization', 'a b', 'x:y', ''])(
    'is no header %s',
    (header_name) => {
      expect(rejects({ header_name })).toBe(true);
    },
  );

  test.for(['', 'me', 'https://evil.example.com', '/a b', '/a#b', '/a\\b', '/ä'])('is no test_path %s', (test_path) => {
    expect(rejects({ test_path })).toBe(true);
  });

  test.for(['../evil', 'a/b', 'a?b', 'a#b', '[::1]'])('is no tenant %s', (organization) => {
    const body = { ...bodyFor('dynamics', 'client_credentials', ['client_id', 'client_secret']), organization };
    expect(pathsOf(() => make(body))).toEqual(['organization']);
  });

  test('is no user name with a colon where it begins a Basic credential', () => {
    expect(pathsOf(() => make({ ...zendesk, username: 'a:b' }))).toEqual(['username']);
  });

  test('is for another kind', () => {
    expect(pathsOf(() => make({ ...zendesk, test_path: '/me', header_name: 'X-Key' }))).toEqual([
      'test_path',
      'header_name',
    ]);
  });
});

describe('items', () => {
  test('are named once each', () => {
    const items = [item, { ...item, id: 'usr_2' }, item];
    expect(pathsOf(() => make({ ...zendesk, items }))).toEqual(['items[2]']);
  });

  test('are 1,000 at most', () => {
    const items = Array.from({ length: 1_001 }, (_each, at) => ({ ...item, id: `usr_${at}` }));
    expect(
      [items, items.slice(1)].map((each) => NewDataConnector.safeParse({ ...zendesk, items: each }).success),
    ).toEqual([false, true]);
  });

  test('that the organization does not have are named', () => {
    const { items } = wanted({ ...zendesk, items: [item, { ...item, type: 'sim' }] });
    expect(pathsOf(() => assertExisting(items, ({ type }) => type === 'user'))).toEqual(['items[1].id']);
  });

  test('keep a connector from being deleted', () => {
    const { items } = wanted({ ...zendesk, items: [item] });
    expect(pathsOf(() => assertUnlinked({ ...stored, items }))).toEqual(['items[0]']);
    expect(pathsOf(() => assertUnlinked(stored))).toEqual([]);
  });

  test('of what was deleted go', () => {
    const { items } = wanted({ ...zendesk, items: [item, { ...item, type: 'sim' }, { ...item, id: 'usr_2' }] });
    const after = unlinkItem({ ...stored, items }, 'user', 'usr_1', at);
    expect([after.items, after.version]).toEqual([items.slice(1), stored.version + 1]);
  });
});
