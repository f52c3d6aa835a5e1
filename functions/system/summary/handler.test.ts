import { beforeAll, expect, test } from 'vitest';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { call } from '#test/support/requests.fixture.ts';
import { countReads } from '#test/support/store.fixture.ts';
import { outcome, texts, uniqueName } from '#test/system/tenant.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { newCallChange } from '#dynamodb/rows/call.ts';
import { countChannels } from '#dynamodb/rows/channel.ts';
import { organizations } from '#functions/accounts/organizations/contract.ts';
import { organizationsHandler } from '#functions/accounts/organizations/handler.ts';
import { users } from '#functions/accounts/users/contract.ts';
import { usersHandler } from '#functions/accounts/users/handler.ts';
import { messageOf, startIngestion } from '#functions/billing/cdr-ingest/ingest.fixture.ts';
import { record } from '#functions/billing/cdr-ingest/filed-cdr.fixture.ts';
import { gatewayHealthRow } from '#dynamodb/rows/gateway-health.ts';
import { countMessages, mailboxUserRow } from '#dynamodb/rows/mailbox.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import { day, hour, minute } from '#schema/time.ts';
import { unknownHealth } from '#telephony/gateway-health.ts';
import { phones } from '#functions/calls/phones/contract.ts';
import { examples as phoneExamples } from '#functions/calls/phones/examples.ts';
import { phonesHandler } from '#functions/calls/phones/handler.ts';
import { callFlows } from '#functions/telephony/call-flows/contract.ts';
import { examples as flowExamples } from '#functions/telephony/call-flows/examples.ts';
import { callFlowsHandler } from '#functions/telephony/call-flows/handler.ts';
import { devices } from '#functions/telephony/devices/contract.ts';
import { deviceHandler } from '#functions/telephony/devices/handler.ts';
import { numbers } from '#functions/telephony/numbers/contract.ts';
import { numbersHandler } from '#functions/telephony/numbers/handler.ts';
import { ringGroups } from '#functions/telephony/ring-groups/contract.ts';
import { ringGroupsHandler } from '#functions/telephony/ring-groups/handler.ts';
import { stateChange } from '#functions/telephony/rows/device-state.ts';
import { stirCertificateRow } from '#functions/telephony/rows/stir-certificate.ts';
import { sipGateways } from '#functions/telephony/sip-gateways/contract.ts';
import { gatewaysHandler } from '#functions/telephony/sip-gateways/handler.ts';
import { sipTrunks } from '#functions/telephony/sip-trunks/contract.ts';
import { trunksHandler } from '#functions/telephony/sip-trunks/handler.ts';
import { aCall } from '#telephony/call.fixture.ts';
import type { StirCertificate } from '#telephony/stir-certificate.ts';
import { noon } from '#test/support/dependencies.fixture.ts';
import { summaries } from './contract.ts';
import { summaryHandler } from './handler.ts';

/** The summary of organizations whose resources their own endpoints create. */

const functions = functionsOf(
  [summaries, summaryHandler],
  [users, usersHandler],
  [organizations, organizationsHandler],
  [devices, deviceHandler],
  [phones, phonesHandler],
  [numbers, numbersHandler],
  [sipTrunks, trunksHandler],
  [sipGateways, gatewaysHandler],
  [callFlows, callFlowsHandler],
  [ringGroups, ringGroupsHandler],
);

let tenant: TestTenant;
beforeAll(async () => {
  tenant = await functions.newTenant();
});

const summaryOf = async ({ ask }: Pick<TestTenant, 'ask'>, token?: string) => {
  const answer = await ask('GET', '/summary', undefined, token === undefined ? {} : { token });
  expect(outcome(answer)).toBe('200');
  return (answer.body as { readonly data: Readonly<Record<string, unknown>> }).data;
};

let macs = 0;
/** Creates a phone. @returns its id */
async function newDevice({ ask }: TestTenant, fields: object = {}): Promise<string> {
  const mac = `0015650000${(macs += 1).toString(16).padStart(2, '0')}`;
  const made = await ask('PUT', '/devices/phone', { mac_address: mac, manufacturer: 'Yealink', lines: [], ...fields });
  expect(outcome(made)).toBe('201');
  return texts(made)['id'] ?? '';
}

const register = ({ organization }: TestTenant, device: string, state: 'registered' | 'expired') =>
  commit(functions.store, organization, [
    stateChange(device, { ip_address: '192.0.2.8' }, { lines: { 1: { state, since: noon.toISOString() } } }),
  ]);

/** Stores a call in progress, as the SIP service does. */
async function newCall({ organization }: TestTenant, id: string, user: string): Promise<void> {
  const channel = { kind: 'organization', id: '', direction: 'outbound' } as const;
  const call = aCall({ id: `call_${id}`, org_id: organization, user_id: user, channels: [channel] });
  const { writes, channels } = newCallChange(call, {});
  await commit(functions.store, organization, [...writes, ...countChannels(channels, noon)]);
}

