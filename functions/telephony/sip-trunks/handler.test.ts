import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { numberOf } from '#test/support/resources.fixture.ts';
import { testDependencies, type TestDependencies } from '#test/support/dependencies.fixture.ts';
import { invokeEmergencyWarnings } from '#test/support/emergency-warnings.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, type Call, type Reply } from '#test/support/requests.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { gatewayHealthRow, replaceGatewayHealth } from '#dynamodb/rows/gateway-health.ts';
import { gatewayRow, pingedGateways, pingShards } from '#dynamodb/rows/gateway.ts';
import { type NumberItem, numberRow } from '#dynamodb/rows/number.ts';
import {
  registrationShards,
  saveRegistrationResult,
  supervisedTrunks,
  trunkRegistrationRow,
  trunkRow,
} from '#dynamodb/rows/trunk.ts';
import { tableFor } from '#dynamodb/table.ts';
import { afterPing, unknownHealth } from '#telephony/gateway-health.ts';
import type { ApiHandler } from '#http/serve.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { afterFailure, afterSuccess } from '#telephony/trunk-registration.ts';
import { create, remove } from '#dynamodb/write.ts';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { deviceSecrets } from '#secrets/device-secrets.ts';
import { ha1Of } from '#telephony/ha1.ts';
import { gatewaysHandler } from '../sip-gateways/handler.ts';
import { type TrunkAccountItem, trunkAccountRow } from '../rows/sip-account.ts';
import { disableGateways, trunksHandler } from './handler.ts';
import { changeInbound } from './inbound-steps.ts';
import type { InboundChange } from './sip-trunk.ts';
import { newGateway } from '../sip-gateways/sip-gateway.ts';

const number = 5300;
const secrets = rotatedSecret();
const stores = testStore();
let dependencies: TestDependencies;
let trunks: ApiHandler;
let gateways: ApiHandler;
let token = '';
/** Of an organization that has no other gateways. */
let lone = '';

beforeAll(async () => {
  const tenants = await tenantsIn(stores.store);
  [token, lone] = [await tenants.join(number), await tenants.join(number + 7)];
  dependencies = {
    ...testDependencies(stores.store, { environment: { PUBLIC_URL: 'https://trunkline.test' } }),
    invoke: invokeEmergencyWarnings(stores.store),
    secrets,
    clock: () => new Date('2026-11-20T12:00:00.000Z'),
  };
  [trunks, gateways] = [trunksHandler(dependencies), gatewaysHandler(dependencies)];
});

const table = () =>
  tableFor<'trunk' | 'trunk@GSI1' | 'trunk-registration' | 'gateway' | 'gateway@GSI1' | 'gateway-health'>(
    stores.store,
    number,
  );
const trunk = (route: string, id: string, more: Call = {}): Promise<Reply> =>
  call(trunks, route, { token, ...more, params: { id } });
const fieldsOf = ({ body }: Reply): Readonly<Record<string, unknown>> => body.data;
const createTrunk = async (json: object): Promise<string> =>
  String(
    fieldsOf(
      await trunk('PUT /siptrunk/{id}', 'new', {
        json: { name: `trunk ${Math.random()}`, type: 'carrier', host: 'sip.example.com', ...json },
      }),
    )['id'],
  );
const registering = { register: true, username: 'user', password: 'kept secret' };
const registrationOf = async (id: string) => (await table().get(trunkRegistrationRow, { id }))!;
const idsIn = async (
  found: readonly Promise<{ readonly items: readonly { readonly id: string }[] }>[],
): Promise<string[]> => (await Promise.all(found)).flatMap(({ items }) => items.map(({ id }) => id));
const shards = (count: number): number[] => Array.from({ length: count }, (_, shard) => shard);
const registeredIds = (): Promise<string[]> =>
  idsIn(shards(registrationShards).map((shard) => table().queryIndex(trunkRow, 'GSI1', supervisedTrunks(shard))));
const pingedIds = (): Promise<string[]> =>
  idsIn(shards(pingShards).map((shard) => table().queryIndex(gatewayRow, 'GSI1', pingedGateways(shard))));

