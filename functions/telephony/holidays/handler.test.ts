import { beforeAll, expect, test } from 'vitest';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { noon } from '#test/support/dependencies.fixture.ts';
import { outcome } from '#test/system/tenant.fixture.ts';
import { holidays } from './contract.ts';
import { holidaysHandler } from './handler.ts';

const functions = functionsOf([holidays, holidaysHandler]);
let tenant: TestTenant;
beforeAll(async () => {
  tenant = await functions.newTenant();
});

test('the holidays are those of the country of the organization, in the present year', async () => {
  const { body } = await tenant.ask('GET', '/holidays');
  expect(body).toMatchObject({ data: { country: expect.any(String), region: null, year: noon.getUTCFullYear() } });
});

test.each([
  ['country=Germany', 'country'],
  ['country=DE&region=ZZ', 'region'],
  ['year=1999', 'year'],
  ['language=../..', 'language'],
])('%s is rejected by its path', async (query, path) => {
  const answer = await tenant.ask('GET', `/holidays?${query}`);
  expect(outcome(answer)).toBe('400 INVALID_PARAMETER');
  expect(answer.body).toMatchObject({ error: { details: [{ path }] } });
});
