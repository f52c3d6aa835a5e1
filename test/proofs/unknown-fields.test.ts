import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { examples as trunks } from '#functions/telephony/sip-trunks/examples.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { uniqueName } from '#test/system/tenant.fixture.ts';
import { sipTrunks } from '#functions/telephony/sip-trunks/contract.ts';
import { trunksHandler } from '#functions/telephony/sip-trunks/handler.ts';
import { tariffs } from '#functions/billing/tariffs/contract.ts';
import { tariffsHandler } from '#functions/billing/tariffs/handler.ts';
import { users } from '#functions/accounts/users/contract.ts';
import { usersHandler } from '#functions/accounts/users/handler.ts';
import { dialplanEvaluator } from '#functions/dialplan/dialplan-evaluator/contract.ts';
import { evaluator } from '#functions/dialplan/dialplan-evaluator/handler.ts';

const functions = functionsOf(
  [sipTrunks, trunksHandler],
  [tariffs, tariffsHandler],
  [users, usersHandler],
  [dialplanEvaluator, evaluator],
);

/** Misspelt fields and parameters, in every response format (shared/http/README.md, "Requests"). */

let tenant: TestTenant;
beforeAll(async () => {
  tenant = await functions.newTenant();
});

const unknown = (name: string, nearest: string) => `${name} is unknown and has no effect; did you mean ${nearest}?`;

test('a misspelt limit of a trunk is named beside the trunk that was made without it', async () => {
  const { max_channels: limit, ...trunk } = trunks.createTrunk;
  const body = { ...trunk, name: uniqueName('trunk'), max_chanels: limit };
  const answer = await tenant.ask('PUT', '/siptrunk/new', body);
  expect(answer).toMatchObject({ status: 201, body: { success: true, data: { max_channels: null } } });
  expect(answer.body).toMatchObject({
    warnings: expect.arrayContaining([unknown('The field max_chanels', 'max_channels')]),
  });
});

test('a misspelt fee of a rate is named by its place in the list', async () => {
  const rates = [{ prefix: '1', name: 'US', price_per_minute: '0.01', conect_fee: '0.1' }];
  const body = { name: uniqueName('tariff'), currency: 'USD', rates };
  const answer = await functions.askAsOperator('PUT', '/tariffs/new', body);
  expect(answer).toMatchObject({
    status: 201,
    body: { warnings: [unknown('The field rates[0].conect_fee', 'connect_fee')] },
  });
});

test('a misspelt parameter of a list is named beside the list', async () => {
  const { body } = await tenant.ask('GET', '/users?statsu=active');
  expect(body).toMatchObject({ success: true, warnings: [unknown('The parameter statsu', 'status')] });
});

test('a simulation that is misspelt is not silently a decision', async () => {
  const { body } = await tenant.ask('POST', '/dialplan/evaluate', { called: '+14155550100', dry_rum: true });
  expect(body).toMatchObject({ warnings: expect.arrayContaining([unknown('The field dry_rum', 'dry_run')]) });
});

test('call handling that is sent to a user is not silently accepted', async () => {
  const made = await tenant.ask('PUT', '/users', {
    username: uniqueName('handled'),
    dnd: true,
    call_forwarding: '204',
  });
  expect(made).toMatchObject({ status: 201 });
  const { data, warnings } = z
    .object({ data: z.object({ id: z.string() }), warnings: z.array(z.string()) })
    .parse(made.body);
  expect(warnings).toEqual([
    expect.stringContaining('The field dnd is unknown and has no effect'),
    expect.stringContaining('The field call_forwarding is unknown and has no effect'),
  ]);
  expect(await tenant.ask('POST', `/users/${data.id}`, { dnd: true })).toMatchObject({
    status: 200,
    body: { warnings: [expect.stringContaining('The field dnd is unknown')] },
  });
  for (const field of [{ forward: { always: '204' } }, { do_not_disturb: true }])
    expect(await tenant.ask('POST', `/users/${data.id}`, field)).toMatchObject({
      status: 422,
      body: { error: { code: 'NOT_YET_SUPPORTED', details: [{ path: Object.keys(field)[0] }] } },
    });
});
