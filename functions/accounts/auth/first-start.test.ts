import { expect, test } from 'vitest';
import {
  administratorFromEnvironment,
  administratorFromSecret,
  newOperator,
  operatorEvents,
  operatorNumber,
} from './first-start.ts';

const stamp = { userId: 'usr_1', profileId: 'bp_1', pageKey: 'key', now: '2026-11-20T10:00:00.000Z' };
const administrator = { username: 'admin', secret: { password: 'Correct-Horse-Battery-9' }, mustChange: false };

test('the environment names the administrator only together with a password', () => {
  expect(administratorFromEnvironment({})).toBeUndefined();
  expect(administratorFromEnvironment({ ADMIN_USERNAME: 'root', ADMIN_PASSWORD: '' })).toBeUndefined();
  expect(administratorFromEnvironment({ ADMIN_USERNAME: ' Root ', ADMIN_PASSWORD: 'Correct-Horse-Battery-9' })).toEqual(
    { username: 'root', secret: { password: 'Correct-Horse-Battery-9' }, mustChange: false },
  );
});

test.each([
  ['is too short', 'short'],
  ['is the username', 'administrator'],
  ["is the operator's name", 'Example Telecom'],
])('a password of the environment that %s must be changed', (_, password) => {
  const environment = {
    ADMIN_USERNAME: 'administrator',
    OPERATOR_NAME: 'Example Telecom',
    ADMIN_PASSWORD: password,
  };
  expect(administratorFromEnvironment(environment)?.mustChange).toBe(true);
});

test('the password of the generated secret must be changed; the name is from the environment', () => {
  const secret = JSON.stringify({ username: 'other', password: 'generated-by-the-cloud' });
  expect(administratorFromSecret({}, secret)).toEqual({
    username: 'admin',
    secret: { password: 'generated-by-the-cloud' },
    mustChange: true,
  });
  expect(() => administratorFromSecret({}, '{}')).toThrow();
});

test('the generated secret may have the hash of the password', () => {
  const secret = JSON.stringify({ username: 'other', password_hash: '$scrypt$…' });
  expect(administratorFromSecret({}, secret)).toEqual({
    username: 'admin',
    secret: { hash: '$scrypt$…' },
    mustChange: true,
  });
});

test('the operator is organization 1000 with a profile in USD and one user of the role operator', () => {
  const { organization, profile, user } = newOperator({}, administrator, stamp);
  expect(organization).toMatchObject({
    org_id: operatorNumber,
    type: 'operator',
    parent_id: null,
    name: 'Operator',
    country: 'US',
    timezone: 'UTC',
  });
  expect(profile).toMatchObject({ id: 'bp_1', currency: 'USD' });
  expect(user).toMatchObject({ id: 'usr_1', username: 'admin', roles: ['operator'], must_change_password: false });
});

test('name and country of the operator are from the environment', () => {
  const environment = { OPERATOR_NAME: 'Example Telecom', OPERATOR_COUNTRY: 'DE' };
  expect(newOperator(environment, administrator, stamp).organization).toMatchObject({
    name: 'Example Telecom',
    country: 'DE',
  });
});

test('the first start is recorded as the creation of an organization and of a user', () => {
  expect(operatorEvents(newOperator({}, administrator, stamp)).map(({ type, entity }) => [type, entity.id])).toEqual([
    ['org.created', 'org_1000'],
    ['user.created', 'usr_1'],
  ]);
});
