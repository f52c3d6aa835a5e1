import { beforeAll, expect, test } from 'vitest';
import { absentDependencies } from '#runtime/complete-dependencies.ts';
import type { Outbound } from '#outbound/outbound.ts';
import { catalogueAssets } from '#test/support/event-catalogue.fixture.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { outcome, texts, uniqueName } from '#test/system/tenant.fixture.ts';
import { sipTrunks } from '../../telephony/sip-trunks/contract.ts';
import { trunksHandler } from '../../telephony/sip-trunks/handler.ts';
import { webhooks } from '../webhooks/contract.ts';
import { webhooksHandler } from '../webhooks/handler.ts';
import { events } from './contract.ts';
import { eventsHandler } from './handler.ts';

/** Every URL may be called, and nothing is sent. */
const outbound: Outbound = { ...absentDependencies.outbound, check: async () => null };

const functions = functionsOf(
  [events, (dependencies) => eventsHandler(dependencies, catalogueAssets)],
  [sipTrunks, trunksHandler],
  [webhooks, (dependencies) => webhooksHandler({ ...dependencies, outbound }, catalogueAssets)],
);
let one: TestTenant;
let other: TestTenant;
beforeAll(async () => {
  [one, other] = [await functions.newTenant(), await functions.newTenant()];
});

async function newTrunk({ ask }: TestTenant): Promise<string> {
  functions.clock.advance(1);
  const body = { name: uniqueName('trunk'), type: 'carrier', host: 'sip.example.com' };
  return texts(await ask('PUT', '/siptrunk/new', body))['id'] ?? '';
}

type Listed = {
  readonly events: readonly { event_id: string; type: string; entity: string; timestamp: string }[];
  readonly entity: string;
  readonly next_page_token: string;
};
async function read({ ask }: TestTenant, entity: string, query = ''): Promise<Listed> {
  const { body } = await ask('GET', `/events/${entity}${query}`);
  return (body as { readonly data: Listed }).data;
}
const answerTo = async ({ ask }: Pick<TestTenant, 'ask'>, entity: string) =>
  outcome(await ask('GET', `/events/${entity}`));

test('a change is an event of its resource and of its organization at once, also after a deletion', async () => {
  const trunk = await newTrunk(one);
  const ofOrganization = await read(one, `org/${one.organization}`, '?type=trunk.*');
  expect(ofOrganization).toMatchObject({
    ...{ entity: `org/${one.id}`, events: [{ type: 'trunk.created', entity: `trunk/${trunk}` }] },
  });
  expect((await read(one, `trunk/${trunk}`)).events).toEqual(ofOrganization.events);
  functions.clock.advance(1);
  await one.ask('DELETE', `/siptrunk/${trunk}`);
  const types = (await read(one, `trunk/${trunk}`)).events.map(({ type }) => type);
  expect(types).toEqual(['trunk.deleted', 'trunk.created']);
});

test('pages continue each other, newest first, with each event once', async () => {
  for (let at = 0; at < 5; at += 1) await newTrunk(other);
  const whole = (await read(other, `org/${other.organization}`)).events.map(({ event_id: id }) => id);
  const paged: string[] = [];
  let token = '';
  do {
    const query = `?limit=2${token === '' ? '' : `&page_token=${token}`}`;
    const page = await read(other, `org/${other.organization}`, query);
    paged.push(...page.events.map(({ event_id: id }) => id));
    token = page.next_page_token;
  } while (token !== '');
  expect(paged).toEqual(whole);
  expect(whole).toEqual(whole.toSorted().reverse());
});

test('a time range includes its start and excludes its end', async () => {
  await newTrunk(one);
  const [newest] = (await read(one, `org/${one.organization}`, '?limit=1')).events;
  const at = newest?.timestamp ?? '';
  const ids = async (query: string) =>
    (await read(one, `org/${one.organization}`, query)).events.map(({ event_id: id }) => id);
  expect(await ids(`?since=${at}`)).toContain(newest?.event_id);
  expect(await ids(`?until=${at}`)).not.toContain(newest?.event_id);
});

test("another tenant's organization is rejected, and its resources are 404", async () => {
  const trunk = await newTrunk(one);
  expect([
    await answerTo(other, `org/${one.organization}`),
    await answerTo(other, `trunk/${trunk}`),
    await answerTo(other, 'org/999999'),
    await answerTo({ ask: functions.askAsOperator }, `org/${one.organization}`),
    await answerTo({ ask: functions.askAsOperator }, 'org/999999'),
  ]).toEqual(['403 FORBIDDEN_ORG', '404 NOT_FOUND', '403 FORBIDDEN_ORG', '200', '404 NOT_FOUND']);
});

test.each([
  'trunk/trunk_none',
  'gateway/gw_none',
  'user/usr_none',
  'device/dev_none',
  'number/num_none',
  'email/eml_none',
  'policy/pol_none',
])('%s, which does not exist, has no events', async (entity) => {
  expect(await answerTo(one, entity)).toBe('404 NOT_FOUND');
});

test('a path that names no resource is rejected', async () => {
  expect((await one.ask('GET', '/events/fruit/fruit_1')).status).toBe(400);
  expect((await one.ask('GET', '/events/org/one')).status).toBe(400);
  expect((await functions.api(`/events/org/${one.organization}`)).status).toBe(401);
});

test('a filed event with notify goes to the webhooks that want custom events, and one without to none', async () => {
  const { ask, organization } = await functions.newTenant();
  for (const wanted of ['custom', 'trunk.*']) {
    const hook = { url: `https://hooks.example.com/${wanted.slice(0, 5)}`, events: [wanted] };
    expect(outcome(await ask('PUT', '/webhooks/new', hook))).toBe('201');
  }
  const file = (more: object) =>
    ask('PUT', `/events/org/${organization}`, { type: 'door.opened', data: { door: 1 }, ...more });
  expect((await file({ notify: true })).body).toMatchObject({ data: { notifications_sent: 1 } });
  expect((await file({})).body).toMatchObject({ data: { notifications_sent: 0 } });
});
