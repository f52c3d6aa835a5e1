import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { newPhone } from '#test/support/sip-phone.fixture.ts';
import { connect } from '../cloud.ts';
import { newMac } from '../hardware.fixture.ts';
import { peopleIn, type Member } from '../people.ts';
import { newAdministeredTenant, outcome, type AdministeredTenant } from '../tenant.fixture.ts';

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
