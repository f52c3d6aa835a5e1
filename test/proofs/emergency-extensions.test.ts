import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { directory } from '#functions/accounts/directory/contract.ts';
import { directoryHandler } from '#functions/accounts/directory/handler.ts';
import { users } from '#functions/accounts/users/contract.ts';
import { usersHandler } from '#functions/accounts/users/handler.ts';
import { contracts } from '#functions/contracts.ts';
import { callFlows } from '#functions/telephony/call-flows/contract.ts';
import { callFlowsHandler } from '#functions/telephony/call-flows/handler.ts';
import { devices } from '#functions/telephony/devices/contract.ts';
import { deviceHandler } from '#functions/telephony/devices/handler.ts';
import { ringGroups } from '#functions/telephony/ring-groups/contract.ts';
import { ringGroupsHandler } from '#functions/telephony/ring-groups/handler.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { newMac } from '../system/hardware.fixture.ts';
import { outcome, uniqueName, type Body } from '../system/tenant.fixture.ts';

/** Nothing that phones call has an emergency number as its extension (`#telephony/own-extensions.ts`). */

const functions = functionsOf(
  [users, usersHandler],
  [directory, directoryHandler],
  [ringGroups, ringGroupsHandler],
  [callFlows, callFlowsHandler],
  [devices, deviceHandler],
);
let tenant: TestTenant;
beforeAll(async () => {
  tenant = await functions.newTenant({ country: 'DE' });
});

const person = () => ({ username: uniqueName('ann') });
const contact = () => ({ displayName: uniqueName('Bob'), email: 'bob@example.com' });
const group = () => ({ name: uniqueName('sales'), members: [{ number: '+498912345678' }] });
const flow = () => ({
  name: uniqueName('menu'),
  start: 'end',
  steps: { end: { type: 'hangup' } },
});
const phone = () => ({ mac_address: newMac() });

const withExtension = (body: Body, extension: string): Body => ({ ...body, extension });
const withLine = (body: Body, extension: string): Body => ({ ...body, lines: [{ extension }] });

type Case = {
  /** What creates it, and what changes it. */
  readonly routes: readonly [create: string, change: string];
  readonly bodyOf: () => Body;
  readonly give: (body: Body, extension: string) => Body;
};
const takers: Readonly<Record<string, Case>> = {
  'a user': { routes: ['PUT /users', 'POST /users/{id}'], bodyOf: person, give: withExtension },
  'a contact': {
    routes: ['POST /clientdirectory/{entity}', 'PUT /clientdirectory/{entity}'],
    bodyOf: contact,
    give: withExtension,
  },
  'a ring group': { routes: ['PUT /ringgroups/{id}', 'PUT /ringgroups/{id}'], bodyOf: group, give: withExtension },
  'a call flow': { routes: ['PUT /callflows/{id}', 'PUT /callflows/{id}'], bodyOf: flow, give: withExtension },
  'a line of a device': { routes: ['PUT /devices/{id}', 'POST /devices/{id}'], bodyOf: phone, give: withLine },
};

/** A simulation stores nothing. */
const notStored = 'POST /callflows/{id}/simulate';

test('every endpoint whose body has an extension is here', () => {
  const taking = contracts.flatMap((contract) =>
    contract.kind !== 'resource'
      ? []
      : contract.endpoints.flatMap(({ route, body }) => {
          const schema = body === undefined ? {} : z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' });
          return JSON.stringify(schema).includes('"extension":') ? [route] : [];
        }),
  );
  const covered = Object.values(takers).flatMap(({ routes }) => routes);
  expect([...new Set(covered), notStored].toSorted()).toEqual(taking.toSorted());
});

const rejected = '422 VALIDATION_FAILED';
let extensions = 300;

test.each(Object.entries(takers))('%s gets no emergency number', async (_name, { routes, bodyOf, give }) => {
  const [create, change] = routes.map((route) => {
    const [method = '', path = ''] = route.split(' ');
    return (id: string, body: Body) => tenant.ask(method, path.replace(/\{\w+\}/, id), body);
  });
  if (create === undefined || change === undefined) throw new Error('there are two routes');
  const body = bodyOf();
  const kind = routes[0].startsWith('PUT /devices') ? 'phone' : 'new';
  // 112 everywhere, 110 in Germany, and the same behind an international prefix.
  for (const number of ['112', '110', '00112']) expect(outcome(await create(kind, give(body, number)))).toBe(rejected);
  const made = await create(kind, give(body, String((extensions += 1))));
  expect(outcome(made)).toBe('201');
  const { data } = made.body as { readonly data: Body };
  const id = String(data['id'] ?? data['userId']);
  expect(outcome(await change(id, give(body, '110')))).toBe(rejected);
  // That of Great Britain is an extension like others.
  expect(outcome(await change(id, give(body, '999')))).toBe('200');
  expect(outcome(await change(id, give(body, String((extensions += 1)))))).toBe('200');
});
