import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { decisionIn, policyIn } from '#test/system/dialplan.fixture.ts';
import type { Answer } from '#test/system/cloud.ts';
import { invokeEmergencyWarnings } from '#test/support/emergency-warnings.fixture.ts';
import { functionsAsking, type TestTenant } from '#test/support/functions.fixture.ts';
import { type Body, outcome } from '#test/system/tenant.fixture.ts';
import { sipGateways } from './contract.ts';
import { gatewaysHandler } from './handler.ts';
import { sipTrunks } from '../sip-trunks/contract.ts';
import { trunksHandler } from '../sip-trunks/handler.ts';
import { sipTrunkIps } from '../sip-trunk-ips/contract.ts';
import { trunkIpsHandler } from '../sip-trunk-ips/handler.ts';
import { sipGatewayPings } from '../sip-gateway-pings/contract.ts';
import { gatewayPingsHandler } from '../sip-gateway-pings/handler.ts';
import { dialplanPolicies } from '../../dialplan/dialplan-policies/contract.ts';
import { policyApi } from '../../dialplan/dialplan-policies/handler.ts';
import { dialplanTemplate } from '../../dialplan/dialplan-template/contract.ts';
import { templateApi } from '../../dialplan/dialplan-template/handler.ts';
import { dialplanEvaluator } from '../../dialplan/dialplan-evaluator/contract.ts';
import { evaluator } from '../../dialplan/dialplan-evaluator/handler.ts';
import { dialplanDependencies } from '../../dialplan/dialplan-dependencies/contract.ts';
import { dependenciesApi } from '../../dialplan/dialplan-dependencies/handler.ts';
import { events } from '../../platform/events/contract.ts';
import { eventsHandler } from '../../platform/events/handler.ts';

const functions = functionsAsking(
  invokeEmergencyWarnings,
  [sipGateways, gatewaysHandler],
  [sipTrunks, trunksHandler],
  [sipTrunkIps, trunkIpsHandler],
  [sipGatewayPings, gatewayPingsHandler],
  [dialplanPolicies, policyApi],
  [dialplanTemplate, templateApi],
  [dialplanEvaluator, evaluator],
  [dialplanDependencies, dependenciesApi],
  [events, eventsHandler],
);

let tenant: TestTenant;
beforeAll(async () => {
  tenant = await functions.newTenant();
});

type Data = Body & {
  readonly id: string;
  readonly ips: readonly { readonly id: string; readonly address: string }[];
  readonly events: readonly { readonly event_type?: string; readonly type?: string }[];
  readonly history: readonly { readonly timestamp: string }[];
};
const dataIn = ({ body }: Answer): Data => (body as { data: Data }).data;
const listIn = ({ body }: Answer): readonly Body[] => (body as { data: Body[] }).data;
const warningsIn = ({ body }: Answer): readonly string[] => (body as { warnings?: string[] }).warnings ?? [];
/** A gateway that is not pinged, as its host does not exist and a ping would change its status. @returns its id */
const newGateway = async (name: string, more: Body = {}): Promise<string> => {
  const fields = { name, host: 'gw.example.com', ping: { enabled: false }, ...more };
  const answer = await tenant.ask('PUT', '/sipgateways/new', fields);
  expect(answer).toMatchObject({ status: 201 });
  return dataIn(answer).id;
};
const createTrunk = async (more: Body = {}): Promise<Data> =>
  dataIn(
    await tenant.ask('PUT', '/siptrunk/new', {
      name: `trunk ${Math.random()}`,
      type: 'carrier',
      host: 'sip.example.com',
      ...more,
    }),
  );
const newTrunk = async (more: Body = {}): Promise<string> => (await createTrunk(more)).id;
const policyOver = (name: string, gateway: string, more: Body = {}) =>
  tenant.ask('PUT', '/dialplan/policy', {
    name,
    status: 'active',
    conditions: { pattern: `^${name}` },
    actions: { allow: true, gateway, ...more },
  });
const decide = async (called: string): Promise<Body> =>
  decisionIn(await tenant.ask('POST', '/dialplan/evaluate', { called }));
const eventsOf = async (entity: string): Promise<readonly string[]> =>
  dataIn(await tenant.ask('GET', `/events/${entity}`)).events.map(({ event_type: name, type }) => name ?? type ?? '');

