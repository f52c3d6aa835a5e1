import { readShards } from '#dynamodb/index-shards.ts';
import { beforeAll, expect, test } from 'vitest';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, type Reply } from '#test/support/requests.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { dueRow, duePartition, type DueItem } from '#dynamodb/rows/due.ts';
import { tableFor } from '#dynamodb/table.ts';
import { accountLines } from '#schema/device.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import type { Identities, Identity } from '#mail/identities.ts';
import { deviceHandler } from '../../telephony/devices/handler.ts';
import { commit } from '#dynamodb/commit.ts';
import { create } from '#dynamodb/write.ts';
import { accountOf as accountOfLine } from '../../calls/phones/phone.ts';
import { phoneRow } from '#dynamodb/rows/phone.ts';
import type { PhoneLine } from '#schema/phone.ts';
import { anyAccountRow, sipAccountRow } from '../../telephony/rows/sip-account.ts';
import { trunksHandler } from '../../telephony/sip-trunks/handler.ts';
import { domainsHandler } from '../domains/handler.ts';
import { domainChanges, domainMessage, type DomainMessage } from './contract.ts';
import { domainChangesHandler } from './handler.ts';

const platform = 'sip.platform.example';
const running = testStore();
let tokens: readonly string[] = [];
const organizations = [6_001, 6_002] as const;
beforeAll(async () => {
  const tenants = await tenantsIn(running.store);
  tokens = [await tenants.join(organizations[0]), await tenants.join(organizations[1])];
});

const secrets = rotatedSecret();
/** The state of each domain's identity. */
const identityStates = new Map<string, Identity['status']>();
const memoryIdentities: Identities = {
  ensure: async (domain) => {
    const status = identityStates.get(domain) ?? 'pending';
    identityStates.set(domain, status);
    return { status, dkim: [{ name: `k._domainkey.${domain}`, value: 'k.dkim.amazonses.com' }] };
  },
  remove: async (domain) => void identityStates.delete(domain),
};
function functions() {
  const environment = { SIP_DOMAIN: platform, DOMAIN_VERIFICATION: 'off' };
  const dependencies = {
    ...testDependencies(running.store, { environment }),
    secrets,
    clock: () => new Date('2026-11-20T12:00:00.000Z'),
    identities: memoryIdentities,
  };
  const consume = domainChangesHandler(dependencies);
  return {
    queues: dependencies.queues,
    devices: deviceHandler(dependencies),
    trunks: trunksHandler(dependencies),
    domains: domainsHandler(dependencies),
    deliver: async (message: Omit<DomainMessage, 'schema'>) => {
      expect(await consume(batchOf([domainMessage(message).body]))).toEqual({ batchItemFailures: [] });
    },
  };
}

const idIn = ({ body }: Reply): string => (body.data as { id: string }).id;
type Functions = ReturnType<typeof functions>;
type Sent = { readonly json?: object; readonly by?: number };
const ask = ({ domains }: Functions, route: string, id: string, { json, by = 0 }: Sent = {}) =>
  call(domains, route, { token: tokens[by] ?? '', params: { id }, ...(json === undefined ? {} : { json }) });
async function activeDomain(of: Functions, domain: string): Promise<string> {
  const made = await ask(of, 'PUT /domains/{id}', 'new', {
    json: { domain, organization_id: organizations[0] },
  });
  expect((await ask(of, 'POST /domains/{id}/verify', idIn(made))).status).toBe(200);
  return idIn(made);
}
const newDevice = async ({ devices }: Functions, mac_address: string): Promise<string> =>
  idIn(
    await call(devices, 'PUT /devices/{id}', {
      token: tokens[0] ?? '',
      params: { id: 'phone' },
      json: { mac_address, lines: [{ line_number: 1, extension: mac_address.slice(-2), type: 'primary' }] },
    }),
  );
