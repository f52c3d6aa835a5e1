import { describe, expect, test } from 'vitest';
import { storeOf } from './people.ts';
import { eventually } from '../support/eventually.ts';
import { connect } from './cloud.ts';
import { readEmail, storeDomain, storeTemplate } from '../support/email.fixture.ts';
import { newTenant, outcome, type Body, type Tenant } from './tenant.fixture.ts';

/** `PUT /email`, from the request to the provider and its reports. */

const isLocal = connect().outputs['AwsEndpointUrl'] !== undefined;

/** A tenant that sends from a domain of its own, by a template. */
async function newSender() {
  const tenant = await newTenant();
  const organization = Number(tenant.id.replace('org_', ''));
  const store = storeOf(connect().outputs);
  const host = `${organization}.example`;
  await storeDomain(store, organization, host);
  await storeTemplate(store, organization, { name: 'invoice', from: `billing@${host}`, from_name: 'Acme' });
  return { ...tenant, host };
}

const mail = (more: Body = {}): Body => ({
  to: 'ann@example.com',
  template: 'invoice',
  variables: { name: 'Ann <b>', month: 'May' },
  ...more,
});
const dataOf = ({ body }: { readonly body: unknown }): Body => (body as { data: Body }).data;

/** The e-mail once it has the status. */
async function emailIn({ ask }: Pick<Tenant, 'ask'>, id: unknown, status: string): Promise<Body> {
  let email: Body = {};
  await eventually(async () => {
    email = dataOf(await ask('GET', `/email/${String(id)}`));
    expect(email['status']).toBe(status);
  }, 20_000);
  return email;
}

describe.skipIf(!isLocal)('an e-mail', () => {
  test('from a domain of the sender arrives with its parts, and is delivered', async () => {
    const sender = await newSender();
    const answer = await sender.ask('PUT', '/email', {
      ...mail({ cc: ['bob@example.com'], bcc: 'eve@example.com', reply_to: 'help@example.com', priority: 'high' }),
      attachments: [{ filename: 'a.txt', content: 'SGVq', content_type: 'text/plain' }],
      reference: 'no 1',
    });
    expect([outcome(answer), answer.body]).toEqual(['200', expect.objectContaining({ status: 'success' })]);
    const { email_id: id } = dataOf(answer);
    expect(dataOf(answer)).toMatchObject({ status: 'queued', to: ['ann@example.com'], subject: 'Invoice of May' });
    const email = await emailIn(sender, id, 'delivered');
    expect(email).toMatchObject({
      from: `billing@${sender.host}`,
      cc: ['bob@example.com'],
      reference: 'no 1',
      attempts: 1,
      error: null,
    });
    expect(Object.keys(email['timestamps'] as object).toSorted()).toEqual(['delivered', 'queued', 'sending', 'sent']);
    const message = await readEmail(String(id));
    expect(message).toMatchObject({
      subject: 'Invoice of May',
      html: '<p>Hello Ann &lt;b&gt;,</p>',
      from: { text: `"Acme" <billing@${sender.host}>` },
      to: { text: 'ann@example.com' },
      cc: { text: 'bob@example.com' },
      replyTo: { text: 'help@example.com' },
      attachments: [{ filename: 'a.txt', contentType: 'text/plain', content: Buffer.from('Hej') }],
    });
    expect(message.text).toContain('Hello Ann <b>,');
    expect(message.bcc).toBeUndefined();
    const { events } = dataOf(await sender.ask('GET', `/events/email/${String(id)}`)) as { events: Body[] };
    expect(events.map(({ type }) => type)).toEqual(['email.delivered', 'email.sent', 'email.queued']);
  });

  test('to an address that bounces is not delivered, and the address gets none any more', async () => {
    const sender = await newSender();
    const to = 'x@bounce.test';
    const email = await emailIn(sender, dataOf(await sender.ask('PUT', '/email', mail({ to })))['email_id'], 'bounced');
    expect(email).toMatchObject({ error: { code: 'BOUNCED' } });
    expect(outcome(await sender.ask('PUT', '/email', mail({ to })))).toBe('422 RECIPIENT_SUPPRESSED');
    const list = async () => (await sender.ask('GET', '/emailsuppressions')).body;
    expect(await list()).toMatchObject({ data: [{ address: to, reason: 'bounce', until: null }] });
    expect(outcome(await sender.ask('DELETE', `/emailsuppressions/${to}`))).toBe('200');
    expect(outcome(await sender.ask('PUT', '/email', mail({ to })))).toBe('200');
  });
});

test.skipIf(!isLocal)('each recipient gets an e-mail of its own, and copies go with the first', async () => {
  const sender = await newSender();
  const to = ['x@complaint.test', 'bob@example.com', 'soft@bounce.test'];
  const answer = dataOf(await sender.ask('PUT', '/email', mail({ to, cc: 'cc@example.com', reference: 'batch' })));
  expect(answer).toMatchObject({ total_emails: 3, queued: 3, failed: 0 });
  const ids = (answer['emails'] as Body[]).map(({ email_id: id }) => id);
  await emailIn(sender, ids[0], 'complained');
  await emailIn(sender, ids[1], 'delivered');
  await emailIn(sender, ids[2], 'bounced');
  expect(dataOf(await sender.ask('GET', `/email/${String(answer['batch_id'])}`))).toMatchObject({
    total_emails: 3,
    counts: { queued: 0, delivered: 1, bounced: 1, complained: 1 },
  });
  const messages = await Promise.all(ids.map((id) => readEmail(String(id))));
  expect(messages.map(({ to: recipients, cc }) => [recipients, cc])).toMatchObject([
    [{ text: to[0] }, { text: 'cc@example.com' }],
    [{ text: to[1] }, undefined],
    [{ text: to[2] }, undefined],
  ]);
  const listed = (await sender.ask('GET', '/email?reference=batch')).body as { data: Body[]; total: number };
  expect([listed.total, listed.data.map(({ email_id: id }) => id)]).toEqual([3, ids.toReversed()]);
});
