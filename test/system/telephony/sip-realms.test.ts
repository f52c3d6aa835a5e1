import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { newPhone } from '#test/support/sip-phone.fixture.ts';
import { connect } from '../cloud.ts';
import { newTenant, texts, type Body } from '../tenant.fixture.ts';

const [host = '', port = '5060'] = (connect().outputs['SipAddress'] ?? '').split(':');
const random = (): string => randomBytes(5).toString('hex');

test('a phone registers with its old file and in the new domain, until that is taken out of use', async () => {
  const { id: organization_id, ask } = await newTenant();
  const mac_address = `02:${(random().match(/../g) ?? []).join(':')}`;
  const { id = '' } = texts(await ask('PUT', '/devices/phone', { mac_address, lines: [{ extension: '200' }] }));
  const account = async () => {
    const { body } = await ask('GET', `/devices/${id}/config?secrets=true`);
    const [first] = (body as { accounts: Body[] }).accounts;
    return first as { username: string; password: string; domain: string };
  };
  const old = await account();
  const domain = `d${random()}.example.com`;
  const registerIn = async (realm: string): Promise<number> => {
    const phone = await newPhone({ address: host, port: Number(port) }, { ...old, domain: realm });
    try {
      return (await phone.register()).status;
    } finally {
      phone.close();
    }
  };
  expect([await registerIn(old.domain), await registerIn(domain)]).toEqual([200, 403]);
  const made = texts(await ask('PUT', '/domains/new', { domain, organization_id }));
  await ask('POST', `/domains/${made['id'] ?? ''}`, { status: 'active' });
  await eventually(async () => (await account()).domain === domain, 20_000);
  expect([await registerIn(old.domain), await registerIn(domain)]).toEqual([200, 200]);
  await ask('POST', `/domains/${made['id'] ?? ''}`, { status: 'inactive' });
  await eventually(async () => (await account()).domain === old.domain, 20_000);
  // The registrar caches accounts for 40 s.
  await eventually(async () => (await registerIn(domain)) === 403, 60_000);
  expect(await registerIn(old.domain)).toBe(200);
}, 600_000);
