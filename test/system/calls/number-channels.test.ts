import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { newGatewayTo, newNumber, newPolicyFor, useExtensions } from '../calls.fixture.ts';
import { newCalledUserAt, type CalledUser } from '../called-users.fixture.ts';
import { ownAddress } from '../peers/sip-server.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome } from '../tenant.fixture.ts';

/** A number that presents no more calls to the outside than it may. */

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let bob: CalledUser;
let number: string;
const newMobile = (): string => `+4670${String(randomInt(1e7)).padStart(7, '0')}`;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant, operator, tasks } = cloud;
  const [task] = tasks;
  bob = await newCalledUserAt(task, tenant, '202', everything.use(new DisposableStack()));
  number = await newNumber(tenant, { type: 'user', id: bob.id }, operator);
  const carrier = everything.use(await Softphone.open(task, { from: ownAddress() }));
  await newPolicyFor(tenant, '^[+]4670', (await newGatewayTo(tenant, carrier.place)).name);
  expect(outcome(await tenant.ask('POST', `/users/${bob.id}`, { direct_number: number }))).toBe('200');
  await useExtensions(tenant);
});
afterAll(() => everything.disposeAsync());

const ask = (method: string, body?: object) =>
  cloud.tenant.ask(method, `/numbers/${encodeURIComponent(number)}/channels`, body);

const expectOutbound = (count: number) =>
  eventually(async () => {
    const { body } = await ask('GET');
    expect(body).toMatchObject({ data: { in_use: { total: count, outbound: count } } });
  });

test('a call beyond `max_outbound` is 486, and the next one passes when another has ended', async () => {
  expect(outcome(await ask('PUT', { max_outbound: 1 }))).toBe('200');
  const first = bob.phone.call(newMobile());
  await eventually(() => expect(first.isUp).toBe(true));
  await expectOutbound(1);
  const second = bob.phone.call(newMobile());
  await eventually(() => expect(second.log.at(-1)).toBe('failed 486'));
  first.hangUp();
  await expectOutbound(0);
  const third = bob.phone.call(newMobile());
  await eventually(() => expect(third.isUp).toBe(true));
  third.hangUp();
  await expectOutbound(0);
});
