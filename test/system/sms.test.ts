import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { connect } from './cloud.ts';
import { newTenant, outcome, texts, type Body, type Tenant } from './tenant.fixture.ts';

/** SMS from the request to the provider, which is a local folder. */

const isLocal = connect().outputs['AwsEndpointUrl'] !== undefined;
const fileOf = (id: string): string => join(dirname(process.env['OUTPUTS'] ?? ''), 'outbox', 'sms', `${id}.json`);

/** An organization that may owe so much and has the sender `Acme`. */
async function sender(creditLimit = 100, sms: Body = {}): Promise<Tenant> {
  const tenant = await newTenant({ settings: { sms: { sender_ids: ['Acme'], ...sms } } });
  expect(outcome(await tenant.ask('PUT', `/billingprofile/${tenant.id}`, { creditLimit }))).toBe('200');
  return tenant;
}

const message = (to: unknown, more: Body = {}) => ({ to, from: 'Acme', message: 'Hello', ...more });
const send = ({ ask }: Tenant, to: unknown, more: Body = {}) => ask('PUT', '/sms', message(to, more));
type Shown = { readonly data: Body & { readonly counts?: Readonly<Record<string, number>> } };
const shown = async ({ ask }: Tenant, id: string): Promise<Shown> => (await ask('GET', `/sms/${id}`)).body as Shown;
const stateOf = async (tenant: Tenant, id: string): Promise<unknown> => (await shown(tenant, id)).data['status'];
const money = async ({ ask, id }: Tenant) => {
  const { currentBalance, availableCredit } = texts(await ask('GET', `/billingprofile/${id}`));
  return { currentBalance, availableCredit };
};
const listed = async ({ ask }: Tenant, query = ''): Promise<readonly Body[]> =>
  ((await ask('GET', `/sms?limit=200${query}`)).body as { data: Body[] }).data;

test('an SMS is sent, charged, and stored by the provider', async () => {
  const tenant = await sender();
  const accepted = await send(tenant, '+14155551234', { reference: 'parcel-1' });
  expect(accepted.body).toMatchObject({
    status: 'success',
    success: true,
    data: { status: 'queued', to: '+14155551234', from: 'Acme', segments: 1, encoding: 'gsm7', estimated_cost: 0.0075 },
  });
  const id = texts(accepted)['message_id'] ?? '';
  expect(id).toMatch(/^msg_[0-9A-HJKMNP-TV-Z]{26}$/);
  await eventually(async () => expect(['sent', 'delivered']).toContain(await stateOf(tenant, id)), 20_000);
  expect(await shown(tenant, id)).toMatchObject({
    data: { message: 'Hello', batch_id: null, cost: 0.0075, attempts: 1, provider: 'eum', reference: 'parcel-1' },
  });
  expect(await money(tenant)).toEqual({ currentBalance: -0.0075, availableCredit: 99.9925 });
  expect((await listed(tenant, '&reference=parcel-1')).map(({ message_id }) => message_id)).toEqual([id]);
  if (isLocal)
    expect(JSON.parse(readFileSync(fileOf(id), 'utf8'))).toMatchObject({ message_id: id, to: '+14155551234' });
});

test('a large batch is sent to each recipient once; lists find its messages', async () => {
  const tenant = await sender();
  const to = Array.from({ length: 45 }, (_number, at) => `+1415555${String(1_000 + at)}`);
  const accepted = await send(tenant, [...to, to[0]], { reference: 'news' });
  expect(accepted.body).toMatchObject({ data: { total_messages: 45, queued: 45, failed: 0, estimated_cost: 0.3375 } });
  const batch = texts(accepted)['batch_id'] ?? '';
  await eventually(async () => {
    const { counts = {} } = (await shown(tenant, batch)).data;
    expect((counts['sent'] ?? 0) + (counts['delivered'] ?? 0)).toBe(45);
  }, 60_000);
  expect(await money(tenant)).toEqual({ currentBalance: -0.3375, availableCredit: 99.6625 });
  expect(new Set((await listed(tenant, '&reference=news')).map((sms) => sms['to']))).toEqual(new Set(to));
  expect(await listed(tenant, `&to=${encodeURIComponent(to[3] ?? '')}`)).toHaveLength(1);
}, 90_000);

