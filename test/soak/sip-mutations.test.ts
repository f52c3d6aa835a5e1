import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addMailboxUser,
  addPhoneLine,
  setCounts,
} from '../../functions/sip-sidecar/message-waiting/mailboxes.fixture.ts';
import { mutateFrames, mutateSubscribes } from '../../functions/sip-sidecar/mutations.fixture.ts';
import { runSidecar, type Running } from '../../functions/sip-sidecar/sidecar.fixture.ts';
import { seededDraw } from '../../shared/sip/fuzz.fixture.ts';
import { eventually } from '../support/eventually.ts';
import { startStore, type TestStore } from '../support/store.fixture.ts';

/** `SIP_MUTATIONS` sets another number of messages: 9 of 10 are frames of WebSockets, the others SUBSCRIBEs. */
const messages = Number(process.env['SIP_MUTATIONS'] ?? 1_000_000);
const framesPerConnection = 20;

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

test('a million mutated frames and SUBSCRIBEs fail nothing, and leave nothing', async () => {
  const connections = Math.ceil((0.9 * messages) / framesPerConnection);
  const outcomes = await mutateFrames(sidecar, connections, seededDraw(7_118));
  expect(outcomes.answered + outcomes.closed).toBe(connections);
  expect(outcomes.answered).toBeGreaterThan(connections / 10);
  const extension = '261';
  const user = await addMailboxUser(running.store, extension);
  const account = await addPhoneLine(running.store, { device: 'dev_261', user, extension });
  await setCounts(running.store, extension, { new: 1 });
  const phone = await sidecar.phone(account);
  everything.defer(() => phone.close());
  await eventually(async () => (await phone.register()).status === 200);
  await mutateSubscribes({ phone, account, extension }, Math.ceil(messages / 10), seededDraw(3_265));
  await eventually(() => {
    if (sidecar.load().subscriptions > 0) later += 3_600_000;
    const nothing = { transactions: 0, dialogs: 0, calls: 0, subscriptions: 0, connections: 0, faults: 0 };
    expect(sidecar.load()).toEqual(nothing);
  }, 90_000);
});
