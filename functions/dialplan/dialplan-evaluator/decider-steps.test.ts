import { describe, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { channelRow, organizationChannels } from '#dynamodb/rows/channel.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { amountOf } from '#schema/money.ts';
import { minute, second } from '#schema/time.ts';
import { balanceOf } from '../../billing/schema/balance.ts';
import { creditRow } from '../../billing/charging/row.ts';
import { releaseWrite } from '../../billing/charging/row.ts';
import { readReservation } from '../../billing/reservations/row.ts';
import { noSettlement } from './reservation-steps.ts';
import type { DecidableCall } from './decider-steps.ts';
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

describe('the conditions of a policy about the verification of the caller', () => {
  const denied = (conditions: object) =>
    policyOf('pol_1', { priority: 1, conditions: { pattern: '^1', ...conditions }, actions: { allow: false } });
  const stir = { verstat: 'TN-Validation-Failed', reason: 438 } as const;
  const attested = { verstat: 'TN-Validation-Passed', attestation: 'C' } as const;

  test.each<[string, object, DecidableCall['stir']]>([
    ['verstat', { verstat: ['TN-Validation-Failed'] }, stir],
    ['attestation', { attestation: ['C'] }, attested],
  ])('hold for a call that goes on, and for each way to evaluate it: %s', async (_name, conditions, failing) => {
    const { decider, call, ask } = await deciderFor({ policies: [denied(conditions), policyOf('pol_2', {})] });
    expect(await decider.decide(call({ stir: failing }))).toMatchObject({ reason: 'POLICY_DENY' });
    expect(await decider.decide(call())).toMatchObject({ reason: 'POLICY_ALLOW' });
    const { verstat, attestation } = failing ?? expect.fail();
    const asked = { called: '14155550100' };
    const { decision } = await ask('evaluate', { ...asked, verstat, attestation });
    expect(decision.reason).toBe('POLICY_DENY');
    const { results } = await ask('evaluate/batch', { calls: [{ ...asked, verstat, attestation }, asked] });
    expect(results.map(({ reason }) => reason)).toEqual(['POLICY_DENY', 'POLICY_ALLOW']);
  });
});

test('the last resort of an emergency call is all managed gateways, whatever its policy says', async () => {
  const policies = [
    policyOf('pol_1', { conditions: { pattern: '^911$' }, actions: { allow: true, gateway: 'other' } }),
  ];
  const gateways = [{ id: 'gw_1', name: 'pstn', enabled: true, prefix: '', strip: 1 }];
  const { decider, call } = await deciderFor({ policies, gateways });
  const of = { called: '911' };
  expect(await decider.decide(call(of))).toMatchObject({ routes: [{ name: 'other', gateway: null }] });
  const last = await decider.decide(call({ ...of, isLastResort: true }));
  expect(last).toMatchObject({
    allowed: true,
    emergency: true,
    policy: null,
    routes: [{ gateway: 'gw_1', destination: 'sofia/gateway/pstn/911' }],
  });
  const none = await deciderFor({ policies });
  expect(await none.decider.decide(none.call({ ...of, isLastResort: true }))).toMatchObject({
    ...{ allowed: false, reason: 'NO_ROUTE', emergency: true },
  });
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

describe('an inbound call that a rate charges', () => {
  const number = '+14155550199';
  const at = '2026-11-20T12:00:00.000Z';
  const rejecting = { ...prepaid, inboundWhenExhausted: 'reject' } as const;
  const unlimited = { isAllowed: true, seconds: null, reservedUntil: null };

  /** A tenant whose inbound calls cost 1.00 a minute. */
  async function receiving(options: TenantOptions = {}) {
    const of = await deciderFor({ profile: rejecting, inbound: 1, ...options });
    const decide = (callId = 'call_1') => of.decider.decideInbound({ organization: of.item, callId, number });
    const settle = async (seconds: number) => {
      const end_time = new Date(Date.parse(at) + seconds * second).toISOString();
      const cdr = {
        ...{ call_id: 'call_1', leg: 'a', direction: 'inbound', caller: '+14155550101', callee: number },
        ...{ disposition: 'ANSWERED', start_time: at, end_time },
      };
      const { writes, released } = await of.decider.settle(of.item, [{ reservation: 'call_1', gateway: null, cdr }]);
      await commit(running.store, of.organization, [...writes, releaseWrite(released)]);
    };
    return { ...of, decide, settle };
  }

  test('reserves what is left, so that others at the same time are rejected', async () => {
    const { decide, decider, call, organization } = await receiving({ balance: '0.5' });
    const decisions = await Promise.all(['call_1', 'call_2', 'call_3'].map((id) => decide(id)));
    const allowed = decisions.filter(({ isAllowed }) => isAllowed);
    expect(allowed).toMatchObject([{ seconds: 29 }]);
    expect(decisions).toHaveLength(3);
    expect(await decider.decide(call({ callId: 'call_4' }))).toMatchObject({ allowed: false, reason: 'NO_CREDIT' });
    const { items } = await tableFor<'balance'>(running.store, organization).query(creditRow, {});
    expect(balanceOf(items).reservations).toBe(500_000n);
  });

  test('gives back at its end what its CDR does not charge, and the next one begins', async () => {
    const { decide, settle, organization } = await receiving({ balance: '0.5' });
    await decide();
    await settle(15);
    expect(await reservationOf(organization)).toMatchObject({
      amount: 250_000n,
      has_ended: true,
      direction: 'inbound',
    });
    expect(await decide('call_2')).toMatchObject({ isAllowed: true, seconds: 14 });
  });

  test('reserves ten minutes at most, so that strangers who let it ring hold no more, and is renewed', async () => {
    const { decide, decider, item, clock } = await receiving({ balance: '100' });
    expect(await decide()).toMatchObject({ seconds: 599 });
    clock.advance((9 * minute) / second);
    expect(await decider.renew(item, 'call_1')).toBe((19 * minute) / second - 1);
  });

  test('is answered without credit by default, and without a rate', async () => {
    const answering = await receiving({ profile: prepaid });
    const free = await deciderFor({ profile: rejecting });
    expect(await answering.decide()).toEqual(unlimited);
    expect(await free.decider.decideInbound({ organization: free.item, callId: 'call_1', number })).toEqual(unlimited);
    expect(await reservationOf(answering.organization)).toBeNull();
  });

  test('of a postpaid tenant is rejected at its credit limit, and reserves nothing', async () => {
    const owing = async (balance: string) => {
      const profile = { creditLimit: amountOf('5'), inboundWhenExhausted: 'reject' } as const;
      const { decide } = await receiving({ profile, balance });
      return decide();
    };
    expect(await owing('-4.99')).toEqual(unlimited);
    expect(await owing('-5')).toEqual({ isAllowed: false });
  });

  test('is rejected at the credit limit of a reseller whose seller says so', async () => {
    const ofReseller = async (profile: TenantOptions['profile'] = {}) => {
      const reseller = { inbound: 1, organization: { type: 'reseller' as const }, balance: '-1' };
      const { organization: parent_id } = await running.tenant({ ...reseller, profile });
      const { decide } = await receiving({ profile: {}, organization: { parent_id } });
      return decide();
    };
    expect(await ofReseller({ inboundWhenExhausted: 'reject' })).toEqual({ isAllowed: false });
    expect(await ofReseller()).toEqual(unlimited);
  });
});