test('a trunk that a newer version stored is answered by 500 and raises an alarm', async () => {
  const id = 'trunk_01J9ZK3W5M8Q2R4T6V8X0Y2Z4N';
  const newer = { ...trunkRow, schema: trunkRow.schema + 1 };
  const stored = (await table().get(trunkRow, { id: await createTrunk({}) }))!;
  await commit(stores.store, number, [create(newer, { ...stored, id })]);
  const faults = dependencies.faults.length;
  const answer = await trunk('GET /siptrunk/{id}', id);
  expect([answer.status, answer.body.error.code]).toEqual([500, 'INTERNAL_ERROR']);
  expect(String(dependencies.faults[faults])).toContain(`A stored trunk has schema ${newer.schema}`);
  expect((await trunk('GET /siptrunk', '')).status).toBe(500);
  await commit(stores.store, number, [remove(trunkRow, { id })]);
});

describe('a trunk that registers', () => {
  test('stores its password sealed, and no event contains it', async () => {
    const id = await createTrunk(registering);
    const stored = (await table().get(trunkRow, { id }))!;
    expect(JSON.stringify(stored)).not.toContain('kept secret');
    expect(
      await sealsFrom(secrets).open(stored.sealed_password ?? '', { organization: number, id, field: 'password' }),
    ).toBe('kept secret');
    expect(JSON.stringify(await eventsOf(stores.store, number))).not.toContain(stored.sealed_password);
  });

  test('is in the index of registering trunks while it keeps a binding', async () => {
    const [id, other] = [await createTrunk(registering), await createTrunk({})];
    expect(await registeredIds()).toEqual(expect.arrayContaining([id]));
    expect(await registeredIds()).not.toContain(other);
    await trunk('POST /siptrunk/{id}', id, { json: { status: 'suspended' } });
    expect(await registeredIds()).toContain(id);
    await trunk('POST /siptrunk/{id}', id, { json: { status: 'inactive' } });
    expect(await registeredIds()).not.toContain(id);
  });

  test('answers the result of its REGISTER, and ignores results of an older epoch', async () => {
    const id = await createTrunk(registering);
    const wanted = await registrationOf(id);
    const done = { ...wanted, ...afterSuccess(wanted, '2026-11-20T12:00:00.000Z', 3_600), call_id: 'a@b', cseq: 1 };
    await commit(stores.store, number, [saveRegistrationResult(wanted, done)]);
    expect(fieldsOf(await trunk('GET /siptrunk/{id}', id))).toMatchObject({
      status: 'active',
      registration: { state: 'registered', expires_at: '2026-11-20T13:00:00.000Z' },
    });
    await trunk('POST /siptrunk/{id}', id, { json: { host: 'other.example.com' } });
    const late = afterFailure(done, { code: 403, reason: 'Forbidden', at: '2026-11-20T12:00:01.000Z' });
    await expect(
      commit(stores.store, number, [saveRegistrationResult(done, { ...done, ...late, cseq: 2 })]),
    ).rejects.toThrow();
    const current = await registrationOf(id);
    await commit(stores.store, number, [
      saveRegistrationResult(current, {
        ...current,
        ...afterFailure(current, { code: 403, reason: 'Forbidden', at: '2026-11-20T12:00:01.000Z' }),
        cseq: 1,
      }),
    ]);
    expect(fieldsOf(await trunk('GET /siptrunk/{id}', id))).toMatchObject({
      status: 'pending',
      registration: { state: 'failed', next_attempt: '2026-11-20T12:00:31.000Z' },
      last_error: { code: 403, reason: 'Forbidden' },
    });
  });

  test('that is unregistered records one event', async () => {
    const id = await createTrunk(registering);
    const wanted = await registrationOf(id);
    await commit(stores.store, number, [
      saveRegistrationResult(wanted, {
        ...wanted,
        ...afterSuccess(wanted, '2026-11-20T12:00:00.000Z', 3_600),
        cseq: 1,
      }),
    ]);
    await trunk('POST /siptrunk/{id}', id, { json: { status: 'inactive' } });
    await trunk('DELETE /siptrunk/{id}', id);
    const types = (await eventsOf(stores.store, number))
      .filter(({ entity }) => entity.id === id)
      .map(({ type }) => type);
    expect(types.filter((type) => type === 'trunk.unregistered')).toHaveLength(1);
  });

  test('or not is stored with its organization and the first epoch', async () => {
    const id = await createTrunk({});
    const { items } = await table().query(trunkRow, {});
    expect(items.find((each) => each.id === id)).toMatchObject({
      sealed_password: null,
      registration_epoch: 1,
      org_id: number,
    });
  });
});

