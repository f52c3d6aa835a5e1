import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { newLines, useExtensions } from '../calls.fixture.ts';
import { newPeerTenant } from '../peers/accounts.ts';
import { ownAddress, sipServer } from '../peers/sip-server.ts';
import { logInAsOperator, outcome, type AdministeredTenant } from '../tenant.fixture.ts';
import { connect } from '../cloud.ts';

/** An organization whose phones want five times as many calls as it may have. */

const limit = 64;
const callers = 64;
const linesPerDevice = 16;

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

/** Calls at once from each of the phones. @returns those that are answered, and the phones whose calls got 503 */
async function callFrom(callers: readonly Softphone[]) {
  const calls = callers.map((phone) => ({ phone, call: phone.call('200') }));
  await eventually(() => expect(calls.filter(({ call: { isUp, isOver } }) => !isUp && !isOver)).toEqual([]), 120_000);
  const failures = calls.flatMap(({ phone, call }) => (call.isOver ? [{ phone, failure: call.log.at(-1) }] : []));
  const other = failures.filter(({ failure }) => failure !== 'failed 486' && failure !== 'failed 503');
  expect(other).toEqual([]);
  return {
    up: calls.flatMap(({ call }) => (call.isUp ? [call] : [])),
    busy: failures.flatMap(({ phone, failure }) => (failure === 'failed 503' ? [phone] : [])),
  };
}

/**
 * Every phone calls as often, at once. A call that waited for 2 s is rejected with 503, and its phone calls again.
 * @returns the calls that are answered, when every other call is rejected with 486
 */
async function callAtOnce(times: number): Promise<readonly SoftCall[]> {
  const answered: SoftCall[] = [];
  let callers: readonly Softphone[] = Array.from({ length: times }, () => phones).flat();
  while (callers.length > 0) {
    const { up, busy } = await callFrom(callers);
    expect(busy.length).toBeLessThan(callers.length);
    answered.push(...up);
    callers = busy;
  }
  return answered;
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
