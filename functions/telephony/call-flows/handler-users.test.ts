import { beforeAll, expect, test } from 'vitest';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { textAt } from '#test/support/example-request.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { outcome, texts } from '#test/system/tenant.fixture.ts';
import { numbers } from '../numbers/contract.ts';
import { numbersHandler } from '../numbers/handler.ts';
import { ringGroups } from '../ring-groups/contract.ts';
import { ringGroupsHandler } from '../ring-groups/handler.ts';
import { callFlows } from './contract.ts';
import { examples } from './examples.ts';
import { callFlowsHandler } from './handler.ts';

const functions = functionsOf(
  [callFlows, callFlowsHandler],
  [numbers, numbersHandler],
  [ringGroups, ringGroupsHandler],
);
let tenant: TestTenant;
beforeAll(async () => {
  tenant = await functions.newTenant();
});

test('a flow that a number and a group use is deleted with force, and the route of the number cleared', async () => {
  const { ask } = tenant;
  const body = { ...examples.saveCallFlow, name: 'Used' };
  const { id: used = '' } = texts(await ask('PUT', '/callflows/new', body));
  const number = '+46905550100';
  await functions.askAsOperator('PUT', `/numbers/${number}`, {
    ...{ state: 'available', country: 'SE', type: 'geographic', capabilities: ['voice'] },
  });
  expect(outcome(await ask('PUT', `/numbers/${number}`, { route: { type: 'flow', id: used } }))).toBe('201');
  const group = await ask('PUT', '/ringgroups/new', {
    name: 'Desk',
    no_answer: { type: 'flow', id: used },
  });
  expect(outcome(group)).toBe('201');
  const users = [
    { type: 'number', id: number },
    { type: 'ringgroup', id: texts(group)['id'] },
  ];
  expect((await ask('GET', `/callflows/${used}`)).body).toMatchObject({ data: { references: users } });
  const rejected = await ask('DELETE', `/callflows/${used}`);
  expect([outcome(rejected), textAt(rejected.body, 'error', 'details', '0', 'path')]).toEqual([
    '409 FLOW_IN_USE',
    `number/${number}`,
  ]);
  expect(outcome(await ask('DELETE', `/callflows/${used}?force=true`))).toBe('200');
  await cascadesIn(functions.store)(tenant.organization, 'callflow.deleted', used);
  expect((await ask('GET', `/numbers/${number}`)).body).toMatchObject({ data: { route: null } });
});