describe('a number', () => {
  const createNumber = async (last: number, more: Partial<NumberItem>): Promise<NumberItem> => {
    const item = numberOf({ id: `num_${last}`, number: `+4689051${last}`, country: 'SE', org_id: number, ...more });
    await commit(stores.store, 0, [create<'number', NumberItem, { number: string }>(numberRow, item)]);
    return item;
  };

  test('that routes to a trunk is one of its routes, and prevents its deletion without force', async () => {
    const id = await createTrunk({});
    const { id: numberId, number: digits } = await createNumber(1, { route: { type: 'trunk', id } });
    expect(fieldsOf(await trunk('GET /siptrunk/{id}', id, { query: { include: 'routes' } }))['routes']).toEqual([
      { type: 'number', id: numberId, number: digits },
    ]);
    const rejected = await trunk('DELETE /siptrunk/{id}', id);
    expect([rejected.status, JSON.stringify(rejected)]).toEqual([409, expect.stringContaining(digits)]);
    expect((await trunk('DELETE /siptrunk/{id}', id, { query: { force: 'true' } })).status).toBe(200);
  });

  test('of another organization as caller ID of a trunk or gateway gives a warning', async () => {
    const [own, foreign] = [await createNumber(2, {}), await createNumber(3, { org_id: number + 1 })];
    const warnings = async (of: Promise<Reply>): Promise<boolean> =>
      JSON.stringify(await of).includes('is not an active number');
    const id = await createTrunk({});
    const byTrunk = (callerId: string) =>
      warnings(trunk('POST /siptrunk/{id}', id, { json: { caller_id_number: callerId } }));
    const byGateway = (callerId: string) =>
      warnings(
        call(gateways, 'PUT /sipgateways/{id}', {
          token,
          params: { id: 'new' },
          json: { name: `gateway-${callerId.slice(1)}`, host: 'a.example', caller_id_number: callerId },
        }),
      );
    expect([
      await byTrunk(own.number),
      await byTrunk(foreign.number),
      await byGateway(own.number),
      await byGateway(foreign.number),
    ]).toEqual([false, true, false, true]);
  });
});

test('deleting a trunk warns as disabling its gateways does, when no way is left for emergency calls', async () => {
  const gatewayOver = async (trunk_id: string) => {
    const json = { name: `over-${trunk_id.slice(-6)}`, trunk_id };
    const made = await call(gateways, 'PUT /sipgateways/{id}', { token: lone, params: { id: 'new' }, json });
    return String(fieldsOf(made)['id']);
  };
  const newTrunk = async (name: string) => {
    const json = { name, type: 'carrier', host: 'sip.example.com' };
    return String(
      fieldsOf(await call(trunks, 'PUT /siptrunk/{id}', { token: lone, params: { id: 'new' }, json }))['id'],
    );
  };
  const [first, second] = [await newTrunk('first'), await newTrunk('second')];
  const [, last] = [await gatewayOver(first), await gatewayOver(second)];
  const warningsOf = ({ status, body }: Reply): unknown => [status, 'warnings' in body ? body.warnings : []];
  const remove = (id: string) =>
    call(trunks, 'DELETE /siptrunk/{id}', { token: lone, params: { id }, query: { force: 'true' } });
  expect(warningsOf(await remove(first))).toEqual([200, []]);
  const disable = (enabled: boolean) =>
    call(gateways, 'POST /sipgateways/{id}', { token: lone, params: { id: last }, json: { enabled } });
  const expected = warningsOf(await disable(false));
  await disable(true);
  expect(JSON.stringify(expected)).toContain('emergency number 911');
  expect(warningsOf(await remove(second))).toEqual(expected);
});