describe('a gateway', () => {
  test('has the documented defaults, no visible password, and the status unknown before its first ping', async () => {
    const fields = { name: 'defaults', host: 'gw.example.com', password: 'secret', username: 'user' };
    const made = dataIn(await tenant.ask('PUT', '/sipgateways/new', fields));
    expect(made).toMatchObject({ status: 'unknown', last_ping: null });
    const shown = dataIn(await tenant.ask('GET', `/sipgateways/${made.id}`));
    expect(shown).toMatchObject({
      organization_id: tenant.id,
      port: 5060,
      transport: 'udp',
      codecs: ['G.711', 'G.722', 'G.729', 'OPUS'],
      enabled: true,
      prefix: '',
      strip: 0,
      has_password: true,
      trunk_id: null,
      ping: {
        enabled: true,
        interval_seconds: 30,
        timeout_ms: 5_000,
        degraded_ms: 200,
        degraded_loss_percent: 5,
        down_after: 3,
        up_after: 3,
      },
    });
    expect(JSON.stringify(shown)).not.toContain('sealed');
  });

  test('keeps its password if a PUT has none, and loses it by null', async () => {
    const id = await newGateway('secretive', { password: 'secret' });
    expect(
      dataIn(await tenant.ask('PUT', `/sipgateways/${id}`, { name: 'secretive', host: 'other.example.com' })),
    ).toMatchObject({ has_password: true, host: 'other.example.com' });
    expect(dataIn(await tenant.ask('POST', `/sipgateways/${id}`, { password: null }))).toMatchObject({
      has_password: false,
    });
  });

  test('is rejected without host or trunk, with an invalid or taken name, or with too long a timeout', async () => {
    await newGateway('taken');
    const rejected = async (body: Body) => outcome(await tenant.ask('PUT', '/sipgateways/new', body));
    expect(await rejected({ name: 'x' })).toBe('400 MISSING_FIELD');
    expect(await rejected({ name: 'gw_x', host: 'a.example' })).toBe('422 VALIDATION_FAILED');
    expect(await rejected({ name: 'TAKEN', host: 'a.example' })).toBe('409 GATEWAY_NAME_EXISTS');
    expect(await rejected({ name: 'y', host: 'no host' })).toBe('422 INVALID_HOST');
    expect(await rejected({ name: 'y', trunk_id: 'trunk_none' })).toBe('422 VALIDATION_FAILED');
    expect(await rejected({ name: 'y', host: 'a.example', ping: { timeout_ms: 10_000, interval_seconds: 10 } })).toBe(
      '422 VALIDATION_FAILED',
    );
    expect(outcome(await tenant.ask('PUT', '/sipgateways/gw_none', { name: 'y', host: 'a.example' }))).toBe(
      '404 NOT_FOUND',
    );
  });

  test("of a trunk shows the trunk's peer, and warns that its own is ignored", async () => {
    const carrier = { host: 'carrier.example.com', transport: 'tls', codecs: ['OPUS'] };
    const trunk = await newTrunk({ ...carrier, profile: 'teams', fax: 'audio' });
    const answer = await tenant.ask('PUT', '/sipgateways/new', {
      ...{ name: 'by-trunk', trunk_id: trunk },
      ...{ host: 'ignored.example.com', attempt_seconds: 9 },
    });
    expect(dataIn(answer)).toMatchObject({
      trunk_id: trunk,
      host: 'carrier.example.com',
      port: 5061,
      transport: 'tls',
      codecs: ['OPUS'],
      ...{ profile: 'teams', fax: 'audio', media_encryption: 'require', attempt_seconds: 4 },
    });
    expect(warningsIn(answer).join()).toContain('host, attempt_seconds: ignored');
    expect(dataIn(await tenant.ask('GET', `/siptrunk/${trunk}?include=routes`))['routes']).toEqual([
      { type: 'gateway', id: dataIn(answer).id, name: 'by-trunk' },
    ]);
  });

  test('is disabled when its trunk is deleted by force; without force the trunk is not deleted', async () => {
    const trunk = await newTrunk();
    const gateway = await newGateway('orphan', { host: undefined, trunk_id: trunk });
    expect(outcome(await tenant.ask('DELETE', `/siptrunk/${trunk}`))).toBe('409 TRUNK_IN_USE');
    expect((await tenant.ask('DELETE', `/siptrunk/${trunk}?force=true`)).status).toBe(200);
    expect(dataIn(await tenant.ask('GET', `/sipgateways/${gateway}`))).toMatchObject({
      enabled: false,
      host: null,
      status: 'unknown',
    });
    expect(outcome(await tenant.ask('POST', `/sipgateways/${gateway}`, { enabled: true }))).toBe(
      '422 VALIDATION_FAILED',
    );
  });

  test('is listed by each filter', async () => {
    const id = await newGateway('listed-here', { enabled: false });
    const names = async (query: string) =>
      listIn(await tenant.ask('GET', `/sipgateways?${query}`)).map(({ name }) => name);
    expect(await names('enabled=false&q=LISTED')).toEqual(['listed-here']);
    expect(await names('status=down&q=LISTED')).toEqual([]);
    await tenant.ask('POST', `/sipgateways/${id}`, { enabled: true });
    await tenant.ask('POST', `/sipgwping/${id}/down/update`, {});
    expect(await names('status=down&q=LISTED')).toEqual(['listed-here']);
  });
});

