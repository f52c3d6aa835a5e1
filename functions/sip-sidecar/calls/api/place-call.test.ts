import { expect, test } from 'vitest';
import { noon } from '#test/support/dependencies.fixture.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import type { CallDestination, CallEnd } from '#schema/call-request.ts';
import type { Calls, PlacedCall } from '../running/calls.ts';
import type { Directory } from '../directory/directory.ts';
import type { Route } from '../routing/route.ts';
import { placeCall } from './place-call.ts';

const own = '+4610100555';
const foreign = '+46701234567';

const channel = (direction: 'inbound' | 'outbound') => ({ kind: 'number', id: own, direction }) as const;

const routeTo = (end: CallDestination, isRecorded: boolean): Route => ({
  kind: 'routed',
  attempts: [],
  limit: { seconds: null, isReserved: false },
  isRecorded,
  reservedUntil: null,
  direction: 'outbound',
  number: end.type === 'phone' ? end.number : null,
  channels: [channel(end.type === 'phone' && end.number === own ? 'inbound' : 'outbound')],
  limits: { [`number/${own}`]: end.type === 'phone' && end.number === own ? { inbound: 1 } : { total: 5 } },
  policy: null,
  isEmergency: false,
});

/** What comes of a call from a source. */
async function place(source: CallEnd, { record = false, canRecord = false, byPolicy = '' } = {}) {
  const placed: PlacedCall[] = [];
  const calls = { get: () => undefined, place: async (call) => void placed.push(call) } as Partial<Calls> as Calls;
  const directory = {
    organization: async (id) => organizationOf(id),
    ownNumber: async (org_id, number) => (number === own ? { number, org_id } : undefined),
  } as Partial<Directory> as Directory;
  const outcome = await placeCall(
    {
      directory,
      routing: { routeEnd: async (_call, end) => routeTo(end, end.type === 'phone' && end.number === byPolicy) },
      decider: { release: async () => undefined },
      membership: { id: 'task_1', isReady: true },
      domain: 'sip.example.com',
      media: { canRecord: () => canRecord },
      context: { clock: () => noon },
    },
    calls,
    {
      kind: 'place-call',
      id: 'cmd_1',
      organization: 1_001,
      call: 'call_1',
      source,
      destination: { type: 'phone', number: '+46890510' },
      options: { timeout: 30, caller_id: null, record },
      meta: {},
      header: {},
      caller: { id: 'usr_1', user_id: null, own_only: false },
      timeout_seconds: 10,
    },
  );
  return { outcome, facts: placed[0]?.facts, limits: placed[0]?.limits };
}

/** The numbers of a call from a source. */
async function numbersOf(source: CallEnd) {
  const { outcome, facts } = await place(source);
  expect(outcome).toEqual({ kind: 'created' });
  return facts?.numbers;
}

test('a call that is to be recorded is placed with a relay that records, and rejected without', async () => {
  const source = { type: 'phone', number: '+46890500' } as const;
  const { facts } = await place(source, { record: true, canRecord: true });
  expect(facts?.options.record).toBe(true);
  const { outcome, facts: none } = await place(source, { record: true });
  expect([outcome, none]).toEqual([
    { kind: 'refused', code: 'RECORDING_UNAVAILABLE', reason: 'NO_MEDIA_RELAY', party: 'source' },
    undefined,
  ]);
});

test('a call is recorded by the policy of either end, and begins also where no relay records', async () => {
  const source = { type: 'phone', number: foreign } as const;
  for (const byPolicy of [foreign, '+46890510']) {
    const { outcome, facts } = await place(source, { byPolicy });
    expect([outcome, facts?.options.record]).toEqual([{ kind: 'created' }, true]);
  }
  const { facts } = await place(source);
  expect(facts?.options).not.toHaveProperty('record');
});

test('a call takes the channels of both its ends, within the limits of both', async () => {
  const { facts, limits } = await place({ type: 'phone', number: own });
  expect(facts?.channels).toEqual([
    { kind: 'organization', id: '', direction: 'outbound' },
    channel('inbound'),
    channel('outbound'),
  ]);
  expect(limits).toEqual({ [`number/${own}`]: { inbound: 1, total: 5 } });
});

test.each<[string, CallEnd, object]>([
  ['an own number', { type: 'phone', number: own }, { caller: own, asserted: own, billing: own }],
  ['a number elsewhere', { type: 'phone', number: foreign }, { caller: foreign, asserted: null, billing: null }],
  ['a device', { type: 'device', id: 'dev_1' }, { caller: null, asserted: null, billing: null }],
])('the numbers of a call from a source that is %s', async (_, source, numbers) => {
  expect(await numbersOf(source)).toEqual({ ...numbers, called: '+46890510', diverter: null });
});
