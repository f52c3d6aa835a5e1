import { expect, test } from 'vitest';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { smsRow } from '#dynamodb/rows/sms.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { balanceOf } from '../../billing/schema/balance.ts';
import { creditRow } from '../../billing/charging/row.ts';
import { emailTemplateRow, emailTemplateVersionRow } from '#dynamodb/rows/email-template.ts';
import { optOutRow } from '../sms-opt-outs/row.ts';
import { account, nextOrganization } from '../sms-delivery/sender.fixture.ts';
import { start } from '../sms-delivery/sms.fixture.ts';
import { maxInHour } from './flow-sms.ts';
import { flowSmsHandler } from '../flow-sms/handler.ts';

const to = '+46701234567';
const call = 'call_01M80A5RM4M05JEBT5G3PPB36N';
let last = 0;
const newId = (): string => `cmd_01M80A5RM4M05JEBT5${String((last += 1)).padStart(8, '0')}`;
/** A mobile number of Sweden. */
const mobile = (position: number): string => `+4670123${String(1_000 + position)}`;

const running = testStore();

/** The function for an organization that may send to Sweden, and owe 1.00. */
async function newFunction(settings: object = {}) {
  const organization = nextOrganization();
  await account(running.store, organization, 1000, { sender_ids: ['Acme'], flow_countries: ['SE'], ...settings });
  const clock = manualClock(start.toISOString());
  const handler = flowSmsHandler(testDependencies(running.store, { clock }));
  const table = tableFor<'sms' | 'event' | 'balance'>(running.store, organization);
  const ask = async (wanted: object = {}) =>
    (
      await handler({
        org_id: organization,
        id: newId(),
        call_id: call,
        to,
        text: 'Hello',
        template: null,
        variables: {},
        ...wanted,
      })
    ).problem;
  return {
    organization,
    clock,
    ask,
    messages: async () => (await table.query(smsRow, {}, { order: 'asc' })).items,
    events: async () => (await table.query(eventRow, {}, { order: 'asc' })).items.map(({ type }) => type),
    balance: async () => balanceOf((await table.query(creditRow, {})).items),
  };
}

test('a message is queued, and its organization pays for it', async () => {
  const { ask, messages, events, balance } = await newFunction();
  expect(await ask()).toBeNull();
  const sent = { status: 'queued', to, from: 'Acme', message: 'Hello', reference: call, user_id: null };
  expect(await messages()).toMatchObject([sent]);
  expect(await events()).toEqual(['sms.queued']);
  expect(await balance()).toMatchObject({ reservations: 7_500n, charges: 0n });
});

test('the text part of a template of the organization is sent, with the variables of the call', async () => {
  const { ask, organization, messages } = await newFunction();
  const parts = { subject: 's', html: '<p>h</p>', variables: [] };
  for (const [id, text] of [['etpl_1', 'Ticket {{digits}}, {{header.x_order}}'] as const, ['etpl_2', null] as const]) {
    const head = { id, name: id, version: 1, description: null, from: null, from_name: null, subject: 's' };
    await commit(running.store, organization, [
      overwrite(emailTemplateRow, { ...head, created_at: start.toISOString(), updated_at: start.toISOString() }),
      overwrite(emailTemplateVersionRow, { ...parts, id, version: 1, text }),
    ]);
  }
  const of = (template: string, variables: object) => ask({ text: null, template, variables });
  expect(await of('etpl_1', { digits: '47' })).toMatch(/requires: header\.x_order/v);
  expect(await of('etpl_2', {})).toMatch(/text part/v);
  expect(await of('welcome_email', { username: 'ann' })).toMatch(/text part/v);
  expect(await of('etpl_1', { digits: '47', 'header.x_order': '<5>' })).toBeNull();
  expect(await messages()).toMatchObject([{ message: 'Ticket 47, <5>' }]);
  const other = await newFunction();
  expect(await other.ask({ text: null, template: 'etpl_1' })).toMatch(/text part/v);
});

