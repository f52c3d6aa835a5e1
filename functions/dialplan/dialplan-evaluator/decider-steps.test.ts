import { describe, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { channelRow, organizationChannels } from '#dynamodb/rows/channel.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { minute, second } from '#schema/time.ts';
import { balanceOf } from '../../billing/schema/balance.ts';
import { creditRow } from '../../billing/charging/row.ts';
import { releaseWrite } from '../../billing/charging/row.ts';
import { readReservation } from '../../billing/reservations/row.ts';
import { noSettlement } from './reservation-steps.ts';
import { policyOf, type TenantOptions, testEvaluators } from './evaluators.fixture.ts';

const running = testEvaluators();

const deciderFor = (options: TenantOptions = {}) => running.deciderFor(options);

const reservationOf = async (organization: number) =>
  readReservation(tableFor<'reservation'>(running.store, organization), 'call_1');

const prepaid = { accountType: 'prepaid' } as const;

test('a call is decided as the endpoint decides it', async () => {
  const { decider, call, ask } = await deciderFor();
  const { decision } = await ask('evaluate', { called: '14155550100', caller: '+14155550101' });
  expect(await decider.decide(call())).toMatchObject({ reason: decision.reason, destination: decision.destination });
});

test('a denied call records its event', async () => {
  const { decider, call, organization } = await deciderFor({
    policies: [policyOf('pol_1', { actions: { allow: false } })],
  });
  expect(await decider.decide(call())).toMatchObject({ allowed: false, reason: 'POLICY_DENY' });
  expect((await running.eventsOfCalls(organization)).map(({ type }) => type)).toEqual(['call.denied']);
});

test('a prepaid call reserves; the reservation is raised while it lasts, and released', async () => {
  const { decider, call, clock, item } = await deciderFor({ profile: prepaid, balance: '10000' });
  await decider.decide(call());
  expect(await reservationOf(item.org_id)).toMatchObject({ seconds: 14_400 });
  clock.advance((60 * minute) / second);
  expect(await decider.renew(item, 'call_1')).toBe(14_400 + 3_600 - 1);
  await decider.release(item, 'call_1');
  expect([await reservationOf(item.org_id), await decider.renew(item, 'call_1')]).toEqual([null, null]);
});

test('renewals of a call at the same time are decided again until each has its answer', async () => {
  const { decider, call, clock, item } = await deciderFor({ profile: prepaid, balance: '10000' });
  await decider.decide(call());
  clock.advance((60 * minute) / second);
  const renewed = await Promise.all(Array.from({ length: 4 }, () => decider.renew(item, 'call_1')));
  expect(renewed).toEqual(renewed.map(() => 14_400 + 3_600 - 1));
});

describe('when a call has ended', () => {
  const cdr = (seconds: number) => ({
    call_id: 'call_1',
    leg: 'a',
    direction: 'outbound',
    caller: '+14155550101',
    callee: '+14155550100',
    disposition: seconds === 0 ? 'CANCELLED' : 'ANSWERED',
    start_time: '2026-11-20T12:00:00.000Z',
    end_time: new Date(Date.parse('2026-11-20T12:00:00.000Z') + seconds * second).toISOString(),
  });
  const legs = (record: object | undefined) => [{ reservation: 'call_1', gateway: null, cdr: record }];

  test.each([
    ['its reservation keeps what its CDR will charge at most', cdr(60), { amount: 25_000n, has_ended: true }],
    ['without an answer nothing is kept', cdr(0), null],
    ['without a CDR nothing is kept', undefined, null],
    ['an inbound CDR ends no reservation: nothing is kept', { ...cdr(60), direction: 'inbound' }, null],
  ])('%s', async (_rule, record, kept) => {
    const { decider, call, item } = await deciderFor({ profile: prepaid, balance: '10000' });
    await decider.decide(call());
    const { writes, released } = await decider.settle(item, legs(record));
    await commit(running.store, item.org_id, [...writes, releaseWrite(released)]);
    if (kept === null) expect(await reservationOf(item.org_id)).toBeNull();
    else expect(await reservationOf(item.org_id)).toMatchObject(kept);
    const { items } = await tableFor<'balance'>(running.store, item.org_id).query(creditRow, {});
    expect(balanceOf(items).reservations).toBe(kept === null ? 0n : 25_000n);
    // It is not raised again by a renewal that comes late, and gives back nothing twice.
    expect(await decider.renew(item, 'call_1')).toBeNull();
    expect(await decider.settle(item, legs(record))).toEqual(noSettlement);
  });

  test('a reservation that has changed since is settled again', async () => {
    const { decider, call, clock, item } = await deciderFor({ profile: prepaid, balance: '10000' });
    await decider.decide(call());
    const { writes } = await decider.settle(item, legs(cdr(60)));
    clock.advance(60);
    await decider.renew(item, 'call_1');
    await expect(commit(running.store, item.org_id, writes)).rejects.toMatchObject({ code: 'CALL_IN_PROGRESS' });
  });

  test('a reservation that another process has changed is read when it is settled again', async () => {
    const { decider, other, call, clock, item } = await deciderFor({ profile: prepaid, balance: '10000' });
    await decider.decide(call());
    clock.advance((60 * minute) / second);
    await other.renew(item, 'call_1');
    const stale = await decider.settle(item, legs(cdr(60)));
    await expect(commit(running.store, item.org_id, stale.writes)).rejects.toMatchObject({ code: 'CALL_IN_PROGRESS' });
    const { writes, released } = await decider.settle(item, legs(cdr(60)));
    await commit(running.store, item.org_id, [...writes, releaseWrite(released)]);
    expect(await reservationOf(item.org_id)).toMatchObject({ amount: 25_000n, has_ended: true });
  });
});

test.each([
  { balance: '1000000', isAmple: true },
  { balance: '10', isAmple: false },
])('a balance of $balance: after a call it is known whether that is ample', async ({ balance, isAmple }) => {
  const { decider, call, item } = await deciderFor({ profile: prepaid, balance });
  expect(decider.isAmple(item.org_id)).toBe(false);
  await decider.decide(call());
  expect(decider.isAmple(item.org_id)).toBe(isAmple);
});

test('a call that may not reserve does not', async () => {
  const { decider, call, item } = await deciderFor({ profile: prepaid, balance: '10000' });
  expect(await decider.decide(call({ reserves: false }))).toMatchObject({ allowed: true });
  expect(await reservationOf(item.org_id)).toBeNull();
});

test('a transferred call counts once: it may use the last channel of the organization for its new party', async () => {
  const { limits } = organizationOf(1);
  const { decider, call, item } = await deciderFor({
    organization: { limits: { ...limits, max_concurrent_calls: 1 } },
  });
  await commit(running.store, item.org_id, [create(channelRow, { ...organizationChannels, total: 1 })]);
  expect(await decider.decide(call())).toMatchObject({ allowed: false, reason: 'CALL_LIMIT' });
  expect(await decider.decide(call({ isInProgress: true }))).toMatchObject({ allowed: true });
});

test('a transferred call is denied above a limit that other calls fill', async () => {
  const { limits } = organizationOf(1);
  const { decider, call, item } = await deciderFor({
    organization: { limits: { ...limits, max_concurrent_calls: 1 } },
  });
  await commit(running.store, item.org_id, [create(channelRow, { ...organizationChannels, total: 2 })]);
  expect(await decider.decide(call({ isInProgress: true }))).toMatchObject({ allowed: false, reason: 'CALL_LIMIT' });
});
