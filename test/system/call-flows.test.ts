import { beforeAll, expect, test } from 'vitest';
import { examples } from '#functions/telephony/call-flows/examples.ts';
import { textAt } from '../support/example-request.ts';
import { eventually } from '../support/eventually.ts';
import { newNumber } from './calls.fixture.ts';
import { outcome, texts, uniqueName, type AdministeredTenant } from './tenant.fixture.ts';
import { wavTone } from '../support/wav.fixture.ts';
import { uploadSound } from './sounds.fixture.ts';
import { twoTenants } from './voicemail.fixture.ts';

let tenant: AdministeredTenant;
let ask: AdministeredTenant['ask'];
let other: AdministeredTenant['ask'];
beforeAll(async () => {
  [tenant, { ask: other }] = await twoTenants('flows');
  ({ ask } = tenant);
});

const save = (fields: object = {}, id = 'new') =>
  ask('PUT', `/callflows/${id}`, { ...examples.saveCallFlow, name: uniqueName('flow'), ...fields });
const idOf = (answer: Parameters<typeof texts>[0]): string => texts(answer)['id'] ?? '';
const playing = (file: string) => ({ start: 'hello', steps: { hello: { type: 'play', prompt: { file } } } });

const readySound = (): Promise<string> => uploadSound({ ask }, wavTone(440, 0.1));

test('a flow plays a sound, which is in use until the flow is deleted', async () => {
  const file = await readySound();
  const made = await save(playing(file));
  expect(outcome(made)).toBe('201');
  expect(outcome(await ask('DELETE', `/files/${file}`))).toBe('409 FILE_IN_USE');
  const replaced = await save({}, idOf(made));
  expect([outcome(replaced), textAt(replaced.body, 'data', 'start')]).toEqual(['200', 'welcome']);
  const first = await ask('GET', `/callflows/${idOf(made)}?version=1`);
  expect(textAt(first.body, 'data', 'start')).toBe('hello');
  expect(outcome(await ask('DELETE', `/callflows/${idOf(made)}`))).toBe('200');
  expect(outcome(await ask('DELETE', `/files/${file}`))).toBe('200');
});

test('another organization neither finds a flow nor uses its sound', async () => {
  const id = idOf(await save());
  expect(outcome(await other('GET', `/callflows/${id}`))).toBe('404 NOT_FOUND');
  const stolen = { name: uniqueName('flow'), ...playing(await readySound()) };
  expect(outcome(await other('PUT', '/callflows/new', stolen))).toBe('422 VALIDATION_FAILED');
});

test('a call is simulated in a saved flow', async () => {
  const id = idOf(await save());
  const walk = await ask('POST', `/callflows/${id}/simulate`, examples.simulateCallFlow);
  expect([outcome(walk), textAt(walk.body, 'data', 'steps', '1', 'exit')]).toEqual(['200', 'no_answer']);
});

test('a flow that another one uses is deleted with force, and its versions with it', async () => {
  const used = idOf(await save());
  const going = { start: 'go', steps: { go: { type: 'goto', flow: used } } };
  expect(outcome(await save(going))).toBe('201');
  expect(outcome(await ask('DELETE', `/callflows/${used}`))).toBe('409 FLOW_IN_USE');
  expect(outcome(await ask('DELETE', `/callflows/${used}?force=true`))).toBe('200');
  expect(outcome(await ask('GET', `/callflows/${used}?version=1`))).toBe('404 NOT_FOUND');
});

test('a flow that a number and a group use is deleted with force, and the route of the number cleared', async () => {
  const used = idOf(await save());
  const number = await newNumber(tenant, { type: 'flow', id: used });
  const group = await ask('PUT', '/ringgroups/new', {
    name: uniqueName('desk'),
    no_answer: { type: 'flow', id: used },
  });
  expect(outcome(group)).toBe('201');
  const users = [
    { type: 'number', id: number },
    { type: 'ringgroup', id: idOf(group) },
  ];
  expect((await ask('GET', `/callflows/${used}`)).body).toMatchObject({ data: { references: users } });
  const rejected = await ask('DELETE', `/callflows/${used}`);
  expect([outcome(rejected), textAt(rejected.body, 'error', 'details', '0', 'path')]).toEqual([
    '409 FLOW_IN_USE',
    `number/${number}`,
  ]);
  expect(outcome(await ask('DELETE', `/callflows/${used}?force=true`))).toBe('200');
  await eventually(
    async () => expect((await ask('GET', `/numbers/${number}`)).body).toMatchObject({ data: { route: null } }),
    20_000,
  );
});