describe('a gateway in the dial plan', () => {
  test('is dialled with its strip and prefix, by name or id', async () => {
    const id = await newGateway('carrier.a', { strip: 2, prefix: '00' });
    const byName = await policyOver('11', 'carrier.a');
    expect([byName.status, warningsIn(byName)]).toEqual([201, []]);
    await policyOver('12', id);
    for (const called of ['11555', '12555'])
      expect(await decide(called)).toMatchObject({
        allowed: true,
        destination: 'sofia/gateway/carrier.a/00555',
        routes: [{ gateway: id, name: 'carrier.a', status: 'unknown' }],
      });
    expect(
      (await tenant.ask('GET', `/dialplan/dependencies?type=policy&id=${policyIn(byName).id}`)).body,
    ).toMatchObject({
      dependencies: { downstream: [{ id, type: 'gateway', name: 'carrier.a', relationship: 'routes_to' }] },
    });
  });

  test('that is unmanaged is dialled with a warning; an unknown id is rejected', async () => {
    expect(warningsIn(await policyOver('13', 'somewhere')).join()).toContain('somewhere');
    expect(await decide('13')).toMatchObject({ routes: [{ gateway: null, name: 'somewhere', status: 'unmanaged' }] });
    expect(outcome(await policyOver('14', 'gw_none'))).toBe('422 UNKNOWN_GATEWAY');
  });

  test('that is down is tried last', async () => {
    const [first] = [await newGateway('first'), await newGateway('second')];
    await policyOver('15', 'first', { failover_gateways: ['second'] });
    await tenant.ask('POST', `/sipgwping/${first}/down/update`, {});
    expect(await decide('15')).toMatchObject({
      destination: 'sofia/gateway/second/15',
      routes: [
        { name: 'second', status: 'unknown' },
        { name: 'first', status: 'down' },
      ],
    });
  });

  test('that is disabled is not routed to', async () => {
    const id = await newGateway('resting');
    await policyOver('16', 'resting');
    await tenant.ask('POST', `/sipgateways/${id}`, { enabled: false });
    expect(await decide('16')).toMatchObject({ allowed: false, reason: 'NO_ROUTE' });
  });

  test('that a policy names is neither deleted nor renamed; if forced, the policy loses its route', async () => {
    const id = await newGateway('needed');
    await policyOver('17', 'needed');
    expect(outcome(await tenant.ask('DELETE', `/sipgateways/${id}`))).toBe('409 GATEWAY_IN_USE');
    expect(outcome(await tenant.ask('POST', `/sipgateways/${id}`, { name: 'else' }))).toBe('409 GATEWAY_IN_USE');
    expect((await tenant.ask('DELETE', `/sipgateways/${id}?force=true`)).status).toBe(200);
    await newGateway('needed');
    expect(await decide('17')).toMatchObject({ allowed: false, reason: 'NO_ROUTE' });
  });

  test('that the template names is in use', async () => {
    const id = await newGateway('templated');
    const rule = { priority: 1, pattern: '^18', action: 'bridge', destination: 'sofia/gateway/templated/$0' };
    expect((await tenant.ask('PUT', '/dialplan/template', { name: 'T', rules: [rule] })).status).toBe(201);
    expect(await decide('18')).toMatchObject({ reason: 'TEMPLATE', routes: [{ gateway: id }] });
    expect(outcome(await tenant.ask('DELETE', `/sipgateways/${id}`))).toBe('409 GATEWAY_IN_USE');
    await tenant.ask('DELETE', `/sipgateways/${id}?force=true`);
    expect(await decide('18')).toMatchObject({ allowed: false, reason: 'NO_ROUTE' });
  });
});

