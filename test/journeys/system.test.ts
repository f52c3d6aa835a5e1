import { afterAll, beforeAll, expect, test } from 'vitest';
import { instants, otherParty, storedNumbers, storeRecords } from '#functions/system/purges/records.fixture.ts';
import { eventually } from '../support/eventually.ts';
import { startReceiver, type Receiver } from '../support/webhook-receiver.fixture.ts';
import { verify } from '../system/archives.fixture.ts';
import { connect } from '../system/cloud.ts';
import { storeOf } from '../system/people.ts';
import { newAdministeredTenant, newTenant, outcome, texts, type Body } from '../system/tenant.fixture.ts';

/** The platform as a whole from outside: its paths and documents, notices, and what it keeps and deletes. */

const { api, outputs, basePaths } = connect();
const isLocal = outputs['AwsEndpointUrl'] !== undefined;

let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver(() => ({ status: 200 }));
});
afterAll(() => receiver.stop());

const dataOf = ({ body }: { readonly body: unknown }): Body => (body as { data: Body }).data;

test('every prefix has the API, its document and its health, and answers unknown paths and methods', async () => {
  for (const prefix of ['', ...basePaths]) {
    const document = await api(`${prefix}/openapi.json`);
    expect(document).toMatchObject({ status: 200, body: { openapi: '3.1.0', paths: { '/siptrunk/{id}': {} } } });
    const etag = document.headers.get('etag') ?? '';
    expect((await api(`${prefix}/openapi.json`, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await api(`${prefix}/health`)).body).toMatchObject({
      ...{ status: 'ok', checks: { database: { status: 'ok' }, queue: { status: 'ok' } } },
    });
    expect((await fetch(`${outputs.ApiUrl}${prefix}/health?live=1`, { method: 'HEAD' })).status).toBe(200);
    expect((await api(`${prefix}/nothing/here`)).status).toBe(404);
    const wrongMethod = await api(`${prefix}/health`, { method: 'DELETE' });
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const slash = await api(`${prefix}/siptrunk/?limit=5`, { redirect: 'manual' });
    expect([slash.status, slash.headers.get('location')]).toEqual([308, `${prefix}/siptrunk?limit=5`]);
  }
});

test('an event is one notice by SMS, e-mail and webhook, within the limit of an hour', async () => {
  const { ask, id } = await newTenant({ settings: { sms: { sender_ids: ['Acme'] } } });
  await ask('PUT', `/billingprofile/${id}`, { creditLimit: 100 });
  expect(outcome(await ask('PUT', '/users', { username: `ann-${id}`, email: 'ann@example.com' }))).toBe('201');
  const rule = {
    ...{ name: 'Doors', trigger: 'custom', channels: ['sms', 'email', 'webhook'] },
    ...{ recipients: ['+14155551234', 'ann@example.com'], template: 'Door {{data.door}} was opened' },
  };
  const settings = { notification_rules: [rule], delivery_preferences: { max_notifications_per_hour: 1 } };
  expect(outcome(await ask('PUT', '/bespoke/notifier', settings))).toBe('201');
  const hook = { url: receiver.url(`/${id}`), events: ['notifier.*'] };
  expect(outcome(await ask('PUT', '/webhooks/new', hook))).toBe('201');
  const file = { type: 'door.opened', data: { door: '7' }, notify: true };
  expect(texts(await ask('PUT', `/events/org/${id}`, file))).toMatchObject({ notifications_sent: 1 });
  const list = async (path: string) => ((await ask('GET', path)).body as { readonly data: readonly Body[] }).data;
  await eventually(async () => {
    const [sms, ...more] = await list('/sms?limit=10');
    expect(texts(await ask('GET', `/sms/${String(sms?.['message_id'])}`))).toMatchObject({
      ...{ message: 'Door 7 was opened', status: expect.stringMatching(/sent|delivered/) as string },
    });
    expect(more).toEqual([]);
    expect(await list('/email?limit=10')).toMatchObject([{ to: ['ann@example.com'], status: 'delivered' }]);
    const [request] = receiver.at(`/${id}`).map(({ body }) => JSON.parse(body) as Body);
    expect(request).toMatchObject({ type: 'notifier.notice', data: { event: { type: 'door.opened' } } });
  }, 30_000);
});

test.skipIf(!isLocal)(
  'a purge keeps what is held, and archives what it deletes so that anyone can verify it',
  async () => {
    const { ask, organization } = await newAdministeredTenant('purge');
    const store = storeOf(outputs);
    const older = async (count: number, first: number, party: typeof otherParty) =>
      storeRecords(
        store,
        organization,
        'sms',
        instants(count, new Date(), 100).map((at, index) => ({ at, index: first + index, party })),
      );
    await older(20, 0, otherParty);
    await older(3, 1_000, { user: 'usr_other', number: '+4930123456' });
    const hold = { name: 'Case', reason: 'Subpoena', classes: ['sms'], filter: { numbers: ['+4930123456'] } };
    expect(outcome(await ask('PUT', '/archiving/legalholds/new', hold))).toBe('201');
    expect(outcome(await ask('PUT', '/archiving/provisioning', { quota_gb: 1, object_lock: 'governance' }))).toBe(
      '200',
    );
    const started = await ask('POST', '/archiving/purge', { class: 'sms', dry_run: false, export: true });
    expect(outcome(started)).toBe('202');
    await eventually(async () => {
      const { events } = dataOf(await ask('GET', `/events/purge/${texts(started)['purge_id']}?type=archiving.purged`));
      expect(events).toMatchObject([{ data: { status: 'done', held: 3, to_delete: 20 } }]);
    }, 30_000);
    expect([...(await storedNumbers(store, organization, 'sms')).values()].map(({ length }) => length)).toEqual([3, 3]);
    const { code, text } = await verify(connect(), organization);
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining('20 records') as string });
    expect(text).toContain('Everything holds.');
  },
);
