import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededDraw } from '../../shared/sip/fuzz.fixture.ts';
import { eventually } from '../../test/support/eventually.ts';
import { startStore, type TestStore } from '../../test/support/store.fixture.ts';
import { addMailboxUser, addPhoneLine, setCounts } from './message-waiting/mailboxes.fixture.ts';
import { mutateFrames, mutateSubscribes } from './mutations.fixture.ts';
import { runSidecar, type Running } from './sidecar.fixture.ts';

/** `npm run soak -- sip-mutations` sends a million. */

let running: TestStore;
let sidecar: Running;
let later = 0;
const everything = new AsyncDisposableStack();
beforeAll(async () => {
  running = await startStore();
  everything.defer(() => running.stop());
  sidecar = await runSidecar(running.store, {}, { clock: () => new Date(Date.now() + later) });
  everything.defer(() => sidecar.close());
});
afterAll(() => everything.disposeAsync());

const nothing = { transactions: 0, dialogs: 0, calls: 0, subscriptions: 0, connections: 0, faults: 0 };
const expectNothingLeft = (): Promise<void> => eventually(() => expect(sidecar.load()).toEqual(nothing), 90_000);

test('10,000 mutated frames of WebSockets fail nothing, and leave no connection, dialog or transaction', async () => {
  const outcomes = await mutateFrames(sidecar, 500, seededDraw(6_455));
  expect(outcomes.answered).toBeGreaterThan(10);
  expect(outcomes.closed).toBeGreaterThan(10);
  await expectNothingLeft();
});

test('2,000 mutated SUBSCRIBEs with credentials fail nothing, and leave no subscription', async () => {
  const extension = '260';
  const user = await addMailboxUser(running.store, extension);
  const account = await addPhoneLine(running.store, { device: 'dev_260', user, extension });
  await setCounts(running.store, extension, { new: 1 });
  const phone = await sidecar.phone(account);
  everything.defer(() => phone.close());
  await eventually(async () => (await phone.register()).status === 200);
  await mutateSubscribes({ phone, account, extension }, 2_000, seededDraw(6_665));
  const { length } = phone.notified;
  expect(length).toBeGreaterThan(50);
  // They expire, also those that were still in progress.
  await eventually(() => {
    if (sidecar.load().subscriptions > 0) later += 3_600_000;
    return sidecar.load().subscriptions === 0;
  }, 90_000);
  await expectNothingLeft();
});
