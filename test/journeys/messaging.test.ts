import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { wavOf } from '#functions/messaging/voicemail/example-requests.fixture.ts';
import { readEmail, storeDomain, storeTemplate } from '../support/email.fixture.ts';
import { eventually } from '../support/eventually.ts';
import { textAt } from '../support/example-request.ts';
import { connect } from '../system/cloud.ts';
import { storeOf } from '../system/people.ts';
import { newNumber, provider, receiptWait, smsNumber } from '../system/messaging/sms-reports.fixture.ts';
import { newTenant, outcome, texts, uniqueName, type Body, type Tenant } from '../system/tenant.fixture.ts';
import { mailboxesOf, upload } from '../system/voicemail.fixture.ts';

/** SMS, e-mail and voicemail from outside: a shop writes to its customers, and they answer. */

const { outputs } = connect();
const isLocal = outputs['AwsEndpointUrl'] !== undefined;
const sent = (id: string) => join(dirname(process.env['OUTPUTS'] ?? ''), 'outbox', 'sms', `${id}.json`);

let tenant: Tenant;
let host: string;
const ask: Tenant['ask'] = (...request) => tenant.ask(...request);
const dataOf = ({ body }: { readonly body: unknown }): Body => (body as { data: Body }).data;
const listed = async (path: string) => dataOf(await ask('GET', path)) as unknown;

describe.skipIf(!isLocal)('a shop', () => {
  beforeAll(async () => {
    tenant = await newTenant({ settings: { sms: { sender_ids: ['Acme'] } } });
    expect(outcome(await ask('PUT', `/billingprofile/${tenant.id}`, { creditLimit: 100 }))).toBe('200');
    // A domain is verified by its DNS records, which no test can publish.
    const organization = Number(tenant.id.replace('org_', ''));
    host = `${organization}.example`;
    await storeDomain(storeOf(outputs), organization, host);
    await storeTemplate(storeOf(outputs), organization, {
      name: 'invoice',
      from: `billing@${host}`,
      from_name: 'Acme',
    });
  });

  test('pays for an SMS, learns that it arrived, and writes no more to a customer that answers STOP', async () => {
    const number = newNumber();
    expect(outcome(await ask('PUT', `/numbers/${number.slice(1)}`, smsNumber))).toMatch(/^20[01]$/);
    const to = '+14155551234';
    const send = () => ask('PUT', '/sms', { to, from: 'Acme', message: 'Hello' });
    const id = texts(await send())['message_id'] ?? '';
    await eventually(async () => {
      expect(dataOf(await ask('GET', `/sms/${id}`))).toMatchObject({ status: 'delivered', cost: 0.0075 });
    }, receiptWait);
    expect(JSON.parse(readFileSync(sent(id), 'utf8'))).toMatchObject({ message_id: id, to });
    expect(dataOf(await ask('GET', `/billingprofile/${tenant.id}`))['currentBalance']).toBe(-0.0075);
    await provider({ outputs }).receive({ from: to, to: number, text: 'Stop', id: uniqueName('inbound') });
    await eventually(async () => {
      expect(await listed('/smsoptouts')).toMatchObject([{ number: to, source: 'keyword', reason: 'STOP' }]);
    }, receiptWait);
    expect(outcome(await send())).toBe('422 RECIPIENT_OPTED_OUT');

    const day = { start_date: new Date(Date.now() - 3_600_000).toISOString(), end_date: new Date().toISOString() };
    const search_id = texts(await ask('POST', '/smslogs/search', { ...day, to }))['search_id'];
    await eventually(async () => {
      const found = await ask('POST', '/smslogs/download', { search_id, format: 'csv' });
      expect(String(found.body)).toContain(id);
    }, 20_000);
  });

  test('writes an e-mail by its template, and no more to an address that bounces', async () => {
    const mail = (to: string): Body => ({ to, template: 'invoice', variables: { name: 'Ann <b>', month: 'May' } });
    const send = async (to: string) => dataOf(await ask('PUT', '/email', mail(to)))['email_id'];
    const [delivered, bounced] = [await send('ann@example.com'), await send('x@bounce.test')];
    await eventually(async () => {
      expect(dataOf(await ask('GET', `/email/${String(delivered)}`))['status']).toBe('delivered');
      expect(dataOf(await ask('GET', `/email/${String(bounced)}`))['status']).toBe('bounced');
    }, 20_000);
    expect(await readEmail(String(delivered))).toMatchObject({
      ...{ subject: 'Invoice of May', html: '<p>Hello Ann &lt;b&gt;,</p>', from: { text: `"Acme" <billing@${host}>` } },
    });
    expect(outcome(await ask('PUT', '/email', mail('x@bounce.test')))).toBe('422 RECIPIENT_SUPPRESSED');
  });

  test('reads of a new voicemail by e-mail and SMS, and hears it until it is deleted', async () => {
    const { newMailbox, deposit } = mailboxesOf(ask);
    const notify_email = `${uniqueName('ann')}@example.com`;
    const notify_sms = '+14155550177';
    expect(outcome(await ask('PUT', '/users', { username: uniqueName('ann'), email: notify_email }))).toBe('201');
    const mailbox = await newMailbox({ notify_email, notify_sms });
    const made = await deposit(mailbox, { caller_name: 'Ann' });
    const { id = '' } = texts(made);
    expect(outcome(await ask('GET', `/voicemail/${id}`))).toBe('409 NOT_UPLOADED');
    await upload(made, wavOf(1_000));
    await eventually(async () => {
      const email = dataOf(await ask('GET', `/email/${id.replace('vm_', 'eml_')}`));
      expect(email).toMatchObject({ status: 'delivered', template: 'voicemail_notification' });
      expect(await listed(`/sms?to=${encodeURIComponent(notify_sms)}`)).toMatchObject([{ reference: id }]);
    }, 20_000);
    const link = textAt((await ask('GET', `/voicemail/${id}`)).body, 'data', 'download', 'url');
    expect(Buffer.from(await (await fetch(link)).arrayBuffer())).toEqual(wavOf(1_000));
    expect(outcome(await ask('DELETE', `/voicemail/${id}`))).toBe('200');
    await eventually(async () => (await fetch(link)).status !== 200);
  });
});
