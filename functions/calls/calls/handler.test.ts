import { beforeEach, describe, expect, test } from 'vitest';
import { call, outcome } from '#test/support/requests.fixture.ts';
import { startService } from '#test/support/service.fixture.ts';
import { sidecarWhere } from '#test/support/sidecar.fixture.ts';
import { noon } from '#test/support/dependencies.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { callRow } from '#dynamodb/rows/call.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { domainNameRow } from '#dynamodb/rows/domain.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { phoneRow } from '#dynamodb/rows/phone.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { create, overwrite, type Write } from '#dynamodb/write.ts';
import { aCall, aLeg } from '#telephony/call.fixture.ts';
import { hangUp, type Call } from '#telephony/call.ts';
import type { Device } from '#schema/device.ts';
import type { PhoneLine } from '#schema/phone.ts';
import type { CallActionOutcome, EndCallOutcome, PlaceCallCommand, PlaceCallOutcome } from '#sidecar/call-command.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import type { Trunk } from '#telephony/trunk.ts';
import { callsHandler } from './handler.ts';

/** `/Calls` on a real store, with a sidecar that answers as each test says. */

let placed: Omit<PlaceCallCommand, 'kind' | 'forwarded'>[];
let asked: string[];
let placing: PlaceCallOutcome;
let ending: EndCallOutcome;
let acting: CallActionOutcome;
/** Stores the call that a lost command has placed. */
let onPlace: (id: string) => Promise<void>;

const service = startService((dependencies) =>
  callsHandler({
    ...dependencies,
    sidecar: sidecarWhere({
      placeCall: async (command) => {
        placed.push(command);
        await onPlace(command.call);
        return placing;
      },
      endCall: async ({ call: id, cause, by }, task) => {
        asked.push(`end ${id} ${cause} ${by} at ${task}`);
        return ending;
      },
      actOnCall: async ({ call: id, action, leg, destination, mode }, task) => {
        asked.push([action, id, leg, JSON.stringify(destination), mode, task].join(' '));
        return acting;
      },
    }),
  }),
);

let organization = 6_000;
let token: string;
const user = 'usr_home';

beforeEach(async () => {
  organization += 1;
  [placed, asked] = [[], []];
  placing = { kind: 'created' };
  ending = { kind: 'accepted' };
  acting = { kind: 'accepted' };
  onPlace = async () => undefined;
  token = await service.tenants.join(organization);
});

const store = (...writes: readonly Write[]) => commit(service.store, organization, writes);
const newCall = (fields: Partial<Call> = {}) => store(create(callRow, aCall({ org_id: organization, ...fields })));
const id = aCall().id;
const answered = {
  status: 'answered',
  legs: [aLeg({ role: 'source', status: 'answered' }), aLeg({ status: 'answered' })],
} as const;

/** The token of a caller that is limited to its own calls. */
const agent = () =>
  service.tenants.join(organization, {
    user: { id: user, roles: ['agent'], direct_number: '+4610100555', mobile: '+46701234567' },
    session: { scopes: ['calls:read', 'calls:write'], own_only: ['calls:read', 'calls:write'] },
  });

const phone = (number: string) => ({ type: 'phone', number });
const body = { source: phone('+4610100555'), destination: phone('+46890510') };
const place = (json: object = body, as: string = token) => call(service.handler, 'POST /Calls', { token: as, json });
const get = (callId: string = id, as: string = token) =>
  call(service.handler, 'GET /Calls/{callId}', { token: as, params: { callId } });
const act = (json: object, as: string = token) =>
  call(service.handler, 'POST /Calls/{callId}/actions', { token: as, params: { callId: id }, json });
const hangUpBy = (as: string = token, callId: string = id) =>
  call(service.handler, 'DELETE /Calls/{callId}', { token: as, params: { callId } });

const device = (userId: string | null) =>
  create(deviceRow, { id: 'dev_1', user_id: userId, lines: [] } as Partial<Device> as Device);
