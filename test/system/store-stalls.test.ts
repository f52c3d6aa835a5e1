import { afterAll, beforeAll, expect, test } from 'vitest';
import { past } from '../support/eventually.ts';
import type { SoftCall } from '../support/soft-call.fixture.ts';
import { storeOfCloud } from './outages.fixture.ts';
import { sidesOf } from './handover.fixture.ts';
import { startTaskCloud, type TaskCloud } from './sidecar-tasks.fixture.ts';
import { converse, newSoftphones } from './softphones.fixture.ts';

/** The store of several tasks does not answer for some seconds, as on a machine that is overloaded. */

/** Milliseconds after a stall in which a task that believed the others dead would have ended their calls. */
const afterStall = 8_000;

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
/** Both sides of a call at each task. */
const sides: SoftCall[] = [];
beforeAll(async () => {
  cloud = await startTaskCloud(2);
  everything.defer(() => cloud.cloud.stop());
  const open = everything.use(new DisposableStack());
  for (const [at, task] of cloud.tasks.entries()) {
    const [caller, callee] = await newSoftphones(cloud.tenant, [`20${2 * at}`, `20${2 * at + 1}`], task);
    if (caller === undefined || callee === undefined) throw new Error('no phones');
    for (const { phone } of [caller, callee]) open.use(phone);
    sides.push(...sidesOf([await converse(caller.phone, callee.phone, callee.extension)]));
  }
});
afterAll(() => everything.disposeAsync());

test.each([5, 6, 8, 11])('after %i s without the store no task ends the calls of another one', async (seconds) => {
  const store = storeOfCloud(cloud.cloud);
  process.kill(store, 'SIGSTOP');
  await past(seconds * 1_000);
  process.kill(store, 'SIGCONT');
  await past(afterStall);
  expect(sides.map(({ isUp }) => isUp)).toEqual(sides.map(() => true));
});
