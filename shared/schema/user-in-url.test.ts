import { expect, test } from 'vitest';
import { UserInUrl, valuesOfCaller, withCaller } from './user-in-url.ts';
import { IdInUrl } from './values.ts';

const schemas = { id: UserInUrl.describe('Id of the user'), owner: UserInUrl.optional(), group: IdInUrl };

test('`me` becomes the id of the caller where a user is named', () => {
  expect(withCaller(schemas, { id: 'me', owner: 'me', group: 'me', unknown: 'me' }, 'usr_1')).toEqual({
    id: 'usr_1',
    owner: 'usr_1',
    group: 'me',
    unknown: 'me',
  });
});

test('an id stays as it is', () => {
  expect(valuesOfCaller(schemas, { id: 'usr_2', owner: 'ME' })).toEqual([]);
  expect(withCaller(schemas, { id: 'usr_2' }, 'usr_1')).toEqual({ id: 'usr_2' });
});

test.each(['me', 'usr_1'])('%s is well-formed', (value) => {
  expect(UserInUrl.safeParse(value).success).toBe(true);
});

test.each(['', 'ME', 'me ', 'anna'])('"%s" is malformed', (value) => {
  expect(UserInUrl.safeParse(value).success).toBe(false);
});