const line = (fields: Partial<PhoneLine> = {}) =>
  create(phoneRow, {
    username: 'f8ab70c893d0e9f715094b',
    user_id: user,
    created_at: noon.toISOString(),
    expires_at: '2026-11-20T13:00:00.000Z',
    ended_at: null,
    ...fields,
  } as Partial<PhoneLine> as PhoneLine);

describe('a call', () => {
  test('is placed by the sidecar, and answered at once', async () => {
    const reply = await place({ ...body, meta: { order: 1 }, header: { 'X-Order': '1' } });
    const callId = placed[0]?.call ?? '';
    expect([reply.status, reply.body]).toEqual([
      201,
      { id: callId, url: `https://trunkline.test/v1/Calls/${callId}`, status: 'created' },
    ]);
    expect(placed).toMatchObject([
      {
        organization,
        ...body,
        options: { timeout: 30, caller_id: null },
        meta: { order: 1 },
        header: { 'X-Order': '1' },
        caller: { own_only: false },
      },
    ]);
  });

  test.each([
    [{}, '400 MISSING_FIELD', 'source'],
    [{ ...body, source: phone('0890510') }, '400 INVALID_PARAMETER', 'source.number'],
    [{ ...body, source: phone('911') }, '400 INVALID_PARAMETER', 'source.number'],
    [{ ...body, source: phone('+1911') }, '400 INVALID_PARAMETER', 'source.number'],
    [{ ...body, destination: phone('+49112') }, '400 INVALID_PARAMETER', 'destination.number'],
    [{ ...body, destination: phone('+911') }, '400 INVALID_PARAMETER', 'destination.number'],
    [
      { ...body, destination: { type: 'sip', uri: 'sip:911@evil.example' } },
      '400 INVALID_PARAMETER',
      'destination.uri',
    ],
    [{ ...body, options: { timeout: 400 } }, '400 INVALID_PARAMETER', 'options.timeout'],
    [{ ...body, options: { caller_id: '+15550001' } }, '422 CALLER_ID_NOT_ALLOWED', 'options.caller_id'],
    [{ ...body, source: { type: 'device', id: 'dev_none' } }, '400 INVALID_PARAMETER', 'source.id'],
    [
      { ...body, destination: { type: 'line', username: '0'.repeat(22) } },
      '400 INVALID_PARAMETER',
      'destination.username',
    ],
    [
      { ...body, destination: { type: 'sip', uri: 'sip:a@evil.example' } },
      '422 DESTINATION_NOT_ALLOWED',
      'destination.uri',
    ],
  ])('that is wrong is rejected with the path of its field: %j', async (json, wanted, path) => {
    const reply = await place(json);
    expect([outcome(reply), placed]).toEqual([wanted, []]);
    expect(reply.body.error.details).toMatchObject({
      violations: expect.arrayContaining([expect.objectContaining({ path })]),
    });
  });

  test('goes to hosts of trunks and active domains of the organization', async () => {
    await store(
      create(trunkRow, { id: 'trunk_1', host: 'SIP.carrier.example' } as Partial<Trunk> as Trunk),
      create(domainNameRow, { host: 'pbx.example', claim: 'active', org_id: organization, domain_id: 'dom_1' }),
    );
    const to = async (uri: string) => outcome(await place({ ...body, destination: { type: 'sip', uri } }));
    expect([await to('sip:a@sip.carrier.example:5070'), await to('sip:204@pbx.example')]).toEqual(['201', '201']);
  });

  test('does not go to the domain of another organization', async () => {
    await store(overwrite(domainNameRow, { host: 'theirs.example', claim: 'active', org_id: 1, domain_id: 'dom_1' }));
    expect(outcome(await place({ ...body, destination: { type: 'sip', uri: 'sip:204@theirs.example' } }))).toBe(
      '422 DESTINATION_NOT_ALLOWED',
    );
  });

  test('presents an active number of the organization', async () => {
    const number = `+4670${organization}0000`;
    const held = { number, state: 'active', org_id: organization, route: null } as Partial<PhoneNumber> as PhoneNumber;
    await store(create(numberRow, held));
    expect(outcome(await place({ ...body, options: { caller_id: number } }))).toBe('201');
    expect(placed[0]?.options).toEqual({ timeout: 30, caller_id: number });
  });

  test.each([
    ['INSUFFICIENT_BALANCE', 'NO_CREDIT', 402],
    ['CALL_DENIED', 'POLICY_DENY', 403],
    ['CALL_LIMIT', 'RATE_LIMITED', 429],
  ] as const)('that the dial plan refuses is %s with its reason', async (code, reason, status) => {
    placing = { kind: 'refused', code, reason, party: 'destination' };
    const reply = await place();
    expect([reply.status, reply.body]).toMatchObject([
      status,
      { error: { code, details: { reason, party: 'destination' } } },
    ]);
  });

  test('is recorded if that is asked for and a relay records; else it is rejected', async () => {
    expect(outcome(await place({ ...body, options: { record: true } }))).toBe('201');
    expect(placed[0]?.options).toEqual({ timeout: 30, caller_id: null, record: true });
    placing = { kind: 'refused', code: 'RECORDING_UNAVAILABLE', reason: 'NO_MEDIA_RELAY', party: 'source' };
    const reply = await place({ ...body, options: { record: true } });
    expect([outcome(reply), JSON.stringify(reply.body)]).toEqual([
      '422 RECORDING_UNAVAILABLE',
      expect.stringContaining('options.record'),
    ]);
  });

  test('is rejected while no sidecar answers', async () => {
    placing = { kind: 'unreachable' };
    expect(outcome(await place())).toBe('503 UNAVAILABLE');
  });

  test('that has begun is answered although the outcome of its command was lost', async () => {
    placing = { kind: 'unreachable' };
    onPlace = (callId) => newCall({ id: callId });
    expect(outcome(await place())).toBe('201');
  });

  test('is placed once with an Idempotency-Key', async () => {
    const again = () =>
      call(service.handler, 'POST /Calls', { token, json: body, headers: { 'idempotency-key': 'order-1' } });
    const [first, second] = [await again(), await again()];
    expect([first.body, placed.length]).toEqual([second.body, 1]);
  });

  test('is the same one when it is repeated after its command was lost', async () => {
    const again = (headers: Readonly<Record<string, string>>) =>
      call(service.handler, 'POST /Calls', { token, json: body, headers });
    placing = { kind: 'unreachable' };
    const key = { 'idempotency-key': 'order-3' };
    for (let attempt = 0; attempt < 2; attempt += 1) expect(outcome(await again(key))).toBe('503 UNAVAILABLE');
    // The sidecar got the first command late.
    await newCall({ id: placed[0]?.call ?? '' });
    const repeated = await again(key);
    expect([outcome(repeated), repeated.body]).toMatchObject(['201', { id: placed[0]?.call }]);
    expect(new Set(placed.map(({ call: callId, id }) => `${callId} ${id}`)).size).toBe(1);
    // Without a key it is another one.
    expect(outcome(await again({}))).toBe('503 UNAVAILABLE');
    expect(placed.at(-1)?.call).not.toBe(placed[0]?.call);
  });

  test.each([
    ['that was placed', true, 1],
    ['that was not placed', false, 2],
  ])('%s by a function that died is the same call when its request is repeated', async (_, isPlaced, commands) => {
    const again = () =>
      call(service.handler, 'POST /Calls', { token, json: body, headers: { 'idempotency-key': 'order-2' } });
    const died = Promise.withResolvers<true>();
    const never = new Promise<void>(() => undefined);
    onPlace = async (callId) => {
      if (isPlaced) await newCall({ id: callId });
      died.resolve(true);
      await never;
    };
    void again();
    await died.promise;
    onPlace = async () => undefined;
    service.clock.advance(61);
    const repeated = await again();
    service.clock.advance(-61);
    expect(outcome(repeated)).toBe('201');
    expect(placed).toHaveLength(commands);
    expect(repeated.body).toMatchObject({ id: placed[0]?.call });
    expect(new Set(placed.map(({ call: callId }) => callId)).size).toBe(1);
    expect(new Set(placed.map(({ id: command }) => command)).size).toBe(1);
  });
});

