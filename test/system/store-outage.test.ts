// Own cloud: stops and kills the store.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, past } from '../support/eventually.ts';
import type { SoftCall } from '../support/soft-call.fixture.ts';
import { sidesOf } from './handover.fixture.ts';
import { phonePair, storeOfCloud, untilHealth } from './outages.fixture.ts';
import { allCdrs, startTaskCloud, type OwnTaskCloud } from './sidecar-tasks.fixture.ts';
import {
  converse,
  expectEnd,
  newSoftphones,
  type Conversation,
  type RegisteredSoftphone,
} from './softphones.fixture.ts';

/** The store of `npm start` ends, or does not answer, while calls are up at two tasks. */

const everything = new AsyncDisposableStack();
let cloud: OwnTaskCloud;
let ann: RegisteredSoftphone;
let bob: RegisteredSoftphone;
beforeAll(async () => {
  cloud = await startTaskCloud(2);
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

/** Milliseconds after a stall in which a task that believed the others dead would have ended their calls. */
const afterStall = 8_000;

describe('a store that does not answer, as on a machine that is overloaded', () => {
  /** Both sides of a call at each task. */
  const sides: SoftCall[] = [];
  beforeAll(async () => {
    const open = everything.use(new DisposableStack());
    for (const [at, task] of cloud.tasks.entries()) {
      const [caller, callee] = await newSoftphones(cloud.tenant, [`30${2 * at}`, `30${2 * at + 1}`], task);
      if (caller === undefined || callee === undefined) throw new Error('no phones');
      for (const { phone } of [caller, callee]) open.use(phone);
      sides.push(...sidesOf([await converse(caller.phone, callee.phone, callee.extension)]));
    }
  });

  test.each([5, 6, 8, 11])('after %i s without the store no task ends the calls of another one', async (seconds) => {
    const stopped = store();
    process.kill(stopped, 'SIGSTOP');
    await past(seconds * 1_000);
    process.kill(stopped, 'SIGCONT');
    await past(afterStall);
    expect(sides.map(({ isUp }) => isUp)).toEqual(sides.map(() => true));
  });
});