describe('the ping status', () => {
  test('follows reports, with an event per change, and has a history', async () => {
    const id = await newGateway('watched');
    const report = async (path: string, body: Body = {}) => {
      functions.clock.advance(1);
      return dataIn(await tenant.ask('POST', `/sipgwping/watched/${path}`, body));
    };
    expect(await report('up/45')).toMatchObject({ gateway_id: id, status: 'healthy', alert_generated: true });
    expect(await report('healthy/update', { response_time_ms: 55 })).toMatchObject({ alert_generated: false });
    expect(
      await report('status/update', { status: 'down', error_message: 'no answer', source: 'probe' }),
    ).toMatchObject({ status: 'down', alert_generated: true });
    const old = new Date(functions.clock.now().getTime() - 7_200_000).toISOString();
    expect(await report(`degraded/${old}`)).toMatchObject({ status: 'down', alert_generated: false });
    const shown = dataIn(await tenant.ask('GET', '/sipgwping/watched?include_history=true&resolution=raw'));
    expect(shown).toMatchObject({
      gateway_id: id,
      status: 'down',
      last_error: 'no answer',
      history: [
        { status: 'down' },
        { status: 'healthy' },
        { status: 'healthy', response_time_ms: 45 },
        { status: 'degraded', timestamp: old },
      ],
    });
    const hours = dataIn(await tenant.ask('GET', `/sipgwping/${id}?include_history=true&history_hours=1`));
    expect(hours.history[0]).toMatchObject({ status: 'down' });
    expect(hours.history[0]?.timestamp).toMatch(/:00:00\.000Z$/);
    await eventually(async () =>
      expect(await eventsOf(`gateway/${id}`)).toEqual(['gateway.down', 'gateway.healthy', 'gateway.created']),
    );
  });

  test('of all gateways is paged', async () => {
    const { body } = await tenant.ask('GET', '/sipgwping/all?limit=2');
    expect(body).toMatchObject({ success: true, limit: 2, offset: 0, data: { gateways: [{}, {}] } });
    const { next_page_token: token } = body as { next_page_token: string };
    expect((await tenant.ask('GET', `/sipgwping/all?limit=2&page_token=${token}`)).body).toMatchObject({
      data: { gateways: [{}, {}] },
    });
  });

  test.each([
    ['status/update', {}, '400 MISSING_FIELD'],
    ['status/update', { status: 'fine' }, '400 INVALID_STATUS'],
    ['sideways/update', {}, '400 INVALID_STATUS'],
    ['down/update', { status: 'healthy' }, '400 INVALID_STATUS'],
    ['down/later', {}, '400 INVALID_PARAMETER'],
    ['down/4102444800', {}, '400 INVALID_PARAMETER'],
    ['down/700000', {}, '400 INVALID_PARAMETER'],
    ['down/2026-01-01T00:00:00', {}, '400 INVALID_PARAMETER'],
    ['down/update', { packet_loss_percent: 101 }, '400 VALIDATION_FAILED'],
  ])('a report %s %j is answered %s', async (path, body, expected) => {
    expect(outcome(await tenant.ask('POST', `/sipgwping/watched/${path}`, body))).toBe(expected);
  });

  test("of another tenant's gateway is 404, and a period of more than a day is 400", async () => {
    expect(outcome(await tenant.ask('GET', '/sipgwping/gw_none'))).toBe('404 NOT_FOUND');
    expect(outcome(await tenant.ask('POST', '/sipgwping/nobody/down/update', {}))).toBe('404 NOT_FOUND');
    expect(outcome(await tenant.ask('GET', '/sipgwping/watched?history_hours=25'))).toBe('400 INVALID_PARAMETER');
  });
});

