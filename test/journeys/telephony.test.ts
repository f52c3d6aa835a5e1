import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { connect } from '../system/cloud.ts';
import { cdrsOf, newNumber, useExtensions } from '../system/calls.fixture.ts';
import { newMac } from '../system/hardware.fixture.ts';
import { newPeerTenant } from '../system/peers/accounts.ts';
import { attack, Offices } from '../system/sip-tenancy.fixture.ts';
import { converse, expectEnd, newSoftphones } from '../system/softphones.fixture.ts';
import { outcome, texts, type AdministeredTenant } from '../system/tenant.fixture.ts';

/** Phones, numbers and calls from outside: an office unpacks its phones, calls, and gives a phone away again. */

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newPeerTenant();
  await useExtensions(tenant);
});

test('a phone that fetches its file is provisioned, and its number has no route after it is deleted', async () => {
  const { ask } = tenant;
  const mac = newMac();
  const made = await ask('PUT', '/devices/phone', {
    ...{ mac_address: mac, manufacturer: 'Yealink', lines: [{ extension: '810', label: 'A <&> B' }] },
  });
  const { id = '', provisioning_url: url = '' } = texts(made);
  const number = await newNumber(tenant, { type: 'device', id });
  const file = `${mac.replaceAll(':', '').toLowerCase()}.cfg`;
  const fetched = await connect().api(`${new URL(url).pathname}${file}`, {
    headers: { 'user-agent': 'Yealink SIP-T46U 108.86.0.20' },
  });
  expect([fetched.status, fetched.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/plain')]);
  expect(fetched.body).toMatch(/^#!version:1\.0\.0\.1\naccount\.1\.enable = 1\n/);
  expect(texts(await ask('GET', `/devices/${id}`))).toMatchObject({
    ...{ provisioning_status: 'provisioned', firmware_version: 'Yealink SIP-T46U 108.86.0.20' },
  });
  expect(outcome(await ask('DELETE', `/devices/${id}`))).toBe('200');
  await eventually(async () => expect(texts(await ask('GET', `/numbers/${number}`))['route']).toBeNull(), 20_000);
});

test('a phone that is registered calls another one, is seen while it talks, and the call is a CDR', async () => {
  const [ann, bob] = await newSoftphones(tenant, ['201', '202']);
  using open = new DisposableStack();
  for (const { phone } of [ann, bob]) open.use(phone);
  const { caller, callee } = await converse(ann.phone, bob.phone, '202');
  await eventually(async () => {
    const { body } = await tenant.ask('GET', '/Calls');
    expect(body).toMatchObject({ calls: [{ status: 'answered' }] });
  }, 20_000);
  caller.hangUp();
  await expectEnd(callee, 'ended by peer');
  const [cdr] = await cdrsOf(tenant, 1);
  expect(cdr).toMatchObject({ direction: 'internal', disposition: 'ANSWERED', callee: '202' });
});

test('no organization pays or rings for another, from whatever address and in whatever name that calls', async () => {
  using offices = await Offices.open();
  expect(await attack(offices, 1, 30)).toHaveLength(30);
  for (const at of [0, 1, 2]) await offices.expectHonest(at);
});