describe('gateways', () => {
  const gateway = async (json: object): Promise<string> =>
    String(fieldsOf(await call(gateways, 'PUT /sipgateways/{id}', { token, params: { id: 'new' }, json }))['id']);

  test('are in the index of pinged gateways while their pings are enabled', async () => {
    const [id, idle] = [
      await gateway({ name: 'pinged', host: 'a.example' }),
      await gateway({ name: 'idle', host: 'a.example', ping: { enabled: false } }),
    ];
    const listed = await pingedIds();
    expect([listed.includes(id), listed.includes(idle)]).toEqual([true, false]);
  });

  test('have no lost updates of their health, and none after their deletion', async () => {
    const id = await gateway({ name: 'watched', host: 'a.example' });
    const read = (await table().get(gatewayHealthRow, { id }))!;
    const settings = (await table().get(gatewayRow, { id }))!.ping;
    const next = afterPing(read, { at: Date.parse('2026-11-20T12:00:00Z'), response_time_ms: 12 }, settings);
    await commit(stores.store, number, [replaceGatewayHealth(read, next)]);
    await expect(commit(stores.store, number, [replaceGatewayHealth(read, next)])).rejects.toThrow();
    expect(fieldsOf(await call(gateways, 'GET /sipgateways/{id}', { token, params: { id } }))).toMatchObject({
      status: 'healthy',
      response_time_ms: 12,
      last_ping: '2026-11-20T12:00:00.000Z',
    });
    await call(gateways, 'DELETE /sipgateways/{id}', { token, params: { id } });
    await expect(commit(stores.store, number, [replaceGatewayHealth({ ...read, version: 2 }, next)])).rejects.toThrow();
  });

  test('of a deleted trunk are disabled: 18 with it, the others by the cascading delete', async () => {
    const id = await createTrunk({});
    const ids: string[] = [];
    for (let at = 0; at < 32; at += 1) ids.push(await gateway({ name: `by-${at}`, trunk_id: id }));
    expect((await trunk('DELETE /siptrunk/{id}', id)).status).toBe(409);
    expect((await trunk('DELETE /siptrunk/{id}', id, { query: { force: 'true' } })).status).toBe(200);
    const enabled = async () =>
      (
        await table().getAll(
          gatewayRow,
          ids.map((each) => ({ id: each })),
        )
      ).filter((each) => each?.enabled).length;
    expect(await enabled()).toBe(32 - 18);
    for (let time = 0; time < 2; time += 1) {
      await cascadesIn(stores.store)(number, 'trunk.deleted', id);
      expect(await enabled()).toBe(0);
    }
    const events = (await eventsOf(stores.store, number)).filter(
      ({ type, entity }) => type === 'gateway.updated' && ids.includes(entity.id),
    );
    expect(events).toHaveLength(32);
  });
});