test('a question that is repeated, also at once, sends, counts and costs once', async () => {
  const { ask, messages, balance } = await newFunction();
  const id = newId();
  const asked = await Promise.all([ask({ id }), ask({ id }), ask({ id })]);
  expect([...asked, await ask({ id })]).toEqual([null, null, null, null]);
  expect(await messages()).toHaveLength(1);
  expect(await balance()).toMatchObject({ reservations: 7_500n });
});

test('a number gets one message in 10 minutes, however it is written', async () => {
  const { ask, messages, clock } = await newFunction();
  expect(await ask()).toBeNull();
  clock.advance(599);
  expect(await ask({ to: '0046 70-123 45 67' })).toMatch(/within 10 minutes/v);
  clock.advance(1);
  expect(await ask()).toBeNull();
  expect(await messages()).toHaveLength(2);
});

test('two calls at once send one message to a number', async () => {
  const { ask, messages } = await newFunction();
  const asked = await Promise.all([ask(), ask(), ask()]);
  expect(asked.filter((problem) => problem === null)).toHaveLength(1);
  expect(await messages()).toHaveLength(1);
});

test(`an organization sends ${maxInHour} messages in an hour, and others theirs`, async () => {
  const { ask, organization, clock } = await newFunction();
  await commit(running.store, organization, [
    overwrite(creditRow, { credits: 100_000_000, currency: 'USD', fixed: true }),
  ]);
  for (let position = 0; position < maxInHour; position += 1) expect(await ask({ to: mobile(position) })).toBeNull();
  expect(await ask({ to: mobile(100) })).toMatch(/60 messages in this hour/v);
  expect(await (await newFunction()).ask({ to: mobile(100) })).toBeNull();
  clock.advance(3_600);
  expect(await ask({ to: mobile(100) })).toBeNull();
});

test.each<[string, object, object, RegExp]>([
  ['to another country', {}, { to: '+4915112345678' }, /flow_countries/v],
  ['to a country that settings.sms.countries does not list', { countries: ['DE'] }, {}, /country/v],
  ['without flow_countries, to another country than its own', { flow_countries: undefined }, {}, /flow_countries/v],
  ['to no country', { flow_countries: [] }, {}, /flow_countries/v],
  ['to a premium number', {}, { to: '+46900123456' }, /mobile phone/v],
  ['to a fixed line', {}, { to: '+4690510000' }, /mobile phone/v],
  ['to a short number', {}, { to: '72500' }, /mobile phone/v],
  ['to an emergency number', {}, { to: '112' }, /mobile phone/v],
  ['to two numbers', {}, { to: `${to}${to}` }, /mobile phone/v],
  ['to a withheld caller', {}, { to: '' }, /mobile phone/v],
  ['if it may not send SMS', { enabled: false }, {}, /may not/v],
  ['without a sender', { sender_ids: [] }, {}, /no sender/v],
  ['without a text', {}, { text: ' ' }, /empty/v],
  ['with a text of more than 10 segments', {}, { text: '😀'.repeat(400) }, /segments/v],
])('an organization sends nothing %s', async (_what, settings, wanted, problem) => {
  const { ask, messages, balance } = await newFunction(settings);
  expect(await ask(wanted)).toMatch(problem);
  expect(await messages()).toEqual([]);
  expect(await balance()).toMatchObject({ reservations: 0n });
});

test('a number that opted out gets none', async () => {
  const { ask, organization, messages } = await newFunction();
  const optOut = { number: to, state: 'opted_out', source: 'api', reason: null, at: start.toISOString() } as const;
  await commit(running.store, organization, [overwrite(optOutRow, { ...optOut, version: 1 })]);
  expect(await ask()).toMatch(/opted out/v);
  expect(await messages()).toEqual([]);
});

test('without credit none is sent, and none counts', async () => {
  const { ask, organization, messages, events } = await newFunction();
  const owe = (credits: number) =>
    commit(running.store, organization, [overwrite(creditRow, { credits, currency: 'USD', fixed: true })]);
  await owe(-1_000_000);
  expect(await ask()).toMatch(/credit/v);
  expect([await messages(), await events()]).toEqual([[], []]);
  await owe(0);
  expect(await ask()).toBeNull();
});