const fileCdr = ({ organization }: TestTenant, user: string) =>
  startIngestion(functions.store, { clock: () => noon }).deliver({
    m1: messageOf(organization, [record('c1', { user_id: user, start_time: noon, end_time: noon })]),
  });

/** A user with a session. */
async function newUser({ ask, organization }: TestTenant, roles: readonly string[]) {
  const made = await ask('PUT', '/users', { username: uniqueName('person'), roles });
  expect(outcome(made)).toBe('201');
  const { id = '' } = texts(made);
  return { id, token: await functions.signIn({ organization }, id) };
}

const nothing = {
  ...{ users: null, customers: null, devices: null, online_devices: null, phone_lines: null, trunks: null },
  ...{ gateways: null, numbers: null, call_flows: null, ring_groups: null, calls_in_progress: null, has_cdrs: null },
  ...{ balance: null, calls: null, attention: [] },
};

test('what the endpoints of a seller create is counted', async () => {
  const seller = await functions.newTenant({ type: 'reseller' });
  const peer = { host: 'sip.carrier.example', port: 5_060, transport: 'udp' };
  const number = { country: 'SE', type: 'geographic' };
  const created = [
    await functions.askAsOperator('PUT', '/orgs', {
      ...{ name: uniqueName('customer'), country: 'US', timezone: 'UTC' },
      parent_id: seller.id,
    }),
    await seller.ask('POST', '/Phones', phoneExamples.createPhone),
    await seller.ask('PUT', '/siptrunk/new', { name: 'carrier', type: 'carrier', ...peer }),
    await seller.ask('PUT', '/siptrunk/new', { name: 'other carrier', type: 'carrier', ...peer }),
    await seller.ask('PUT', '/sipgateways/new', { name: 'gateway', ...peer }),
    await seller.ask('PUT', '/callflows/new', flowExamples.saveCallFlow),
    await seller.ask('PUT', '/ringgroups/new', { name: 'Sales', strategy: 'in_order' }),
    await functions.askAsOperator('PUT', `/numbers/+46909999999?org_id=${seller.id}`, number),
  ];
  expect(created.map(outcome)).toEqual(created.map(() => '201'));
  await newUser(seller, ['agent']);
  await register(seller, await newDevice(seller), 'registered');
  await register(seller, await newDevice(seller), 'expired');
  await newDevice(seller);
  await newCall(seller, '1', 'usr_1');
  expect(await summaryOf(seller)).toEqual({
    ...{ users: 1, customers: 1, devices: 3, online_devices: 1, phone_lines: 1, trunks: 2, gateways: 1, numbers: 1 },
    ...{ call_flows: 1, ring_groups: 1, calls_in_progress: 1, has_cdrs: false },
    balance: { current: 0, available_credit: 0, currency: 'USD' },
    calls: expect.objectContaining({ time_zone: 'UTC', day: '2026-11-20' }),
    attention: [
      { kind: 'credit_exhausted', count: 1 },
      { kind: 'unregistered_phones', count: 2 },
    ],
  });
});

test('a caller that is limited to its own records has a summary of those', async () => {
  const [agent, colleague] = [await newUser(tenant, ['agent']), await newUser(tenant, ['agent'])];
  await register(tenant, await newDevice(tenant), 'registered');
  await newDevice(tenant, { user_id: agent.id });
  await newCall(tenant, '1', agent.id);
  await newCall(tenant, '2', colleague.id);
  await fileCdr(tenant, colleague.id);
  expect(await summaryOf(tenant, agent.token)).toEqual({
    ...nothing,
    ...{ users: 2, devices: 1, online_devices: 0, calls_in_progress: 1, has_cdrs: false },
    attention: [{ kind: 'unregistered_phones', count: 1 }],
  });
  expect(await summaryOf(tenant, colleague.token)).toMatchObject({ devices: 0, calls_in_progress: 1, has_cdrs: true });
  expect(await summaryOf(tenant)).toMatchObject({
    devices: 2,
    online_devices: 1,
    calls_in_progress: 2,
    has_cdrs: true,
  });
});

test('a figure whose scope the caller lacks is null', async () => {
  const { token } = await newUser(tenant, ['ingest']);
  expect(await summaryOf(tenant, token)).toEqual(nothing);
});

/** Files calls of a minute that began so many hours ago. */
const fileCalls = ({ organization }: TestTenant, hoursAgo: readonly number[]) => {
  const records = hoursAgo.map((hours, at) => {
    const start = noon.getTime() - hours * hour;
    return record(`${organization}-${at}`, { ...{ start_time: new Date(start), end_time: new Date(start + minute) } });
  });
  return startIngestion(functions.store, { clock: () => noon }).deliver({ m1: messageOf(organization, records) });
};

