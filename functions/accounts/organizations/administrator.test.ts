import { expect, test } from 'vitest';
import { FirstAdministrator, newAdministrator, weakAdministratorPassword } from './administrator.ts';

const stamp = { id: 'usr_1', now: '2026-11-20T10:00:00.000Z', generated: true };
const wanted = FirstAdministrator.parse({ username: ' Ada@Example.COM ', first_name: 'Ada' });

test('the administrator of a reseller has the role reseller, of a customer admin', () => {
  expect(newAdministrator(wanted, { type: 'reseller' }, stamp).roles).toEqual(['reseller']);
  expect(newAdministrator(wanted, { type: 'customer' }, stamp).roles).toEqual(['admin']);
});

test('a generated password must be changed, a chosen one not', () => {
  expect(newAdministrator(wanted, { type: 'customer' }, stamp)).toMatchObject({
    username: 'ada@example.com',
    display_name: 'Ada',
    email: null,
    status: 'active',
    must_change_password: true,
  });
  expect(newAdministrator(wanted, { type: 'customer' }, { ...stamp, generated: false }).must_change_password).toBe(
    false,
  );
});

test('a chosen password must be good, and is no name; a generated one is not judged', async () => {
  const weak = (password: string | null) => weakAdministratorPassword({ ...wanted, password }, 'Example Telecom');
  expect(await weak('short')).toMatchObject({ code: 'WEAK_PASSWORD', details: [{ path: 'admin.password' }] });
  expect((await weak('example telecom'))?.code).toBe('WEAK_PASSWORD');
  expect((await weak('ADA@example.com'))?.code).toBe('WEAK_PASSWORD');
  expect((await weak('123456789012'))?.code).toBe('WEAK_PASSWORD');
  expect([await weak('Correct-Horse-Battery-9'), await weak(null)]).toEqual([null, null]);
});

test.each(['ab', 'a b c', 'ada#1', 'a'.repeat(255)])('%j is no username', (username) =>
  expect(FirstAdministrator.safeParse({ username }).success).toBe(false),
);
