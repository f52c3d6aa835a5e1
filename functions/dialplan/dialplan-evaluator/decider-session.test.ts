import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDependencies } from '../../../test/support/dependencies.fixture.ts';
import { commit } from '../../../shared/dynamodb/commit.ts';
import { channelRow, organizationChannels } from '../../../shared/dynamodb/rows/channel.ts';
import { organizationRow, type OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { tableFor } from '../../../shared/dynamodb/table.ts';
import { create } from '../../../shared/dynamodb/write.ts';
import { organizationOf } from '../../../test/support/people.fixture.ts';
import { found } from '../../../shared/errors.ts';
import { recorder, systemOrigin } from '../../../shared/runtime/event-record.ts';
import { minute, second } from '../../../shared/schema/time.ts';
import { readReservation } from '../../billing/reservations/row.ts';
import { callDecider, type DecidableCall } from './decider-session.ts';
import { policyOf, startEvaluators, type Evaluators, type TenantOptions } from './evaluators.fixture.ts';

let running: Evaluators;
beforeAll(async () => {
  running = await startEvaluators();
});
afterAll(() => running.stop());

async function deciderFor(options: TenantOptions = {}) {
  const tenant = await running.tenant(options);
  const { store, nextId } = testDependencies(running.store);
  const table = tableFor<'organization'>(running.store, tenant.organization);
  const organization: OrganizationItem = found(await table.get(organizationRow, {}), 'Organization');
  const decider = callDecider({
    store,
    nextId,
    tableOf: (of) => tableFor(store, of),
    clock: () => tenant.clock.now(),
    recorderOf: (of) => recorder({ origin: systemOrigin, organization: of, now: tenant.clock.now(), nextId }),
    onFailure: (error) => expect.fail(String(error)),
  });
  const call = (more: Partial<DecidableCall> = {}): DecidableCall => ({
    organization,
    callId: 'call_1',
    called: '14155550100',
    caller: '+14155550101',
    userId: undefined,
    reserves: true,
    ...more,
  });
  return { ...tenant, decider, item: organization, call };
}

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