test('a scheduled SMS and a batch are cancelled, and their money is returned', async () => {
  const tenant = await sender(1);
  const schedule = new Date(Date.now() + 3_600_000).toISOString();
  const one = texts(await send(tenant, '+14155551234', { schedule }))['message_id'] ?? '';
  const many = Array.from({ length: 30 }, (_number, at) => `+1415555${String(2_000 + at)}`);
  const batch = texts(await send(tenant, many, { schedule }))['batch_id'] ?? '';
  expect((await money(tenant))['availableCredit']).toBe(0.7675);
  expect((await tenant.ask('DELETE', `/sms/${one}`)).body).toMatchObject({ data: { id: one, cancelled: 1 } });
  expect((await tenant.ask('DELETE', `/sms/${batch}`)).body).toMatchObject({ data: { id: batch, cancelled: 30 } });
  expect(outcome(await tenant.ask('DELETE', `/sms/${batch}`))).toBe('409 ALREADY_SENT');
  expect(await shown(tenant, batch)).toMatchObject({ data: { counts: { cancelled: 30 } } });
  expect(await money(tenant)).toEqual({ currentBalance: 0, availableCredit: 1 });
  if (isLocal) expect(existsSync(fileOf(one))).toBe(false);
});

test('a provider that rejects a number costs nothing', async () => {
  const tenant = await sender();
  const id = texts(await send(tenant, '+14155550001'))['message_id'] ?? '';
  await eventually(async () => expect(await stateOf(tenant, id)).toBe('failed'), 20_000);
  expect(await shown(tenant, id)).toMatchObject({ data: { error: { code: 'BLOCKED' }, cost: null } });
  expect(await money(tenant)).toEqual({ currentBalance: 0, availableCredit: 100 });
});

test('what may not be sent is rejected, and nothing is taken', async () => {
  const tenant = await sender(0.01);
  expect(
    await Promise.all(
      [
        { to: 'x' },
        { to: ['+14155551234', '0123'] },
        { to: [] },
        { from: 'Bank' },
        { from: '+14155550100' },
        { message: 'x'.repeat(1_531) },
        { message: '' },
        { schedule: '2020-01-01T00:00:00Z' },
        { schedule: new Date(Date.now() + 31 * 86_400_000).toISOString() },
        { schedule: 'tomorrow' },
        { validity_minutes: 0 },
        { message: 'x'.repeat(161) },
      ].map(async (more) => outcome(await send(tenant, '+14155551234', more))),
    ),
  ).toEqual([
    '400 INVALID_PHONE_NUMBER',
    '400 INVALID_PHONE_NUMBER',
    '422 VALIDATION_FAILED',
    '400 INVALID_SENDER',
    '400 INVALID_SENDER',
    '400 MESSAGE_TOO_LONG',
    '422 VALIDATION_FAILED',
    '422 INVALID_SCHEDULE',
    '422 INVALID_SCHEDULE',
    '422 INVALID_SCHEDULE',
    '422 VALIDATION_FAILED',
    '402 INSUFFICIENT_CREDITS',
  ]);
  expect(await money(tenant)).toEqual({ currentBalance: 0, availableCredit: 0.01 });
  expect(await listed(tenant)).toEqual([]);
});

test('an organization keeps to its settings', async () => {
  const off = await sender(1, { enabled: false });
  expect(outcome(await send(off, '+14155551234'))).toBe('403 SMS_DISABLED');
  const german = await sender(1, { countries: ['DE'], daily_limit: 2 });
  expect(outcome(await send(german, '+14155551234'))).toBe('422 DESTINATION_NOT_ALLOWED');
  expect((await send(german, ['+4930123456', '+14155551234'])).body).toMatchObject({
    data: { queued: 1, failed: 1, messages: [{ status: 'queued' }, { error: { code: 'DESTINATION_NOT_ALLOWED' } }] },
  });
  expect(outcome(await send(german, ['+4930123457', '+4930123458']))).toBe('429 RATE_LIMIT_EXCEEDED');
  expect(outcome(await send(german, '+4930123457'))).toBe('200');
});

test('the same key sends once', async () => {
  const tenant = await sender();
  const headers = { 'idempotency-key': 'once' };
  const answers = await Promise.all([1, 2].map(() => tenant.ask('PUT', '/sms', message('+14155551234'), { headers })));
  const again = await tenant.ask('PUT', '/sms', message('+14155551234'), { headers });
  const ids = [...answers, again].filter(({ status }) => status === 200).map((answer) => texts(answer)['message_id']);
  expect(new Set(ids).size).toBe(1);
  expect(await listed(tenant)).toHaveLength(1);
});