describe('a caller that is limited to its own calls', () => {
  test('calls from its numbers, its devices and its lines', async () => {
    const own = await agent();
    await store(device(user), line());
    const from = async (source: object) => outcome(await place({ ...body, source }, own));
    expect([
      await from(phone('+4610100555')),
      await from(phone('+46701234567')),
      await from({ type: 'device', id: 'dev_1' }),
      await from({ type: 'line', username: 'f8ab70c893d0e9f715094b' }),
    ]).toEqual(['201', '201', '201', '201']);
    expect(placed[0]?.caller).toEqual({ id: user, user_id: user, own_only: true });
  });

  test('calls from nothing else, and learns nothing of it', async () => {
    const own = await agent();
    await store(device('usr_other'), line({ user_id: null }));
    const from = async (source: object) => outcome(await place({ ...body, source }, own));
    const outcomes = [
      await from(phone('+46890510')),
      await from({ type: 'device', id: 'dev_1' }),
      await from({ type: 'device', id: 'dev_none' }),
      await from({ type: 'line', username: 'f8ab70c893d0e9f715094b' }),
      await from({ type: 'sip', uri: 'sip:a@example.com' }),
    ];
    expect([new Set(outcomes), placed]).toEqual([new Set(['403 SOURCE_NOT_ALLOWED']), []]);
  });

  test('sees, changes and ends its own calls only', async () => {
    const own = await agent();
    await newCall({ ...answered, user_id: 'usr_other' });
    const listed = await call(service.handler, 'GET /Calls', { token: own });
    expect([
      outcome(await get(id, own)),
      outcome(await act({ action: 'hold' }, own)),
      outcome(await hangUpBy(own)),
      listed.body,
    ]).toMatchObject(['404 NOT_FOUND', '404 NOT_FOUND', '404 NOT_FOUND', { calls: [] }]);
    expect(asked).toEqual([]);
  });
});

