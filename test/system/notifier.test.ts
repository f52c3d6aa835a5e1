import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startReceiver, type Receiver } from '../support/webhook-receiver.fixture.ts';
import { connect } from './cloud.ts';
import { newTenant, outcome, texts, type Body, type Tenant } from './tenant.fixture.ts';

/** Notices from an event to SMS, e-mail and webhook, through the queues of a running cloud. */

const isLocal = connect().outputs['AwsEndpointUrl'] !== undefined;
const outbox = join(dirname(process.env['OUTPUTS'] ?? ''), 'outbox', 'email');

let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver(() => ({ status: 200 }));
});
afterAll(() => receiver.stop());

const everyone = ['+14155551234', 'ann@example.com'];
const rule = (more: Body = {}) => ({
  ...{ name: 'Doors', trigger: 'custom', channels: ['sms', 'email', 'webhook'], recipients: everyone },
  ...{ template: 'Door {{data.door}} was opened' },
  ...more,
});

/** An organization that pays for SMS, with a user who gets e-mails. */
async function organizationWith(rules: readonly Body[], preferences: Body = {}): Promise<Tenant> {
  const tenant = await newTenant({ settings: { sms: { sender_ids: ['Acme'] } } });
  const { ask, id } = tenant;
  expect(outcome(await ask('PUT', `/billingprofile/${id}`, { creditLimit: 100 }))).toBe('200');
  expect(outcome(await ask('PUT', '/users', { username: `ann-${id}`, email: 'ann@example.com' }))).toBe('201');
  const settings = { notification_rules: rules, delivery_preferences: preferences };
  expect(outcome(await ask('PUT', '/bespoke/notifier', settings))).toBe('201');
  return tenant;
}

/** Files an event of a door. @returns how many webhooks and rules it was handed to */
async function openDoor({ ask, id }: Tenant, door: string, notify = true): Promise<number> {
  const filed = await ask('PUT', `/events/org/${id}`, { type: 'door.opened', data: { door }, notify });
  expect(outcome(filed)).toBe('201');
  return Number(texts(filed)['notifications_sent']);
}

const eventsOf = async ({ ask, id }: Tenant, type: string): Promise<readonly Body[]> =>
  ((await ask('GET', `/events/org/${id}?type=${type}&limit=500`)).body as { data: { events: Body[] } }).data.events;
const listOf = async ({ ask }: Tenant, path: string): Promise<readonly Body[]> =>
  ((await ask('GET', path)).body as { data: Body[] }).data;

test('an event is one notice by each channel; what the notice causes is none', async () => {
  const loops = ['sms.*', 'email.*', 'notifier.*'].map((trigger) => rule({ name: trigger, trigger }));
  const tenant = await organizationWith([rule(), ...loops, rule({ name: 'Off', enabled: false })]);
  const url = receiver.url(`/${tenant.id}`);
  expect(outcome(await tenant.ask('PUT', '/webhooks/new', { url, events: ['notifier.*', 'custom'] }))).toBe('201');
  // The webhook and the rule.
  expect(await openDoor(tenant, '7')).toBe(2);
  await eventually(async () => {
    expect(await listOf(tenant, '/sms?limit=10')).toMatchObject([
      { to: '+14155551234', status: expect.stringMatching(/sent|delivered/) as string },
    ]);
    expect(await listOf(tenant, '/email?limit=10')).toMatchObject([{ to: ['ann@example.com'], status: 'delivered' }]);
    const requests = receiver.at(`/${tenant.id}`).map(({ body }) => (JSON.parse(body) as Body)['type']);
    expect(requests.toSorted()).toEqual(['door.opened', 'notifier.notice']);
  }, 30_000);
  const [sms] = await listOf(tenant, '/sms?limit=10');
  const message = await tenant.ask('GET', `/sms/${String(sms?.['message_id'])}`);
  expect(texts(message)).toMatchObject({ message: 'Door 7 was opened', from: 'Acme', cost: 0.0075 });
  expect(texts(await tenant.ask('GET', `/billingprofile/${tenant.id}`))['currentBalance']).toBe(-0.0075);
  const [email] = await listOf(tenant, '/email?limit=10');
  if (isLocal)
    expect(readFileSync(join(outbox, `${String(email?.['email_id'])}.eml`), 'utf8')).toContain('Door 7 was opened');
  // A rule of the events that the SMS and the e-mail have would have had a notice of its own by now: this one comes.
  expect(await openDoor(tenant, '8')).toBe(2);
  await eventually(async () => expect(await eventsOf(tenant, 'notifier.notice')).toHaveLength(2), 20_000);
  const causes = (await eventsOf(tenant, 'notifier.notice')).map(({ data }) => (data as { event: Body }).event['type']);
  expect(causes).toEqual(['door.opened', 'door.opened']);
}, 90_000);

test('beyond the limit of an hour nothing is sent; without notify there is no notice', async () => {
  const tenant = await organizationWith([rule({ channels: ['webhook'], recipients: [] })], {
    max_notifications_per_hour: 3,
  });
  expect(await openDoor(tenant, '0', false)).toBe(0);
  for (let door = 1; door <= 6; door += 1) expect(await openDoor(tenant, String(door))).toBe(1);
  await eventually(
    async () => expect((await eventsOf(tenant, 'notifier.notice')).length).toBeGreaterThanOrEqual(3),
    20_000,
  );
  // Those of another rule are counted by the same limit, unless the hour has just ended.
  const doors = (await eventsOf(tenant, 'notifier.notice')).map(({ data }) => (data as Body)['text']);
  expect(doors).not.toContain('Door 0 was opened');
  expect(doors.length).toBeLessThanOrEqual(6);
}, 60_000);

test('an event of the platform starts a rule within 10 seconds of its save', async () => {
  const tenant = await organizationWith([
    rule({
      trigger: 'trunk.created',
      channels: ['webhook'],
      recipients: [],
      template: 'A trunk: {{data.description}}',
    }),
  ]);
  let trunks = 0;
  await eventually(async () => {
    trunks += 1;
    await tenant.ask('PUT', '/siptrunk/new', { name: `Trunk ${trunks}`, type: 'carrier', host: 'sip.example.com' });
    expect(await eventsOf(tenant, 'notifier.notice')).not.toEqual([]);
  }, 30_000);
  const [notice] = await eventsOf(tenant, 'notifier.notice');
  expect(notice).toMatchObject({ data: { event: { type: 'trunk.created' }, channels: ['webhook'] } });
}, 60_000);
