import { noSettlement } from '#functions/dialplan/dialplan-evaluator/reservation-steps.ts';
import { describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { callRow } from '#dynamodb/rows/call.ts';
import { channelRow, organizationChannels } from '#dynamodb/rows/channel.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { tableFor } from '#dynamodb/table.ts';
import { AppError } from '#errors.ts';
import { emergencyCallRow } from '#functions/telephony/rows/call-handling.ts';
import { contextOf } from '#runtime/background-context.ts';
import { address } from '#sip/address.ts';
import { newRequest } from '#sip/build.ts';
import type { IncomingSession } from '#sip/session/session.ts';
import { sipUri } from '#sip/uri.ts';
import { newVia } from '#sip/via.ts';
import { directMedia } from '../../media/media-service.ts';
import { sipSidecar } from '../../contract.ts';
import { placedSides } from '../call/limits.ts';
import { newLeg, type CallFacts } from '../call/record.ts';
import { callFacts, phoneParty } from '../call/calls.fixture.ts';
import type { CallContext } from './context.ts';
import { Calls, type AdmittedCall } from './calls.ts';
import { callBatches, Departures } from '../records/batches.ts';
import { causeNamed } from '../call/causes.ts';
import { cdrSender } from '../records/cdrs.ts';
import { internal } from '../routing/route.ts';
import type { Target } from '../routing/target.ts';

const running = testStore();

const flow = {
  transport: 'udp',
  remote: { address: '192.0.2.1', port: 5_060 },
  local: { address: '192.0.2.2', port: 5_060 },
} as const;

const phone: Target = {
  party: phoneParty('201'),
  uri: sipUri({ user: '201', host: '192.0.2.1' }),
  to: { kind: 'phone', flow },
  trust: 'phone',
  callerNumber: null,
  channels: [],
  limits: {},
};

const ringingSession = (log: string[]) =>
  ({
    end: () => void log.push('ended'),
    handOver: () => void log.push('left'),
    stored: () => undefined,
    reject: () => void log.push('rejected'),
  }) as Partial<IncomingSession> as IncomingSession;

/**
 * The calls of a task whose phones ring for ever.
 * @param accept takes the INVITEs of callers
 * @param onRepeated takes those that come while another task has just died; undefined: none has
 */
function callsOfTask(
  id = 'task_1',
  accept: CallContext['sessions']['accept'] = () => undefined,
  onRepeated?: () => Promise<void>,
) {
  const dependencies = testDependencies(running.store);
  const context = contextOf(sipSidecar, dependencies);
  const never = () => Promise.reject(new Error('not expected'));
  const log: string[] = [];
  const ringing = ringingSession(log);
  const calls = new Calls(
    {
      context,
      membership: { id, isDraining: false, missed: onRepeated === undefined ? [] : ['task_0'] },
      sessions: { accept },
      decider: { renew: never, release: never, settle: async () => noSettlement, isAmple: () => true },
      commit: callBatches(context),
      departures: new Departures(),
      cdrs: cdrSender(context),
      media: { begin: () => directMedia(), resume: () => directMedia() },
      directory: { sound: async () => undefined },
      invite: async () => ringing,
      redirect: never,
      traces: { begin: () => undefined, invited: () => undefined },
      onChange: () => undefined,
    },
    {
      onRefer: () => undefined,
      onReplaces: never,
      dial: never,
      park: never,
      goOn: () => undefined,
      onCode: () => undefined,
      onDraining: never,
      onRepeated: onRepeated ?? never,
    },
  );
  const place = async (
    organization: OrganizationItem,
    {
      isEmergency = false,
      more = {},
      target = phone,
    }: { isEmergency?: boolean; more?: Partial<CallFacts>; target?: Target } = {},
  ): Promise<'placed' | 'full'> => {
    const now = context.clock();
    const legs = [newLeg('source', phone.party, now), newLeg('destination', phone.party, now)];
    const channels = [{ ...organizationChannels, direction: 'outbound' as const }];
    const facts = callFacts({
      id: context.nextId('call'),
      org_id: organization.org_id,
      legs,
      channels,
      began_by: 'api',
      ...more,
    });
    const attempts = [[target]];
    const unlimited = { seconds: null, isReserved: false };
    const sides = placedSides(facts.id, { source: unlimited, destination: unlimited }, 30);
    const ends = { source: attempts, destination: attempts, sides, isEmergency };
    return calls.place({ organization, facts, limits: {}, ...ends }).then(
      () => 'placed' as const,
      (error: unknown) => {
        if (error instanceof AppError && error.code === 'CALL_LIMIT') return 'full' as const;
        throw error;
      },
    );
  };
  return { calls, context, place, log, sent: dependencies.queues.sent };
}

const newInvite = () =>
  newRequest({
    method: 'INVITE',
    uri: phone.uri,
    via: newVia('UDP', '192.0.2.1', 5_060, 'z9hG4bK1'),
    from: address(phone.uri),
    to: address(phone.uri),
    callId: 'c1',
    sequence: 1,
  });

const organizationWithCalls = (id: number, max: number): OrganizationItem => {
  const plain = organizationOf(id);
  return { ...plain, limits: { ...plain.limits, max_concurrent_calls: max } };
};

test('a call takes the place of one that has just ended', async () => {
  const organization = organizationWithCalls(1_002, 4);
  const { calls, place } = callsOfTask();
  for (let at = 0; at < 4; at += 1) expect(await place(organization)).toBe('placed');
  for (const call of [...calls.all()].slice(0, 2)) call.end(causeNamed('NORMAL_CLEARING'), 'api');
  expect(await Promise.all([place(organization), place(organization)])).toEqual(['placed', 'placed']);
  expect(await place(organization)).toBe('full');
});

test('an emergency call is a critical event, by which the organization notifies who lets help in', async () => {
  const organization = organizationOf(1_015);
  const { place } = callsOfTask();
  const numbers = { ...{ called: null, asserted: null, diverter: null, billing: null }, caller: '+14155550100' };
  const more = { user_id: 'usr_1', numbers };
  const events = async () => (await eventsOf(running.store, 1_015)).filter(({ type }) => type === 'call.emergency');
  await place(organization);
  await place(organization, { more, isEmergency: true });
  await eventually(async () => (await events()).length > 0);
  expect(await events()).toMatchObject([
    {
      severity: 'critical',
      entity: { type: 'call' },
      data: { caller_id: '+14155550100', called: '202', user_id: 'usr_1', device_id: 'dev_201' },
    },
  ]);
  for (const id of ['usr_1', '+14155550100'])
    expect(await tableFor<'emergencycall'>(running.store, 1_015).get(emergencyCallRow, { user_id: id })).toMatchObject({
      user_id: id,
    });
});

test('help can call back a caller without a number by that of the gateway', async () => {
  const { place } = callsOfTask();
  const target = { ...phone, callerNumber: '+14155550199' };
  await place(organizationOf(1_019), { more: { user_id: 'usr_1' }, isEmergency: true, target });
  const table = tableFor<'emergencycall'>(running.store, 1_019);
  await eventually(async () => (await table.get(emergencyCallRow, { user_id: 'usr_1' })) !== undefined);
  expect(await table.get(emergencyCallRow, { user_id: target.callerNumber })).toMatchObject({
    user_id: '+14155550199',
  });
  const [event] = (await eventsOf(running.store, 1_019)).filter(({ type }) => type === 'call.emergency');
  expect(event).toMatchObject({ data: { caller_id: '+14155550199', user_id: 'usr_1' } });
});

describe('a call for help has no limit', () => {
  test('if the API places it', async () => {
    const organization = organizationWithCalls(1_016, 1);
    const { place } = callsOfTask();
    expect(await place(organization)).toBe('placed');
    expect(await place(organization)).toBe('full');
    expect(await place(organization, { isEmergency: true })).toBe('placed');
  });

  test.each([
    { isEmergency: false, causes: [undefined, 'CALL_LIMIT'] },
    { isEmergency: true, causes: [undefined, undefined] },
  ])('if a phone dials it (emergency: $isEmergency)', async ({ isEmergency, causes }) => {
    const organization = organizationWithCalls(isEmergency ? 1_017 : 1_018, 1);
    const limits = { 'trunk/trunk_1': { total: 0 } };
    const channels = [{ kind: 'trunk', id: 'trunk_1', direction: 'inbound' }] as const;
    const { calls, place } = callsOfTask('task_1', () => ringingSession([]));
    await place(organization);
    const party = { scheme: 'sip', user: '202', name: '' };
    const known = { organization, leg: phone.party, trust: 'phone', channels, limits } as const;
    const caller = { ...known, party, number: null, isWithheld: false };
    const route = async () => ({ ...internal([phone]), isEmergency });
    const transaction = { flow: { flow }, trying: () => undefined };
    const admitted: object = { request: newInvite(), transaction, caller, receivedAt: new Date(), route };
    await calls.begin(admitted as AdmittedCall);
    expect([...calls.all()].map(({ record }) => record.hangup?.cause)).toEqual(causes);
  });
});

test.each([
  { isCalledBack: false, causes: [undefined, 'CALL_LIMIT'] },
  { isCalledBack: true, causes: [undefined, undefined] },
])('help calls back however many calls there are ($isCalledBack)', async ({ isCalledBack, causes }) => {
  const organization = organizationWithCalls(isCalledBack ? 1_020 : 1_021, 1);
  const { calls, place } = callsOfTask('task_1', () => ringingSession([]));
  await place(organization);
  const party = { scheme: 'sip', user: '202', name: '' };
  const caller = { organization, leg: phone.party, trust: 'peer', channels: [], limits: {}, party, number: null };
  const route = async () => ({ ...internal([phone]), direction: 'inbound', isCalledBack: async () => isCalledBack });
  const transaction = { flow: { flow }, trying: () => undefined };
  const admitted: object = { request: newInvite(), transaction, caller, receivedAt: new Date(), route };
  await calls.begin(admitted as AdmittedCall);
  expect([...calls.all()].map(({ record }) => record.hangup?.cause)).toEqual(causes);
});

test('a caller hears 100 when its call is stored, and not before: then it would not repeat its INVITE', async () => {
  const organization = organizationOf(1_023);
  const { calls } = callsOfTask('task_1', () => ringingSession([]));
  const party = { scheme: 'sip', user: '202', name: '' };
  const caller = { organization, leg: phone.party, trust: 'peer', channels: [], limits: {}, party, number: null };
  const route = async () => internal([phone]);
  const stored = Promise.withResolvers<unknown>();
  const trying = () => {
    const [call = expect.fail('there is no call')] = [...calls.all()];
    stored.resolve(tableFor<'call'>(running.store, 1_023).get(callRow, { id: call.record.id }));
  };
  const transaction = { flow: { flow }, trying };
  const admitted: object = { request: newInvite(), transaction, caller, receivedAt: new Date(), route };
  await calls.begin(admitted as AdmittedCall);
  expect(await stored.promise).toMatchObject({ org_id: 1_023, status: 'created' });
});

test('64 callers at five times the limit never exceed it, and use all of it; each call has one CDR', async () => {
  const limit = 64;
  const organization = organizationWithCalls(1_001, limit);
  const tasks = [callsOfTask(), callsOfTask()];
  const inUse = async () =>
    (await tableFor<'channel'>(running.store, 1_001).get(channelRow, organizationChannels))?.total ?? 0;
  const place = (at: number) => (tasks[at % tasks.length] ?? callsOfTask()).place(organization);
  const outcomes = await Promise.all(Array.from({ length: 5 * limit }, (_, at) => place(at)));
  expect([outcomes.filter((outcome) => outcome === 'placed').length, await inUse()]).toEqual([limit, limit]);
  for (const { calls } of tasks) for (const call of [...calls.all()]) call.end(causeNamed('NORMAL_CLEARING'), 'api');
  await eventually(() => tasks.every(({ calls }) => calls.size === 0), 20_000);
  expect([await inUse(), tasks.flatMap(({ sent }) => sent).length]).toEqual([0, limit]);
});

test.each([
  ['that only its address identifies may be forged', () => undefined, true],
  ['that has proven who it is was not', undefined, false],
] as const)('the INVITE of a caller %s', async (_what, onUnacknowledged, mayBeForged) => {
  const accepted: unknown[] = [];
  const { calls } = callsOfTask('task_1', (invite) => void accepted.push(invite.mayBeForged));
  const caller = { organization: organizationOf(1_010), leg: phone.party, trust: 'phone', channels: [] } as object;
  await calls.begin({ request: newInvite(), caller, receivedAt: new Date(), onUnacknowledged } as AdmittedCall);
  expect(accepted).toEqual([mayBeForged]);
});

test.each(['proceeding', 'completed'] as const)(
  'an INVITE while another task has just died begins a call when what it has of it has ended, if it is %s then',
  async (state) => {
    const log: string[] = [];
    const accept = () => void log.push('accepted');
    const { calls } = callsOfTask('task_1', accept, async () => void log.push('ended'));
    const caller = { organization: organizationOf(1_024), leg: phone.party, trust: 'phone', channels: [] } as object;
    const transaction: object = { state };
    await calls.begin({ request: newInvite(), transaction, caller, receivedAt: new Date() } as AdmittedCall);
    expect(log).toEqual(state === 'proceeding' ? ['ended', 'accepted'] : ['ended']);
  },
);

/** What only its task knows of a call. */
const moved = {
  ...{ isIncoming: false, answeredAt: 0, limit: { seconds: null, isReserved: false }, transferLegs: 0 },
  ...{ sides: [], channels: { kept: [], source: [], destination: [] } },
};

test('a call moves once: who is asked twice takes it once, and who comes late ends nothing', async () => {
  const organization = organizationWithCalls(1_009, 4);
  const { calls, place } = callsOfTask();
  await place(organization);
  const [{ record, writer } = expect.fail('there is no call')] = [...calls.all()];
  const rowOf = () => tableFor<'call'>(running.store, 1_009).get(callRow, { id: record.id });
  await writer.flush();
  const stored = (await rowOf()) ?? expect.fail('the call is not stored');
  const [next, late] = [callsOfTask('task_2').calls, callsOfTask('task_3').calls];
  const taken = await Promise.all([next.accept(organization, stored, moved), next.accept(organization, stored, moved)]);
  expect(taken.map((call) => call?.state.phase)).toEqual(['up', undefined]);
  expect(await late.accept(organization, stored, moved)).toBe(undefined);
  expect([[...late.all()], [...next.all()].map(({ state }) => state.phase)]).toEqual([[], ['up']]);
  expect(await rowOf()).toMatchObject({ task: 'task_2', hangup: null });
});

test.each([
  ['goes on at another one is left', 'left'],
  ['another one has ended ends', 'ended'],
] as const)('a call of a task that was taken for dead, which %s', async (_what, outcome) => {
  const organization = organizationWithCalls(outcome === 'left' ? 1_012 : 1_013, 4);
  const { calls, place, log } = callsOfTask();
  await place(organization);
  const [call = expect.fail('there is no call')] = [...calls.all()];
  await call.writer.flush();
  const stored = await tableFor<'call'>(running.store, organization.org_id).get(callRow, { id: call.record.id });
  const { calls: others } = callsOfTask('task_2');
  const taken = await others.accept(organization, stored ?? expect.fail('it is not stored'), moved);
  if (outcome === 'ended') taken?.end(causeNamed('SYSTEM_SHUTDOWN'), 'system');
  await taken?.writer.settled();
  call.writer.change((each) => ({ ...each }));
  await eventually(() => expect([log, calls.size]).toEqual([[outcome], 0]));
});