describe('the credentials with which a PBX calls', () => {
  const pbx = (more: Call = {}): Promise<Reply> =>
    trunk('PUT /siptrunk/{id}', 'pbx', { json: { name: `pbx ${Math.random()}`, host: 'pbx.example.com' }, ...more });
  const accountOf = (username: unknown) =>
    tableFor<'sip-credential'>(stores.store, 0).get(trunkAccountRow, { sip_username: String(username) });
  const hash = (username: unknown, password: unknown): string =>
    createHash('md5')
      .update(`${String(username)}:trunkline.test:${String(password)}`)
      .digest('hex');

  test('are shown once, when they are made', async () => {
    const { id, inbound_username: username, inbound_password: password } = fieldsOf(await pbx());
    expect((await accountOf(username))?.ha1).toMatchObject([{ md5: hash(username, password) }]);
    const shown = fieldsOf(await trunk('GET /siptrunk/{id}', String(id)));
    expect([shown['inbound_username'], 'inbound_password' in shown]).toEqual([username, false]);
    expect(JSON.stringify(await eventsOf(stores.store, number))).not.toContain(String(password));
  });

  test('are rotated on request: the user name stays', async () => {
    const made = fieldsOf(await pbx());
    const json = { rotate_inbound_password: true };
    const rotated = fieldsOf(await trunk('POST /siptrunk/{id}', String(made['id']), { json }));
    expect(rotated['inbound_username']).toBe(made['inbound_username']);
    const { ha1 } = (await accountOf(made['inbound_username'])) ?? {};
    expect(ha1).toMatchObject([{ md5: hash(made['inbound_username'], rotated['inbound_password']) }]);
    expect(rotated['inbound_password']).not.toBe(made['inbound_password']);
  });

  test('are not repeated with the answer to an idempotent request', async () => {
    const request = { headers: { 'idempotency-key': 'one-pbx' }, json: { name: 'repeated', host: 'pbx.example.com' } };
    const [first, again] = [await pbx(request), await pbx(request)];
    expect(fieldsOf(again)['id']).toBe(fieldsOf(first)['id']);
    expect([fieldsOf(first), fieldsOf(again)].map((fields) => 'inbound_password' in fields)).toEqual([true, false]);
  });

  test('end with the trunk, and when it becomes a carrier, which has none', async () => {
    const [one, two] = [fieldsOf(await pbx()), fieldsOf(await pbx())];
    const carrier = await trunk('POST /siptrunk/{id}', String(one['id']), { json: { type: 'carrier' } });
    expect([carrier.status, fieldsOf(carrier)['inbound_username']]).toEqual([200, null]);
    await trunk('DELETE /siptrunk/{id}', String(two['id']));
    for (const each of [one, two]) expect(await accountOf(each['inbound_username'])).toBeUndefined();
    const json = { rotate_inbound_password: true };
    expect((await trunk('POST /siptrunk/{id}', String(one['id']), { json })).status).toBe(422);
    const back = await trunk('POST /siptrunk/{id}', String(one['id']), { json: { type: 'peer' } });
    expect(fieldsOf(back)['inbound_password']).toMatch(/^\w{32}$/);
  });
});

const seals = sealsFrom(rotatedSecret<'sealing-keys'>());
const tools = { seals, platform: 'sip.example.com' };

const changed = (change: InboundChange, account?: TrunkAccountItem) =>
  changeInbound(
    { id: 'trunk_1', org_id: 1_001, inbound_username: account?.sip_username ?? null },
    change,
    { account: async () => account, domains: async () => ({ domains: [], changes: 0 }) },
    tools,
  );

test('new credentials have a user name, HA1 values for the realms, and a password that only seals open', async () => {
  const made = await changed('make');
  const { sip_username: username, password: sealed, ha1 } = made!.after!;
  const password = await deviceSecrets(seals, 1_001, 'trunk_1').openSipPassword(sealed, username);
  expect(made).toMatchObject({ before: undefined, password });
  expect(ha1).toEqual([ha1Of({ username, realm: 'sip.example.com', password })]);
});

test('a new password keeps the user name, and the former one ends', async () => {
  const { after: account, password: former } = (await changed('make'))!;
  const rotated = await changed('rotate', account);
  expect(rotated).toMatchObject({ before: account, after: { sip_username: account!.sip_username, version: 2 } });
  expect(rotated!.password).not.toBe(former);
  expect(rotated!.after!.ha1).not.toEqual(account!.ha1);
});

test('a trunk that becomes a carrier loses its credentials, and one that keeps them is not read', async () => {
  const { after: account } = (await changed('make'))!;
  expect(await changed('end', account)).toMatchObject({ before: account, after: undefined });
  expect(await changed('keep', account)).toBeUndefined();
});

const now = '2026-11-20T12:00:00.000Z';
const gatewayOf = (id: string) => newGateway({ name: id, trunk_id: 'trunk_1' }, null, { id, organization: 1001, now });

test('gateways of a deleted trunk are disabled, and those with a health lose it', async () => {
  const gateways = [gatewayOf('gw_1'), gatewayOf('gw_2')];
  const read = { ...unknownHealth, response_time_ms: 12, id: 'gw_1', version: 1 };
  const disabled = await disableGateways({ healthOf: async () => [read, undefined] }, gateways, new Date(now));
  expect(disabled).toMatchObject([
    { before: { id: 'gw_1', enabled: true }, after: { enabled: false }, health: { read: { id: 'gw_1' } } },
    { before: { id: 'gw_2', enabled: true }, after: { enabled: false }, health: undefined },
  ]);
  expect(disabled[0]?.health?.after.response_time_ms).toBeNull();
});