const table = () => tableFor<'device' | 'sip-credential'>(running.store, organizations[0]);
async function accountOf(device: string) {
  const { lines = [], provisioning_status: status } = (await table().get(deviceRow, { id: device })) ?? {};
  const [account] = await table().getAll(sipAccountRow, accountLines(lines));
  return { status, domain: account?.domain, realms: account?.ha1.map(({ realm }) => realm).toSorted() };
}
async function dueOf(id: string): Promise<readonly DueItem[]> {
  const due = tableFor<'due' | 'due@GSI2'>(running.store, 0);
  const shards = readShards.map((shard) => due.queryIndex(dueRow, 'GSI2', duePartition(shard), { limit: 100 }));
  return (await Promise.all(shards)).flatMap(({ items }) => items).filter(({ subject }) => subject.startsWith(id));
}

test('accounts follow the domains of their organization, and phones with the old file still register', async () => {
  const of = functions();
  const device = await newDevice(of, '02:00:00:00:00:10');
  expect(await accountOf(device)).toMatchObject({ domain: platform, realms: [platform] });
  const primary = await activeDomain(of, 'a.example');
  await of.deliver({ org_id: organizations[0], domain_id: primary, work: 'changed' });
  expect(await accountOf(device)).toEqual({
    status: 'needs_update',
    domain: 'a.example',
    realms: ['a.example', platform],
  });
  const alias = await activeDomain(of, 'b.example');
  await of.deliver({ org_id: organizations[0], domain_id: alias, work: 'changed' });
  expect(await accountOf(device)).toMatchObject({
    domain: 'a.example',
    realms: ['a.example', 'b.example', platform],
  });
  // A new device has all realms at once.
  const late = await newDevice(of, '02:00:00:00:00:11');
  expect(await accountOf(late)).toMatchObject({ domain: 'a.example', realms: ['a.example', 'b.example', platform] });
  const before = await eventsOf(running.store, organizations[0]);
  await of.deliver({ org_id: organizations[0], domain_id: alias, work: 'changed' });
  expect(await eventsOf(running.store, organizations[0])).toEqual(before);
  await ask(of, 'POST /domains/{id}', alias, { json: { status: 'inactive' } });
  await of.deliver({ org_id: organizations[0], domain_id: alias, work: 'changed' });
  expect(await accountOf(device)).toMatchObject({ domain: 'a.example', realms: ['a.example', platform] });
});

test('a phone line of a domain that is taken out of use registers in another one', async () => {
  const of = functions();
  const organization = organizations[0];
  const line: PhoneLine = {
    ...{ username: 'f8ab70c893d0e9f715094b', org_id: organization, user_id: null, domain: 'gone.example' },
    ...{ type: 'dynamic', allow_features: ['inbound'], event_callback: null, ended_at: null, version: 1 },
    ...{ created_at: '2026-11-20T12:00:00.000Z', expires_at: '2026-11-20T13:00:00.000Z' },
  };
  const account = accountOfLine(line, 'secret', ['gone.example', platform]);
  await commit(running.store, organization, [create(phoneRow, line), create(anyAccountRow, account)]);
  const domains = tableFor<'phone' | 'sip-credential'>(running.store, organization);
  const states = async () => {
    const [stored, credentials] = await Promise.all([domains.get(phoneRow, line), domains.get(anyAccountRow, account)]);
    return [stored?.domain, credentials?.domain, credentials?.ha1];
  };
  await of.deliver({ org_id: organization, domain_id: 'dom_1', work: 'accounts' });
  expect(await states()).toEqual(['gone.example', 'gone.example', account.ha1]);
  for (let time = 0; time < 2; time += 1)
    await of.deliver({ org_id: organization, domain_id: 'dom_1', work: 'accounts', host: 'gone.example' });
  expect(await states()).toEqual([platform, platform, account.other_ha1]);
});

