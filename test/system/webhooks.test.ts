import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startReceiver, type Received, type Receiver } from '../support/webhook-receiver.fixture.ts';
import { newTenant, outcome, texts, type Body, type Tenant } from './tenant.fixture.ts';

/** Webhooks over HTTP: from the change that records an event to the receiver, which verifies the signature. */

let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver(({ path }) => {
    const isFirst = receiver.at(path).length === 1;
    if (path.startsWith('/flaky') && isFirst) return { status: 500, body: 'no' };
    return path.startsWith('/gone') && isFirst ? { status: 410 } : {};
  });
});
afterAll(() => receiver.stop());

let last = 0;
const newPath = (prefix = '/ok'): string => `${prefix}-${(last += 1)}-${Math.random().toString(36).slice(2)}`;

type Made = { readonly id: string; readonly secret: string; readonly path: string };

/** Subscribes a new path of the receiver. */
async function subscribe({ ask }: Tenant, events: readonly string[], more: Body = {}): Promise<Made> {
  const path = newPath();
  const made = await ask('PUT', '/webhooks/new', { url: receiver.url(path), events, ...more });
  expect(outcome(made)).toBe('201');
  const { id = '', secret = '' } = texts(made);
  return { id, secret, path };
}

const newTrunk = async ({ ask }: Tenant): Promise<string> =>
  texts(await ask('PUT', '/siptrunk/new', { name: newPath(''), type: 'carrier', host: 'sip.example.com' }))['id'] ?? '';

const verified = (secret: string, { body, headers }: Received): Body =>
  new Verifier(secret).verify(body, {
    'webhook-id': String(headers['webhook-id']),
    'webhook-timestamp': String(headers['webhook-timestamp']),
    'webhook-signature': String(headers['webhook-signature']),
  }) as Body;

const eventuallyAt = (path: string, count = 1): Promise<Received[]> =>
  eventually(() => {
    const requests = receiver.at(path);
    if (requests.length < count) throw new Error(`${requests.length} of ${count} requests at ${path}`);
    return requests;
  }, 20_000);

const deliveriesOf = async ({ ask }: Tenant, id: string): Promise<readonly Body[]> =>
  ((await ask('GET', `/webhooks/${id}`)).body as { data: { deliveries: readonly Body[] } }).data.deliveries;

test('a change reaches the webhooks that want its event, signed; and no other', async () => {
  const [tenant, stranger] = [await newTenant(), await newTenant()];
  const wanting = await subscribe(tenant, ['trunk.*'], { headers: { 'X-Stage': 'test' } });
  const others = [
    await subscribe(tenant, ['gateway.*']),
    await subscribe(tenant, ['trunk.*'], { enabled: false }),
    await subscribe(stranger, ['trunk.*']),
  ];
  const trunk = await newTrunk(tenant);
  const [request] = await eventuallyAt(wanting.path);
  expect(request?.headers).toMatchObject({ 'content-type': 'application/json', 'x-stage': 'test' });
  const body = verified(wanting.secret, request!);
  expect(body).toMatchObject({
    id: request?.headers['webhook-id'],
    type: 'trunk.created',
    org_id: tenant.id,
    entity: { type: 'trunk', id: trunk },
    data: { severity: 'info', changes: null },
  });
  await eventually(async () => {
    expect(await deliveriesOf(tenant, wanting.id)).toEqual([
      expect.objectContaining({ event_id: body['id'], status: 'delivered', attempt: 1, response_status: 200 }),
    ]);
  });
  expect((await tenant.ask('GET', `/webhooks/${wanting.id}`)).body).toMatchObject({
    data: { status: 'active', stats: { delivered_24h: 1, failed_24h: 0 } },
  });
  expect(others.flatMap(({ path }) => receiver.at(path))).toEqual([]);
});

test('a filed event with notify goes to those that want custom events, and one without to no one', async () => {
  const tenant = await newTenant();
  const [custom, trunks] = [await subscribe(tenant, ['custom']), await subscribe(tenant, ['trunk.*'])];
  const file = (json: Body) =>
    tenant.ask('PUT', `/events/org/${tenant.id}`, { type: 'door.opened', data: {}, ...json });
  expect((await file({ notify: true, data: { door: 1 } })).body).toMatchObject({ data: { notifications_sent: 1 } });
  expect((await file({ data: { door: 2 } })).body).toMatchObject({ data: { notifications_sent: 0 } });
  expect((await file({ notify: true, data: { door: 3 } })).body).toMatchObject({ data: { notifications_sent: 1 } });
  const requests = await eventuallyAt(custom.path, 2);
  const doors = requests.map((each) => verified(custom.secret, each)['data']);
  expect(doors).toEqual(expect.arrayContaining([{ door: 1 }, { door: 3 }]));
  expect([doors.length, receiver.at(trunks.path)]).toEqual([2, []]);
});

