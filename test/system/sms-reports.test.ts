import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { connect } from './cloud.ts';
import { newNumber, provider, receiptWait, smsNumber } from './sms-reports.fixture.ts';
import { newTenant, outcome, texts, uniqueName, type Body, type Tenant } from './tenant.fixture.ts';

/** Receipts and received SMS, as the provider's topic brings them. */

const { outputs } = connect();
const isLocal = outputs['AwsEndpointUrl'] !== undefined;

/** An organization with a sender and credit. */
async function sender(): Promise<Tenant> {
  const tenant = await newTenant({ settings: { sms: { sender_ids: ['Acme'] } } });
  expect(outcome(await tenant.ask('PUT', `/billingprofile/${tenant.id}`, { creditLimit: 100 }))).toBe('200');
  return tenant;
}

const messageOf = async ({ ask }: Tenant, id: string): Promise<Body> =>
  ((await ask('GET', `/sms/${id}`)).body as { data: Body }).data;

test.skipIf(!isLocal)('an SMS whose receipt comes is delivered; without a receipt it stays sent', async () => {
  const tenant = await sender();
  const send = async (to: string) =>
    texts(await tenant.ask('PUT', '/sms', { to, from: 'Acme', message: 'Hello' }))['message_id'] ?? '';
  const [delivered, silent] = [await send('+14155551234'), await send('+14155550003')];
  await eventually(async () => {
    expect(await messageOf(tenant, delivered)).toMatchObject({ status: 'delivered', error: null });
    expect(await messageOf(tenant, silent)).toMatchObject({ status: 'sent' });
  }, receiptWait);
});

test.skipIf(!isLocal)('STOP to a number of an organization opts out and is answered; a repeat is not', async () => {
  const tenant = await newTenant();
  const number = newNumber();
  expect(outcome(await tenant.ask('PUT', `/numbers/${number.slice(1)}`, smsNumber))).toMatch(/^20[01]$/);
  const stop = { from: '+14155551234', to: number, text: 'Stop', id: uniqueName('inbound') };
  const { receive } = provider({ outputs });
  await receive(stop);
  await receive(stop);
  const listed = async (path: string) => ((await tenant.ask('GET', path)).body as { data: Body[] }).data;
  await eventually(async () => {
    expect(await listed('/smsoptouts')).toMatchObject([{ number: '+14155551234', source: 'keyword', reason: 'STOP' }]);
    expect(await listed('/sms?to=%2B14155551234')).toMatchObject([{ from: number, status: 'delivered', cost: 0 }]);
  }, receiptWait);
});