describe('calls in progress', () => {
  const list = async (query: Readonly<Record<string, string>> = {}) => {
    const { body: answer } = await call(service.handler, 'GET /Calls', { token, query });
    return answer as object as { readonly calls: readonly { readonly id: string }[]; readonly next_page_token: string };
  };

  test('are listed newest first, without legs and without ended ones', async () => {
    const end = { cause: 'NORMAL_CLEARING', q850: 16, sip_code: null, by: 'caller' } as const;
    await newCall({ id: 'call_01' });
    await newCall({ id: 'call_02' });
    await store(create(callRow, hangUp(aCall({ id: 'call_03' }), end, noon)));
    const { calls } = await list();
    expect(calls.map((each) => each.id)).toEqual(['call_02', 'call_01']);
    expect(calls[0]).not.toHaveProperty('legs');
    const first = await list({ limit: '1' });
    expect((await list({ limit: '1', page_token: first.next_page_token })).calls).toMatchObject([{ id: 'call_01' }]);
  });

  test.each([
    [{ status: 'answered' }, ['call_02']],
    [{ number: '+46701234567' }, ['call_02']],
    [{ number: ' 46890510' }, ['call_02', 'call_01']],
    [{ user_id: 'usr_2' }, ['call_02']],
    [{ gateway: 'gw_2' }, ['call_02']],
  ])('are filtered by %j', async (query, ids) => {
    await newCall({ id: 'call_01' });
    await newCall({
      ...answered,
      id: 'call_02',
      user_id: 'usr_2',
      legs: [aLeg({ gateway_id: 'gw_2' })],
      numbers: { ...aCall().numbers, caller: '+46701234567' },
    });
    expect((await list(query)).calls.map((each) => each.id)).toEqual(ids);
  });

  test('are not found by a number that their caller withheld', async () => {
    await newCall({ privacy: true, direction: 'inbound' });
    expect((await list({ number: '+4610100555' })).calls).toEqual([]);
  });
});

