import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { newPhone, type Phone } from '#test/support/sip-phone.fixture.ts';
import { newAdministeredTenant, outcome, texts, type AdministeredTenant } from '../tenant.fixture.ts';
import { textHeader } from '#sip/header-kinds.ts';
import { connect } from '../cloud.ts';
import { notifyExample } from './device-examples.fixture.ts';
import { missingFields } from '../dialplan-examples.fixture.ts';

const cloud = connect();
const [host = '', port = '5060'] = (cloud.outputs['SipAddress'] ?? '').split(':');
const server = { address: host, port: Number(port) };

/** A value of a Yealink configuration file. */
const valueIn = (file: string, name: string): string =>
  new RegExp(`^account\\.1\\.${name} *= *(.*)$`, 'm').exec(file)?.[1] ?? '';

let tenant: AdministeredTenant;
const phones: Phone[] = [];
beforeAll(async () => {
  tenant = await newAdministeredTenant('sip');
});
afterAll(() => phones.forEach((phone) => phone.close()));

/** A device with one line, and a phone with its configuration. */
async function newDevice(transport: 'udp' | 'tcp' = 'udp'): Promise<{ readonly id: string; readonly phone: Phone }> {
  const made = await tenant.ask('PUT', '/devices/phone', {
    mac_address: ['02', ...(randomBytes(5).toString('hex').match(/../g) ?? [])].join(':'),
    manufacturer: 'Yealink',
    lines: [{ extension: String(200 + phones.length) }],
  });
  expect(outcome(made)).toBe('201');
  const { id = '' } = texts(made);
  const { body } = await tenant.ask('GET', `/devices/${id}/config?secrets=true`);
  const file = String(body);
  const phone = await newPhone(
    server,
    {
      username: valueIn(file, 'user_name'),
      password: valueIn(file, 'password'),
      domain: valueIn(file, 'sip_server\\.1\\.address'),
    },
    { transport },
  );
  phones.push(phone);
  return { id, phone };
}

describe.each(['udp', 'tcp'] as const)('a phone over %s', (transport) => {
  test('is online within a second of its REGISTER, is notified, and is offline after it unregisters', async () => {
    const { id, phone } = await newDevice(transport);
    expect(texts(await tenant.ask('GET', `/devices/${id}`))).toMatchObject({ status: 'offline' });
    expect((await phone.register()).status).toBe(200);
    await eventually(
      async () =>
        expect(texts(await tenant.ask('GET', `/devices/${id}`))).toMatchObject({
          status: 'online',
          ip_address: '127.0.0.1',
          firmware_version: 'TestPhone/1.0',
        }),
      1_000,
    );
    const { body } = await tenant.ask('POST', `/devices/sipnotify/${id}`, { event: 'check-sync' });
    expect(body).toMatchObject({ data: { response_code: 200 } });
    expect(phone.notified.map(({ method }) => method)).toEqual(['NOTIFY']);
    await phone.register({ expires: 0 });
    await eventually(
      async () => expect(texts(await tenant.ask('GET', `/devices/${id}`))).toMatchObject({ status: 'offline' }),
      1_000,
    );
    expect(outcome(await tenant.ask('POST', `/devices/sipnotify/${id}`, { event: 'check-sync' }))).toBe(
      '503 DEVICE_UNREACHABLE',
    );
  });
});

test('the documented NOTIFY reaches a phone unchanged, and is answered as documented', async () => {
  const { request, body, status, answer: documented } = notifyExample;
  const { id, phone } = await newDevice();
  await phone.register();
  const [method = '', path = ''] = request.replace('<device>', id).split(' ');
  const answer = await tenant.ask(method, path, body);
  expect({ status: answer.status, missingFields: missingFields(answer.body, documented) }).toEqual({
    status,
    missingFields: [],
  });
  expect(
    phone.notified.map(({ headers, body: sent }) => [headers.one(textHeader('Content-Type')), sent.toString()]),
  ).toEqual([[body.content_type, body.body]]);
});

test('a NOTIFY is 408 if the phone does not answer in time', async () => {
  const { id, phone } = await newDevice();
  await phone.register();
  phone.answers = null;
  expect(outcome(await tenant.ask('POST', `/devices/sipnotify/${id}`, { event: 'check-sync', timeout: 1 }))).toBe(
    '408 NOTIFY_TIMEOUT',
  );
});
