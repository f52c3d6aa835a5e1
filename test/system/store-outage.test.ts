import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { phonePair, storeOfCloud, untilHealth } from './outages.fixture.ts';
import { allCdrs, startTaskCloud, type TaskCloud } from './sidecar-tasks.fixture.ts';
import { converse, expectEnd, type Conversation, type RegisteredSoftphone } from './softphones.fixture.ts';

/** The store of `npm start` ends, or does not answer, while a call is up. */

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: RegisteredSoftphone;
let bob: RegisteredSoftphone;
beforeAll(async () => {
  cloud = await startTaskCloud(1);
  everything.defer(() => cloud.cloud.stop());
  [ann, bob] = await phonePair(cloud, everything.use(new DisposableStack()));
});
afterAll(() => everything.disposeAsync());

const store = (): number => storeOfCloud(cloud.cloud);

const annCallsBob = (): Promise<Conversation> => converse(ann.phone, bob.phone, '202');

/** Ends a call by its caller, and waits for the one CDR that it adds. */
async function expectCdr({ caller, callee }: Conversation, before: number): Promise<void> {
  expect([caller.isUp, callee.isUp]).toEqual([true, true]);
  caller.hangUp();
  await expectEnd(callee, 'ended by peer');
  await eventually(async () => {
    const cdrs = await allCdrs(cloud.tenant);
    expect(cdrs).toHaveLength(before + 1);
    expect(cdrs[0]).toMatchObject({ caller: '201', callee: '202', disposition: 'ANSWERED' });
  }, 30_000);
}

test('a store that is killed is started again with its data, and the call that is up goes on', async () => {
  const call = await annCallsBob();
  const before = store();
  process.kill(before, 'SIGKILL');
  await eventually(() => expect(cloud.cloud.printed()).toContain('The DynamoDB store runs again.'), 20_000);
  expect(cloud.cloud.printed()).toContain('The DynamoDB store ended unexpectedly (SIGKILL); it is started again.');
  expect(store()).not.toBe(before);
  expect(await cloud.tenant.ask('GET', '/users')).toMatchObject({ status: 200 });
  await expectCdr(call, 0);
  await expectCdr(await annCallsBob(), 1);
  await untilHealth(cloud.cloud, 200);
});

test('while the store does not answer, /health is 503; a call goes on and is charged after that', async () => {
  const call = await annCallsBob();
  const stopped = store();
  process.kill(stopped, 'SIGSTOP');
  await untilHealth(cloud.cloud, 503);
  process.kill(stopped, 'SIGCONT');
  await untilHealth(cloud.cloud, 200);
  expect(store()).toBe(stopped);
  await expectCdr(call, 2);
});