describe('one call', () => {
  test('is shown with its legs', async () => {
    await newCall();
    expect((await get()).body).toMatchObject({
      id,
      status: 'created',
      legs: [{ role: 'source' }, { role: 'destination' }],
    });
  });

  test.each(['call_01M80C4A3X5J5YNXFESCQD4902', 'c000daeuyzzoq-za3wqdi-ycuaugy-jmqq', 'x'])(
    'that does not exist is not found: %s',
    async (callId) => {
      expect(outcome(await get(callId))).toBe('404 NOT_FOUND');
    },
  );
});

describe('an action', () => {
  test('goes to the task of the call', async () => {
    await newCall(answered);
    const reply = await act({ action: 'transfer', destination: '+46701234567', mode: 'blind' });
    expect([reply.status, reply.body]).toEqual([202, { id, action: 'transfer', status: 'accepted' }]);
    expect(asked).toEqual([`transfer ${id} source {"type":"phone","number":"+46701234567"} blind task_1`]);
  });

  test('that joins the source to a new party names it to the task', async () => {
    await newCall(answered);
    expect(outcome(await act({ action: 'transfer', destination: '+46701234567' }))).toBe('202');
    expect(asked).toEqual([`transfer ${id} source {"type":"phone","number":"+46701234567"} attended task_1`]);
  });

  test('of an unknown call is 404 before its body is read', async () => {
    expect(outcome(await act({ action: 'juggle' }))).toBe('404 NOT_FOUND');
  });

  test.each([
    [{ action: 'juggle' }, '400 INVALID_PARAMETER'],
    [{ action: 'transfer' }, '400 INVALID_PARAMETER'],
    [{ action: 'transfer', destination: '0890510' }, '400 INVALID_PARAMETER'],
    [{ action: 'transfer', destination: { type: 'sip', uri: 'sip:a@evil.example' } }, '422 DESTINATION_NOT_ALLOWED'],
    [
      { action: 'transfer', destination: { type: 'sip', uri: 'sip:a@sip.example.com' }, mode: 'blind' },
      '422 DESTINATION_NOT_ALLOWED',
    ],
    [{ action: 'hold', leg: 'both' }, '400 INVALID_PARAMETER'],
    [{ action: 'resume' }, '409 INVALID_CALL_STATE'],
  ])('that is wrong is rejected: %j', async (json, wanted) => {
    await newCall(answered);
    expect([outcome(await act(json)), asked]).toEqual([wanted, []]);
  });

  test('needs an answered call', async () => {
    await newCall({ status: 'ringing' });
    const reply = await act({ action: 'hold' });
    expect([reply.status, reply.body]).toMatchObject([
      409,
      { error: { code: 'INVALID_CALL_STATE', details: { status: 'ringing' } } },
    ]);
  });

  test.each([
    [{ kind: 'invalid_state' }, '409 INVALID_CALL_STATE'],
    [{ kind: 'not_found' }, '409 INVALID_CALL_STATE'],
    [{ kind: 'unreachable' }, '503 UNAVAILABLE'],
    [{ kind: 'refused', code: 'CALL_DENIED', reason: 'NO_ROUTE', party: 'destination' }, '403 CALL_DENIED'],
  ] as const)('whose outcome is %j is answered so', async (actingOutcome, wanted) => {
    await newCall(answered);
    acting = actingOutcome;
    expect(outcome(await act({ action: 'mute' }))).toBe(wanted);
  });
});

describe('hanging up', () => {
  test('ends a call at its task', async () => {
    await newCall(answered);
    expect([outcome(await hangUpBy()), asked]).toEqual(['204', [`end ${id} NORMAL_CLEARING api at task_1`]]);
  });

  test('an ended call does nothing more', async () => {
    await newCall({ status: 'hangup' });
    expect([outcome(await hangUpBy()), asked]).toEqual(['204', []]);
  });

  test('an unknown call is 404', async () => {
    expect(outcome(await hangUpBy())).toBe('404 NOT_FOUND');
  });

  test('is rejected while the task does not answer and the call goes on', async () => {
    await newCall(answered);
    ending = { kind: 'unreachable' };
    expect(outcome(await hangUpBy())).toBe('503 UNAVAILABLE');
  });
});