describe('a trunk that registers', () => {
  const registering = { register: true, username: 'user', password: 'secret' };

  test('needs a username and a password, and is pending until it is registered', async () => {
    const rejected = async (more: Body) =>
      outcome(
        await tenant.ask('PUT', '/siptrunk/new', {
          name: 'r',
          type: 'carrier',
          host: 'a.example',
          register: true,
          ...more,
        }),
      );
    expect([await rejected({}), await rejected({ username: 'user' })]).toEqual([
      '422 VALIDATION_FAILED',
      '422 VALIDATION_FAILED',
    ]);
    // In the answer: the first REGISTER fails soon, as the host does not exist.
    const made = await createTrunk(registering);
    expect(made).toMatchObject({
      status: 'pending',
      has_password: true,
      registration: { state: 'registering' },
      last_error: null,
    });
    const { id } = made;
    expect(dataIn(await tenant.ask('GET', `/siptrunk/${id}`))).toMatchObject({ status: 'pending', has_password: true });
    expect(dataIn(await tenant.ask('POST', `/siptrunk/${id}`, { status: 'active' }))).toMatchObject({
      status: 'active',
    });
    expect(dataIn(await tenant.ask('POST', `/siptrunk/${id}`, { host: 'elsewhere.example' }))).toMatchObject({
      status: 'pending',
    });
    expect(dataIn(await tenant.ask('POST', `/siptrunk/${id}`, { status: 'inactive' }))).toMatchObject({
      status: 'inactive',
      registration: { state: 'none', next_attempt: null },
    });
  });

  test('that the operator suspended is resumed by the operator only', async () => {
    const own = await functions.newTenant();
    const id = dataIn(await own.ask('PUT', '/siptrunk/pbx', { name: 'suspended', host: 'a.example' })).id;
    await functions.askAsOperator('POST', `/siptrunk/${id}?org_id=${own.id}`, { status: 'suspended' });
    expect(outcome(await own.ask('POST', `/siptrunk/${id}`, { status: 'active' }))).toBe('403 OPERATOR_ONLY');
    expect(dataIn(await own.ask('PUT', `/siptrunk/${id}`, { name: 'suspended', host: 'b.example' }))).toMatchObject({
      status: 'suspended',
    });
    expect(
      dataIn(await functions.askAsOperator('POST', `/siptrunk/${id}?org_id=${own.id}`, { status: 'active' })),
    ).toMatchObject({
      status: 'active',
    });
  });

  test('of a profile has its settings, those that are set before them, and the defaults after a PUT', async () => {
    const body = { name: 'of sipgate', type: 'carrier', host: 'sip.example', username: '1234567t0' };
    const { id, ...made } = await createTrunk({ ...body, profile: 'sipgate', expires: 600, headers: { 'X-A': 'b' } });
    expect(made).toMatchObject({ profile: 'sipgate', from_user: 'username', expires: 600, headers: { 'X-A': 'b' } });
    const change = async (more: Body) => dataIn(await tenant.ask('POST', `/siptrunk/${id}`, more));
    expect(await change({ expires: null, from_user: 'caller', outbound_proxy: 'sbc.example:5070' })).toMatchObject({
      ...{ expires: 3_600, from_user: 'caller', outbound_proxy: 'sbc.example:5070', headers: { 'X-A': 'b' } },
    });
    expect(await change({ profile: null })).toMatchObject({
      profile: 'generic',
      from_user: 'caller',
      from_domain: null,
    });
    const replaced = dataIn(await tenant.ask('PUT', `/siptrunk/${id}`, { ...body, fax: null }));
    expect(replaced).toMatchObject({ expires: 3_600, outbound_proxy: null, headers: {}, fax: 't38' });
    expect(dataIn(await tenant.ask('GET', `/siptrunk/${id}`))).toMatchObject({ did_source: ['request_uri'] });
    const listed = listIn(await tenant.ask('GET', '/siptrunk?q=of%20sipgate'));
    expect(listed).toMatchObject([{ profile: 'generic', stop_codes: [404, 410, 480, 484, 486, 487] }]);
  });

  test('sends no keys of SRTP without TLS, and no number of others as its user name', async () => {
    const id = await newTrunk();
    const change = async (more: Body) => outcome(await tenant.ask('POST', `/siptrunk/${id}`, more));
    expect(await change({ media_encryption: 'require' })).toBe('422 INSECURE_KEYS');
    expect(await change({ media_encryption: 'require', transport: 'tls' })).toBe('200');
    expect(await change({ transport: 'udp' })).toBe('422 INSECURE_KEYS');
    expect(await change({ from_user: 'username', username: '+442071234567' })).toBe('422 VALIDATION_FAILED');
    expect(await change({ headers: { 'X-A': 'b\r\nFrom: c' } })).toBe('422 VALIDATION_FAILED');
    const gateway = { name: 'insecure', host: 'gw.example.com', media_encryption: 'prefer' };
    expect(outcome(await tenant.ask('PUT', '/sipgateways/new', gateway))).toBe('422 INSECURE_KEYS');
    const numbered = { ...gateway, media_encryption: 'none', from_user: 'username', username: '+442071234567' };
    expect(outcome(await tenant.ask('PUT', '/sipgateways/new', numbered))).toBe('422 VALIDATION_FAILED');
    const open = await newGateway('still-open');
    const changeGateway = async (more: Body) => outcome(await tenant.ask('POST', `/sipgateways/${open}`, more));
    expect(await changeGateway({ media_encryption: 'prefer' })).toBe('422 INSECURE_KEYS');
    expect(await changeGateway({ from_domain: 'a.example', from_user: 'caller' })).toBe('200');
    expect(dataIn(await tenant.ask('GET', `/sipgateways/${open}`))).toMatchObject({ from_domain: 'a.example' });
    expect(await changeGateway({ from_domain: null, expires: 600 })).toBe('200');
    expect(dataIn(await tenant.ask('GET', `/sipgateways/${open}`))).toMatchObject({ from_domain: null, expires: 600 });
    const replaced = dataIn(await tenant.ask('PUT', `/sipgateways/${open}`, { name: 'still-open', host: 'b.example' }));
    expect(replaced).toMatchObject({ profile: 'generic', expires: 3_600 });
  });

  test('keeps its number format if a PUT has none, and loses it by null', async () => {
    const own = await functions.newTenant();
    const put = async (id: string, more: Body = {}) => {
      const body = { name: 'formatted', host: 'a.example', ...more };
      return dataIn(await functions.askAsOperator('PUT', `/siptrunk/${id}?org_id=${own.id}`, body));
    };
    const { id } = await put('pbx', { number_format: { strip: ['9'] } });
    expect(await put(id)).toMatchObject({ number_format: { strip: ['9'] } });
    expect(await put(id, { number_format: null })).toMatchObject({ number_format: null });
  });

  test('has its lists as elements in XML', async () => {
    const id = await newTrunk();
    await tenant.ask('PUT', `/siptrunkips/${id}`, { ips: [{ address: '198.51.100.77', type: 'media' }] });
    const { headers, body } = await tenant.ask('GET', `/siptrunk/${id}?include=ips,routes&format=xml`);
    expect(headers.get('content-type')).toContain('application/xml');
    expect(body).toContain('<codecs><codec>G.711</codec>');
    expect(body).toContain('<did_source>request_uri</did_source>');
    expect(body).toContain('<ips><ip><id>ip_');
    expect(body).toContain('<routes/>');
    expect(outcome(await tenant.ask('GET', `/siptrunk/${id}?include=calls`))).toBe('400 INVALID_PARAMETER');
  });
});

