import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { newPhone } from '../support/sip-phone.fixture.ts';
import { connect } from './cloud.ts';
import { newMac } from './hardware.fixture.ts';
import { peopleIn, type Member } from './people.ts';
import { newAdministeredTenant, newKey, outcome, texts, type AdministeredTenant } from './tenant.fixture.ts';

/** Client access over HTTP and SIP (functions/accounts/README.md, "Client access"). */

const cloud = connect();
const [host = '', port = '5060'] = (cloud.outputs['SipAddress'] ?? '').split(':');
const people = peopleIn(cloud.outputs);

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newAdministeredTenant('access');
});

const line = { allow_features: ['inbound', 'outbound'], type: 'dynamic', max_expire: 3_600 };
const change = ({ user }: Member, json: object) => tenant.ask('PUT', `/clientaccess/${user.id}`, json);
/** A way to ask with the session of a member. */
async function asMember(member: Member) {
  const token = await people.signIn(member);
  return {
    token,
    ask: (method: string, path: string, json?: unknown) =>
      cloud.api(path, { method, token, ...(json === undefined ? {} : { json }) }),
  };
}

test('a user without softphones gets no phone line, and its lines do not register', async () => {
  const agent = await people.join(tenant.organization, 'agent');
  const { ask } = await asMember(agent);
  const made = await ask('POST', '/Phones', line);
  const account = made.body as { username: string; password: string; domain: string };
  const register = async (): Promise<number> => {
    const phone = await newPhone({ address: host, port: Number(port) }, account);
    try {
      return (await phone.register()).status;
    } finally {
      phone.close();
    }
  };
  expect([outcome(made), await register()]).toEqual(['201', 200]);
  expect(outcome(await change(agent, { permissions: { softphone: false } }))).toBe('200');
  expect(outcome(await ask('POST', '/Phones', line))).toBe('403 SOFTPHONE_DISABLED');
  await expect.poll(register, { timeout: 90_000, interval: 1_000 }).toBe(403);
  await change(agent, { permissions: { softphone: true } });
  expect(outcome(await ask('POST', '/Phones', line))).toBe('201');
});

test('deviceLimit counts devices and live phone lines when one is assigned', async () => {
  const agent = await people.join(tenant.organization, 'agent');
  const { ask } = await asMember(agent);
  const assign = () => tenant.ask('PUT', '/devices/softphone', { mac_address: newMac(), user_id: agent.user.id });
  await change(agent, { restrictions: { deviceLimit: 2 } });
  expect([outcome(await assign()), outcome(await ask('POST', '/Phones', line))]).toEqual(['201', '201']);
  await eventually(async () => outcome(await assign()) === '409 DEVICE_LIMIT');
  expect(outcome(await ask('POST', '/Phones', line))).toBe('409 DEVICE_LIMIT');
  await change(agent, { restrictions: { deviceLimit: 3 } });
  expect(outcome(await assign())).toBe('201');
});

test('addresses and hours hold for the next request of sessions and keys', async () => {
  const agent = await people.join(tenant.organization, 'admin');
  const { token } = await asMember(agent);
  const { token: key } = await newKey(cloud, token);
  const both = async () => {
    const answers = [await cloud.api('/users/me', { token }), await cloud.api('/users/me', { token: key })];
    return answers.map(({ status }) => status);
  };
  expect(await both()).toEqual([200, 200]);
  await change(agent, { restrictions: { ipWhitelist: ['198.51.100.0/24'] } });
  expect(await both()).toEqual([403, 403]);
  // The day after tomorrow is never now, on whichever side of midnight a request arrives.
  const later = new Date(Date.now() + 2 * 86_400_000).toLocaleDateString('en-US', {
    weekday: 'short',
    timeZone: 'UTC',
  });
  const windows = [{ days: [later.toLowerCase()], start: '00:00', end: '24:00' }];
  await change(agent, { restrictions: { ipWhitelist: [], timeRestrictions: { timezone: 'UTC', windows } } });
  expect(await both()).toEqual([403, 403]);
  await change(agent, { restrictions: { timeRestrictions: null } });
  expect(await both()).toEqual([200, 200]);
});

test('the list shows users of the own organization only, and access is revoked', async () => {
  const member = await people.join(tenant.organization, 'viewer');
  const foreign = await newAdministeredTenant('access');
  const listed = await tenant.ask('GET', '/clientaccess?limit=500');
  const { clientAccess } = (listed.body as { data: { clientAccess: { userId: string; orgId: string }[] } }).data;
  expect(new Set(clientAccess.map(({ orgId }) => orgId))).toEqual(new Set([tenant.id]));
  expect(clientAccess.map(({ userId }) => userId)).toEqual(expect.arrayContaining([member.user.id, tenant.userId]));
  const { token } = await asMember(member);
  expect(outcome(await foreign.ask('DELETE', `/clientaccess/${member.user.id}`))).toBe('404 NOT_FOUND');
  expect(texts(await tenant.ask('DELETE', `/clientaccess/${member.user.id}`))).toMatchObject({ status: 'disabled' });
  expect(outcome(await cloud.api('/users/me', { token, headers: { accept: 'application/json' } }))).toBe(
    '401 INVALID_TOKEN',
  );
});