test('devices and trunks of a deleted domain fall back to what is left', async () => {
  const of = functions();
  const id = await activeDomain(of, 'c.example');
  const device = await newDevice(of, '02:00:00:00:00:20');
  const trunk = idIn(
    await call(of.trunks, 'PUT /siptrunk/{id}', {
      token: tokens[0] ?? '',
      params: { id: 'new' },
      json: { name: 'of c', type: 'pbx', host: 'pbx.example.com', realm: 'C.example' },
    }),
  );
  expect((await ask(of, 'DELETE /domains/{id}', id)).body.error).toMatchObject({ code: 'DOMAIN_IN_USE' });
  const deleted = await call(of.domains, 'DELETE /domains/{id}', {
    token: tokens[0] ?? '',
    params: { id },
    query: { force: 'true' },
  });
  expect(deleted.status).toBe(200);
  expect(await dueOf(id)).toMatchObject([{ kind: 'domain.detach', subject: `${id}/c.example` }]);
  await of.deliver({ org_id: organizations[0], domain_id: id, work: 'detach', host: 'c.example' });
  const { domain, realms } = await accountOf(device);
  expect([realms?.includes('c.example'), domain]).toEqual([false, 'a.example']);
  const shown = await call(of.trunks, 'GET /siptrunk/{id}', { token: tokens[0] ?? '', params: { id: trunk } });
  expect(shown.body.data).toMatchObject({ realm: 'a.example' });
});

test('claims of others become inactive and need a new look-up', async () => {
  const of = functions();
  const json = { domain: 'd.example', organization_id: organizations[1] };
  const claim = idIn(await ask(of, 'PUT /domains/{id}', 'new', { json, by: 1 }));
  const winner = await activeDomain(of, 'd.example');
  await of.deliver({ org_id: organizations[0], domain_id: winner, work: 'changed' });
  expect((await ask(of, 'GET /domains/{id}', claim, { by: 1 })).body.data).toMatchObject({
    status: 'inactive',
    verified_at: null,
  });
  expect((await ask(of, 'POST /domains/{id}/verify', claim, { by: 1 })).body.error).toMatchObject({
    code: 'DOMAIN_EXISTS',
  });
});

test('an active domain gets an identity, whose state is followed', async () => {
  const of = functions();
  const id = await activeDomain(of, 'e.example');
  const change = { org_id: organizations[0], domain_id: id };
  const shown = async () => (await ask(of, 'GET /domains/{id}', id)).body.data;
  await of.deliver({ ...change, work: 'changed' });
  const [begun] = of.queues.sent.filter(({ message }) => JSON.stringify(message).includes('identity'));
  expect(begun).toMatchObject({ queue: 'consequences', message: { body: { ...change, work: 'identity' } } });
  await of.deliver({ ...change, work: 'identity' });
  await of.deliver({ ...change, work: 'identity' });
  expect(await shown()).toMatchObject({
    email_status: 'pending',
    dns_records: { dkim: [{ name: 'k._domainkey.e.example', value: 'k.dkim.amazonses.com' }] },
  });
  expect(await dueOf(id)).toMatchObject([{ kind: 'domain.identity', at: '2026-11-20T12:01:00.000Z' }]);
  identityStates.set('e.example', 'verified');
  await of.deliver({ ...change, work: 'poll' });
  expect(await shown()).toMatchObject({ email_status: 'verified' });
  // From now on once a day.
  expect((await dueOf(id)).map(({ at }) => at)).toContain('2026-11-21T12:00:00.000Z');
  const events = async () =>
    (await eventsOf(running.store, organizations[0])).filter(
      ({ type, entity }) => type === 'domain.updated' && entity.id === id,
    );
  const recorded = (await events()).length;
  identityStates.set('e.example', 'failed');
  await of.deliver({ ...change, work: 'poll' });
  await of.deliver({ ...change, work: 'poll' });
  expect(await shown()).toMatchObject({ email_status: 'failed' });
  const told = (await events()).slice(recorded);
  expect(told).toMatchObject([{ severity: 'warning', changes: { email_status: { old: 'verified', new: 'failed' } } }]);
  // It does not begin again what changes of a domain begin.
  expect(told.map((event) => domainChanges.startedBy.message(event))).toEqual([null]);
  await of.deliver({ ...change, work: 'detach', host: 'e.example' });
  expect(identityStates.has('e.example')).toBe(false);
});
