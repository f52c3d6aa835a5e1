import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { SoftCall } from '../support/soft-call.fixture.ts';
import { Softphone } from '../support/softphone.fixture.ts';
import { newLines, useExtensions } from './calls.fixture.ts';
import { newPeerTenant } from './peers/accounts.ts';
import { ownAddress, sipServer } from './peers/sip-server.ts';
import { logInAsOperator, outcome, type AdministeredTenant } from './tenant.fixture.ts';
import { connect } from './cloud.ts';

/** An organization whose phones want five times as many calls as it may have. */

const limit = 64;
const callers = 64;
const linesPerDevice = 16;
/** Share of the calls that a busy machine may reject with 503, as they were not stored in time. */
const maxBusy = 0.01;

let tenant: AdministeredTenant;
let callee: Softphone;
let phones: readonly Softphone[];
const open = new DisposableStack();

async function registeredPhone(account: Parameters<typeof Softphone.open>[1]['account']): Promise<Softphone> {
  if (account === undefined) throw new Error('the device has no account');
  const phone = open.use(await Softphone.open(sipServer, { from: ownAddress(), account }));
  expect(await phone.register()).toBe(200);
  return phone;
}

beforeAll(async () => {
  tenant = await newPeerTenant();
  await useExtensions(tenant);
  const token = await logInAsOperator(connect());
  const limits = { max_concurrent_calls: limit };
  expect(outcome(await tenant.ask('POST', `/orgs/${tenant.id}`, { limits }, { token }))).toBe('200');
  callee = await registeredPhone((await newLines(tenant, ['200']))[0]);
  const extensions = Array.from({ length: callers }, (_, at) => String(300 + at));
  const made: Softphone[] = [];
  for (let at = 0; at < callers; at += linesPerDevice) {
    const accounts = await newLines(tenant, extensions.slice(at, at + linesPerDevice));
    made.push(...(await Promise.all(accounts.map(registeredPhone))));
  }
  phones = made;
});
afterAll(() => open.dispose());

/** Every phone calls as often, at once. @returns the calls that are answered, when every call is or is rejected */
async function callAtOnce(times: number): Promise<readonly SoftCall[]> {
  const calls = Array.from({ length: times }, () => phones.map((phone) => phone.call('200'))).flat();
  await eventually(() => expect(calls.filter(({ isUp, isOver }) => !isUp && !isOver)).toEqual([]), 120_000);
  const failures = calls.filter(({ isOver }) => isOver).map(({ log }) => log.at(-1));
  const busy = failures.filter((failure) => failure === 'failed 503');
  expect(failures.filter((failure) => failure !== 'failed 486' && failure !== 'failed 503')).toEqual([]);
  expect(busy.length).toBeLessThanOrEqual(maxBusy * calls.length);
  return calls.filter(({ isUp }) => isUp);
}

/** What the callee and the API see. */
async function expectInProgress(count: number): Promise<void> {
  expect(callee.calls.filter(({ isOver }) => !isOver)).toHaveLength(count);
  const { calls } = (await tenant.ask('GET', '/Calls?limit=100')).body as { calls: unknown[] };
  expect(calls).toHaveLength(count);
}

const expectFull = (count: number): void => {
  expect(count).toBeLessThanOrEqual(limit);
  expect(count).toBeGreaterThanOrEqual(0.98 * limit);
};

test('64 callers at five times the limit never exceed it, and use at least 98 % of it', async () => {
  const first = await callAtOnce(5);
  expectFull(first.length);
  await expectInProgress(first.length);
  const kept = first.slice(limit / 2);
  for (const call of first.slice(0, limit / 2)) call.hangUp();
  await eventually(() => expectInProgress(kept.length), 30_000);
  const next = await callAtOnce(2);
  expectFull(kept.length + next.length);
  await expectInProgress(kept.length + next.length);
  for (const call of [...kept, ...next]) call.hangUp();
  await eventually(() => expectInProgress(0), 30_000);
});