test('a failed attempt is repeated after 5 seconds, with the same id', async () => {
  const tenant = await newTenant();
  const path = newPath('/flaky');
  const made = await tenant.ask('PUT', '/webhooks/new', { url: receiver.url(path), events: ['trunk.created'] });
  const { id = '', secret = '' } = texts(made);
  await newTrunk(tenant);
  const [first, second] = await eventuallyAt(path, 2);
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  expect([verified(secret, first!), verified(secret, second!)].map(({ type }) => type)).toEqual([
    'trunk.created',
    'trunk.created',
  ]);
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(4_000);
  await eventually(async () => {
    expect(await deliveriesOf(tenant, id)).toMatchObject([{ status: 'delivered', attempt: 2, response_status: 200 }]);
  });
});

test('after a rotation both secrets verify', async () => {
  const tenant = await newTenant();
  const { id, secret, path } = await subscribe(tenant, ['trunk.created']);
  const rotated = await tenant.ask('PUT', `/webhooks/${id}`, {
    url: receiver.url(path),
    events: ['trunk.created'],
    rotate_secret: true,
  });
  await newTrunk(tenant);
  const [request] = await eventuallyAt(path);
  for (const each of [secret, texts(rotated)['secret'] ?? ''])
    expect(verified(each, request!)).toMatchObject({ type: 'trunk.created' });
});

test('a test reports what the receiver answered, and its event is filed under the webhook', async () => {
  const tenant = await newTenant();
  const { id, secret, path } = await subscribe(tenant, ['*']);
  const tested = await tenant.ask('POST', `/webhooks/${id}/test`, {});
  expect(tested.body).toMatchObject({ data: { delivered: true, response_status: 200, error: null } });
  const [request] = receiver.at(path).filter(({ body }) => body.includes('webhook.test'));
  const event = verified(secret, request!);
  await eventually(async () => {
    const { body } = await tenant.ask('GET', `/events/webhook/${id}?type=webhook.test`);
    expect(body).toMatchObject({ data: { events: [{ event_id: event['id'], type: 'webhook.test' }] } });
  });
  // The event of the test is settled after that of a later change; the tested webhook does not get it again.
  await newTrunk(tenant);
  await eventually(() => receiver.at(path).some(({ body }) => body.includes('trunk.created')), 20_000);
  expect(receiver.at(path).filter(({ body }) => body.includes('webhook.test'))).toHaveLength(1);
});

test('a receiver that answers 410 is disabled; once it is enabled, failed events are delivered again', async () => {
  const tenant = await newTenant();
  const path = newPath('/gone');
  const url = receiver.url(path);
  const made = await tenant.ask('PUT', '/webhooks/new', { url, events: ['trunk.created'] });
  const { id = '', secret = '' } = texts(made);
  await newTrunk(tenant);
  await eventually(async () => {
    const { body } = await tenant.ask('GET', `/webhooks/${id}`);
    expect(body).toMatchObject({ data: { status: 'disabled', disabled_reason: 'gone', enabled: false } });
  }, 20_000);
  const redeliver = () =>
    tenant.ask('POST', `/webhooks/${id}/redeliver`, { since: new Date(Date.now() - 600_000).toISOString() });
  expect(outcome(await redeliver())).toBe('409 WEBHOOK_DISABLED');
  await tenant.ask('PUT', `/webhooks/${id}`, { url, events: ['trunk.created'] });
  expect((await redeliver()).body).toMatchObject({ data: { queued: 1 } });
  const [first, second] = await eventuallyAt(path, 2);
  expect(verified(secret, second!)['id']).toBe(verified(secret, first!)['id']);
});

test('a closed organization loses its webhooks', async () => {
  const tenant = await newTenant();
  const { id } = await subscribe(tenant, ['trunk.*']);
  expect(outcome(await tenant.ask('DELETE', `/orgs/${tenant.id}`))).toBe('200');
  await eventually(
    async () => expect(outcome(await tenant.ask('GET', `/webhooks/${id}`))).toBe('404 NOT_FOUND'),
    20_000,
  );
});
