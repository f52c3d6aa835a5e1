import { expect, test } from 'vitest';
import * as z from 'zod';
import { organizationOf, userOf } from '#test/support/people.fixture.ts';
import { startService } from '#test/support/service.fixture.ts';
import { ask } from '#test/support/toy-shop.fixture.ts';
import { toy, toyRow } from '#test/support/toys.fixture.ts';
import { reads, writes } from '../../contract/effects.ts';
import { endpoint } from '../../contract/endpoint.ts';
import { resource } from '../../contract/resource.ts';
import { commit } from '../../dynamodb/commit.ts';
import { tableFor } from '../../dynamodb/table.ts';
import { userRow } from '../../dynamodb/rows/user.ts';
import { overwrite } from '../../dynamodb/write.ts';
import { IdInUrl } from '../../schema/values.ts';
import { commits, ok } from '../answers/answer.ts';
import { serve } from '../serve.ts';
import { noSources } from './rights.ts';

const spec = {
  summary: 'Toy',
  scope: 'users:write',
  params: { id: IdInUrl },
  answers: { 200: z.object({}) },
  errors: [],
  effects: [writes('trunk'), reads('user')],
} as const;
const path = endpoint('PUT /path/{id}', { ...spec, actsOn: { path: 'id' } });
const careless = endpoint('PUT /careless/{id}', { ...spec, actsOn: 'found' });
const careful = endpoint('PUT /careful/{id}', { ...spec, actsOn: 'found' });
const everyone = endpoint('PUT /everyone/{id}', { ...spec, actsOn: 'everyone' });

const toys = resource('toys', { area: 'system', format: 'standard', endpoints: [path, careless, careful, everyone] });
const store = () => commits([overwrite(toyRow, toy(1))], ok({}));
const service = startService((dependencies) =>
  serve(
    toys,
    {
      [path.route]: async () => store(),
      [careless.route]: async () => store(),
      [careful.route]: async ({ assertManages }) => {
        assertManages([], noSources);
        return store();
      },
      [everyone.route]: async () => store(),
    },
    dependencies,
  ),
);

const organization = 8_100;
const signIn = () =>
  service.tenants.join(organization, {
    organization: organizationOf(organization),
    user: { roles: ['manager'] },
    session: { scopes: ['users:read', 'users:write'] },
  });
const put = async (route: string, token: string, id = 'usr_target') => {
  const { status, code } = await ask(service.handler, `PUT /${route}/{id}`, { params: { id }, token });
  return code === undefined ? String(status) : `${status} ${code}`;
};
const stored = () => tableFor<'trunk'>(service.store, organization).get(toyRow, { id: toy(1).id });

test('the pipeline lets no caller act on the user in the path that may do more', async () => {
  const token = await signIn();
  await commit(service.store, organization, [overwrite(userRow, userOf('usr_target', { roles: ['admin'] }))]);
  expect([await put('path', token), await stored()]).toEqual(['403 CANNOT_MANAGE_USER', undefined]);
  await commit(service.store, organization, [overwrite(userRow, userOf('usr_weak', { roles: [] }))]);
  expect([await put('path', token, 'usr_weak'), await put('path', token, 'usr_unknown')]).toEqual(['200', '200']);
});

test('everyone includes the administrators', async () => {
  expect(await put('everyone', await signIn())).toBe('403 CANNOT_MANAGE_USER');
});

test('a handler that does not ask commits nothing', async () => {
  const token = await signIn();
  expect([await put('careless', token), await put('careful', token)]).toEqual(['500 INTERNAL_ERROR', '200']);
});
