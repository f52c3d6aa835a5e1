import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { Store } from '#dynamodb/client.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { Api } from '../cdr.fixture.ts';
import { newNumber, provider, smsNumber } from './sms-reports.fixture.ts';
import { sharedStormCloud } from '../storm-cloud.fixture.ts';
import { uniqueName } from '../tenant.fixture.ts';

/** SMS in a cloud that injects faults into the store, the queues and the provider. */

const count = 40;
/** Milliseconds: an attempt of unknown end holds its message for two minutes. */
const longest = 400_000;

type Content = Readonly<Record<string, unknown>>;

/** Repeats requests whose answer was lost. */
const askingBy =
  (api: Api) =>
  (method: 'GET' | 'PUT', path: string, json?: () => Content): Promise<{ readonly data: Content }> =>
    eventually(() => api(method, path, json?.()));

/** An organization that may send SMS. @returns its id */
async function newSender(ask: ReturnType<typeof askingBy>): Promise<string> {
  const made = await ask('PUT', '/orgs', () => ({
    name: uniqueName('storm'),
    country: 'US',
    timezone: 'UTC',
    settings: { sms: { sender_ids: ['Acme'] } },
  }));
  const organization = String(made.data['id']);
  await ask('PUT', `/billingprofile/${organization}`, () => ({ creditLimit: 10 }));
  return organization;
}

/** How often each entity has an event of a type. */
async function eventCounts(store: Store, organization: string, wanted: string): Promise<ReadonlyMap<string, number>> {
  const table = tableFor<'event'>(store, Number(organization.replace('org_', '')));
  const events = await readToEnd((after) => table.query(eventRow, {}, after));
  const own = events.filter(({ type }) => type === wanted);
  return new Map([...Map.groupBy(own, ({ entity }) => entity.id)].map(([id, each]) => [id, each.length]));
}

test('40 SMS are sent and charged once each, although calls of AWS fail', async () => {
  const { api } = await sharedStormCloud('faults');
  const ask = askingBy(api);
  const organization = await newSender(ask);
  const to = Array.from({ length: count }, (_number, at) => `+1415555${1_000 + at}`);
  await ask('PUT', `/sms?org_id=${organization}`, () => ({ to, from: 'Acme', message: 'Hello' }));
  // A request whose answer was lost is repeated: both are accepted, and each message is charged once.
  const messages = await eventually(async () => {
    const { data } = await ask('GET', `/sms?org_id=${organization}&limit=500`);
    const listed: readonly Content[] = Array.from(Object.values(data) as Content[]);
    expect(listed.length).toBeGreaterThanOrEqual(count);
    expect(listed.filter(({ status }) => status !== 'sent' && status !== 'delivered')).toEqual([]);
    return listed;
  }, longest);
  expect(messages.every(({ cost }) => cost === 0.0075)).toBe(true);
  const { currentBalance, availableCredit } = (await ask('GET', `/billingprofile/${organization}`)).data;
  expect(currentBalance).toBeCloseTo(-0.0075 * messages.length, 4);
  expect(availableCredit).toBeCloseTo(10 - 0.0075 * messages.length, 4);
});

test('each receipt and each received SMS has its effect once, although calls of AWS fail', async () => {
  const { api, cloud, store } = await sharedStormCloud('faults');
  const ask = askingBy(api);
  const organization = await newSender(ask);
  const number = newNumber();
  await ask('PUT', `/numbers/${number.slice(1)}?org_id=${organization}`, () => smsNumber);
  const to = Array.from({ length: 10 }, (_number, at) => `+1415555${2_000 + at}`);
  await ask('PUT', `/sms?org_id=${organization}`, () => ({ to, from: 'Acme', message: 'Hello' }));
  const received = to.map((from, at) => ({ from, to: number, text: 'Stop', id: `in-${organization}-${at}` }));
  const { receive } = provider(cloud);
  for (const message of [...received, ...received]) await eventually(() => receive(message));
  const once = (ids: readonly string[]) => new Map(ids.toSorted().map((id) => [id, 1]));
  const counts = async (type: string) => new Map([...(await eventCounts(store, organization, type))].toSorted());
  const messages = await eventually(async () => {
    const { data } = await ask('GET', `/sms?org_id=${organization}&limit=500`);
    const listed: readonly Content[] = Array.from(Object.values(data) as Content[]);
    // Some recipients opted out before their message was sent.
    expect(listed.filter(({ status }) => status !== 'delivered' && status !== 'failed')).toEqual([]);
    expect(listed.filter(({ from }) => from === number)).toHaveLength(to.length);
    return listed;
  }, longest);
  const delivered = messages.filter(({ status }) => status === 'delivered').map(({ message_id: id }) => String(id));
  expect(await counts('sms.delivered')).toEqual(once(delivered));
  expect(await counts('sms.received')).toEqual(once(received.map(({ id }) => id)));
  expect(await counts('sms.optout')).toEqual(once(to));
});