describe('addresses of trunks', () => {
  const put = (trunk: string, ips: readonly Body[], query = '', of: TestTenant = tenant) =>
    functions.askAsOperator('PUT', `/siptrunkips/${trunk}?org_id=${of.id}${query}`, { ips });
  const shared = { address: '192.0.2.201', type: 'signaling', trusted: true };

  test('are updated by address and type, or replaced together, and retain their ids', async () => {
    const trunk = await newTrunk({ port: 5070 });
    const first = dataIn(
      await put(trunk, [
        { address: '2001:DB8::1', type: 'signaling' },
        { address: '198.51.100.1', type: 'media' },
      ]),
    );
    expect(first.ips).toMatchObject([
      { address: '2001:db8::1', port: 5070, priority: 1, active: true },
      { port: 10_000 },
    ]);
    const again = await put(trunk, [{ address: '2001:db8:0::1', type: 'signaling', priority: 7 }]);
    expect([again.status, dataIn(again).ips]).toMatchObject([200, [{ id: first.ips[0]?.id, port: 5070, priority: 7 }]]);
    await put(trunk, [{ address: '198.51.100.2', type: 'both' }], '&replace=true');
    expect(dataIn(await tenant.ask('GET', `/siptrunkips/${trunk}`)).ips.map(({ address }) => address)).toEqual([
      '198.51.100.2',
    ]);
  });

  test('that are invalid are 400; networks and duplicates are 422', async () => {
    const trunk = await newTrunk();
    expect(outcome(await put(trunk, [{ address: '198.51.100.300', type: 'media' }]))).toBe('400 INVALID_IP_ADDRESS');
    for (const address of ['127.0.0.1', '224.0.0.1', '0.0.0.0', 'fe80::1'])
      expect(outcome(await put(trunk, [{ address, type: 'media' }]))).toBe('422 VALIDATION_FAILED');
    expect(
      outcome(
        await put(trunk, [
          { address: '198.51.100.9', type: 'media' },
          { address: '198.51.100.9', type: 'media' },
        ]),
      ),
    ).toBe('422 VALIDATION_FAILED');
    expect(outcome(await put(trunk, []))).toBe('422 VALIDATION_FAILED');
    expect(
      outcome(
        await put(
          trunk,
          Array.from({ length: 33 }, (_, at) => ({ address: `198.51.100.${at}`, type: 'media' })),
        ),
      ),
    ).toBe('422 VALIDATION_FAILED');
    expect(outcome(await put('trunk_none', [shared]))).toBe('404 NOT_FOUND');
    expect(outcome(await tenant.ask('POST', `/siptrunkips/${trunk}`, {}))).toBe('400 MISSING_FIELD');
    expect(outcome(await tenant.ask('POST', `/siptrunkips/${trunk}`, { ip_id: 'ip_none' }))).toBe('404 NOT_FOUND');
    expect(outcome(await tenant.ask('DELETE', `/siptrunkips/${trunk}`))).toBe('400 MISSING_FIELD');
  });

  test('belong to one trunk of an organization; several carriers may share one, a PBX shares none', async () => {
    const other = await functions.newTenant();
    const [one, two] = [await newTrunk(), await newTrunk()];
    const theirs = dataIn(
      await other.ask('PUT', '/siptrunk/new', { name: 'c', type: 'carrier', host: 'a.example' }),
    ).id;
    expect((await put(one, [shared])).status).toBe(201);
    expect(outcome(await put(two, [shared]))).toBe('409 IP_IN_USE');
    expect((await put(two, [{ ...shared, port: 5099 }])).status).toBe(201);
    expect((await put(theirs, [shared], '', other)).status).toBe(201);
    expect(outcome(await other.ask('POST', `/siptrunk/${theirs}`, { type: 'pbx' }))).toBe('409 IP_IN_USE');
    expect((await tenant.ask('DELETE', `/siptrunk/${one}`)).status).toBe(200);
    expect(
      outcome(await functions.askAsOperator('POST', `/siptrunk/${theirs}?org_id=${other.id}`, { type: 'pbx' })),
    ).toBe('200');
    expect(outcome(await put(await newTrunk(), [shared]))).toBe('409 IP_IN_USE');
  });

  test('that two trunks claim concurrently belong to one of them', async () => {
    const trunks = await Promise.all([newTrunk(), newTrunk(), newTrunk()]);
    const answers = await Promise.all(trunks.map((trunk) => put(trunk, [{ address: '192.0.2.77', type: 'both' }])));
    expect(answers.map(outcome).sort()).toEqual(['201', '409 IP_IN_USE', '409 IP_IN_USE']);
  });

  test('that are the last for signaling are deleted with a warning', async () => {
    const trunk = await newTrunk();
    const { ips } = dataIn(await put(trunk, [{ address: '192.0.2.99', type: 'signaling' }]));
    expect(warningsIn(await tenant.ask('DELETE', `/siptrunkips/${trunk}?ip_id=${ips[0]?.id ?? ''}`)).join()).toContain(
      'no inbound calls',
    );
  });

  test('of all trunks are paged, each with its trunk', async () => {
    const all: string[] = [];
    let token = '';
    do {
      const { body } = await tenant.ask('GET', `/siptrunkips/all?limit=2${token === '' ? '' : `&page_token=${token}`}`);
      const {
        data,
        next_page_token: next,
        total,
      } = body as { data: { ips: { id: string; trunk_id: string }[] }; next_page_token: string; total: number };
      expect(data.ips.every(({ trunk_id: trunk }) => trunk.startsWith('trunk_'))).toBe(true);
      all.push(...data.ips.map(({ id }) => id));
      if (next === '') expect(all).toHaveLength(total);
      token = next;
    } while (token !== '');
    expect(new Set(all).size).toBe(all.length);
  });
});