test('calls of today are beside those of the same day a week before, up to the running hour', async () => {
  const calling = await functions.newTenant({ timezone: 'Asia/Kathmandu' });
  // 17:45 on the 20th: the fourth call is of the 19th there, and the last one of the 13th is later than now.
  await fileCalls(calling, [0, 1, 2, 20, 7 * 24, 7 * 24 + 1, 7 * 24 - 2]);
  const { calls } = await summaryOf(calling);
  expect(calls).toMatchObject({
    ...{ time_zone: 'Asia/Kathmandu', day: '2026-11-20' },
    today: { calls: 3, answered: 3, talk_seconds: 180 },
    week_before: { calls: 2, answered: 2, talk_seconds: 120 },
  });
  const { hours } = calls as { readonly hours: readonly { readonly start: string; readonly calls: number }[] };
  expect([hours.length, hours.at(-1)]).toEqual([24, { start: '2026-11-20T11:15:00Z', calls: 1, answered: 1 }]);
  expect(hours.reduce((sum, each) => sum + each.calls, 0)).toBe(4);
});

test('gateways that are down and unheard messages of the caller need attention', async () => {
  const { ask, organization, userId, token } = await functions.newTenant();
  const made = await ask('PUT', '/sipgateways/new', { name: 'down', ...{ host: 'sip.carrier.example', port: 5_060 } });
  const health = { ...unknownHealth, status: 'down', id: texts(made)['id'] ?? '', version: 2 } as const;
  await commit(functions.store, organization, [
    overwrite(gatewayHealthRow, health),
    overwrite(mailboxUserRow, { user_id: userId, mailbox: '201' }),
    ...[countMessages('201', { new: 2, held: 2 }), countMessages('202', { new: 1, held: 1 })],
  ]);
  expect(await summaryOf({ ask }, token)).toMatchObject({
    attention: [
      { kind: 'credit_exhausted', count: 1 },
      { kind: 'failed_gateways', count: 1 },
      { kind: 'new_voicemail', count: 2 },
    ],
  });
});

/** Stores the certificate of an organization that signs its calls. @param end ISO 8601 */
const newCertificate = ({ organization }: Pick<TestTenant, 'organization'>, end: string) => {
  const at = noon.toISOString();
  const certificate: StirCertificate = {
    ...{ id: `stircert_${organization}`, org_id: organization, name: 'Calls 2026', spcs: ['709J'], version: 1 },
    ...{ chain: 'PEM', chain_id: 'chain', sealed_key: 'sealed', public_key: 'PEM', csr: null },
    ...{ not_before: at, not_after: end, created_at: at, updated_at: at },
  };
  return commit(functions.store, organization, [create(stirCertificateRow, certificate)]);
};

const soon = new Date(noon.getTime() + 29 * day).toISOString();

/** A user with a role that only the operator gives, and with a mailbox. @returns its token */
async function newChief({ id, organization }: TestTenant, role: string): Promise<string> {
  const chief = { username: uniqueName('chief'), roles: [role], extension: '201' };
  const made = await functions.askAsOperator('PUT', `/users?org_id=${id}`, chief);
  expect(outcome(made)).toBe('201');
  return functions.signIn({ organization }, texts(made)['id'] ?? '');
}

test('a certificate that ends soon needs the attention of its seller, and of no one who may not list it', async () => {
  const seller = await functions.newTenant({ type: 'reseller' });
  await newCertificate(seller, soon);
  const ofCertificate = { kind: 'expiring_certificate', count: 1 };
  expect((await summaryOf(seller, await newChief(seller, 'reseller')))['attention']).toContainEqual(ofCertificate);
  expect((await summaryOf(seller))['attention']).not.toContainEqual(ofCertificate);
});

test.each(['customer', 'reseller'] as const)('a summary of a %s is made of at most ten reads', async (type) => {
  const calling = await functions.newTenant({ type });
  await newCertificate(calling, soon);
  await fileCalls(calling, [0]);
  const token = await newChief(calling, type === 'customer' ? 'admin' : 'reseller');
  await commit(functions.store, calling.organization, [countMessages('201', { new: 1, held: 1 })]);
  const counted = countReads(functions.store);
  const handler = summaryHandler({ ...functions.dependencies, store: counted.store });
  const { body } = await call(handler, 'GET /summary', { token });
  expect(body.data).toMatchObject({
    ...{ has_cdrs: true, calls: { today: { calls: 1 } } },
    attention: expect.arrayContaining([{ kind: 'new_voicemail', count: 1 }]),
  });
  expect(counted.read.calls).toBeLessThanOrEqual(10);
});
