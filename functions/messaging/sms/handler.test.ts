import { beforeAll, expect, test } from 'vitest';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn, type Tenants } from '#test/support/people.fixture.ts';
import { call, type Call, type Reply } from '#test/support/requests.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import { money } from '#schema/money.ts';
import type { Outbound } from '#outbound/outbound.ts';
import { balanceOf } from '../../billing/schema/balance.ts';
import { newProfile } from '../../billing/schema/billing-profile.ts';
import { billingProfileRow } from '../../billing/rows/billing-profile.ts';
import { creditRow, usageRow } from '../../billing/charging/row.ts';
import { tariffRow } from '../../billing/tariffs/row.ts';
import { firstVersion, NewTariff } from '../../billing/tariffs/tariff.ts';
import { optOutRow } from '../sms-opt-outs/row.ts';
import { smsHandler } from './handler.ts';

const running = testStore();
let tenants: Tenants;
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
});

let last = 8_000;
const start = '2026-11-20T10:00:00.000Z';

/** Rejects URLs with `internal`. */
const outbound: Outbound = {
  check: async (url) =>
    url.includes('internal') ? { code: 'ADDRESS_NOT_ALLOWED', message: 'must have public addresses only' } : null,
  send: () => Promise.reject(new Error('nothing is sent')),
};

/** An organization that may owe so many micro-units, with an administrator and an agent. */
async function sender(creditLimit = 1_000_000n, tariff?: object) {
  last += 2;
  const organization = last;
  const settings = { sms: { sender_ids: ['Acme'] } };
  const token = await tenants.join(organization, { organization: { settings } });
  const agent = await tenants.join(organization, {
    organization: { settings },
    user: { roles: ['agent'] },
    session: { own_only: ['messaging:read', 'messaging:write'] },
  });
  const profile = newProfile({ id: 'bp_1', organization, billingName: 'Acme', currency: 'USD', now: start });
  const tariffId = tariff === undefined ? null : `trf_${organization}`;
  await commit(running.store, organization, [
    create(billingProfileRow, { ...profile, creditLimit: money(creditLimit), tariffId, parent: 1000 }),
  ]);
  if (tariffId !== null) {
    const wanted = NewTariff.parse({ name: tariffId, currency: 'USD', ...tariff });
    const stored = firstVersion(wanted, { id: tariffId, organization: 1000, now: start });
    await commit(running.store, 1000, [create(tariffRow, { ...stored, profiles: 1 })]);
  }
  const clock = manualClock(start);
  const handler = smsHandler({ ...testDependencies(running.store, { clock }), outbound });
  const table = tableFor<'balance' | 'usage' | 'event'>(running.store, organization);
  const ask = (route: string, request: Call = {}, as = token): Promise<Reply> =>
    call(handler, route, { token: as, ...request });
  return {
    organization,
    agent,
    clock,
    ask,
    send: (to: unknown, more: object = {}, as = token) =>
      ask('PUT /sms', { json: { to, from: 'Acme', message: 'Hello', ...more } }, as),
    list: async (query: Readonly<Record<string, string>> = {}, as = token) =>
      listIn(await ask('GET /sms', { query }, as)).data,
    balance: async () => balanceOf((await table.query(creditRow, {})).items),
    included: async () => (await table.get(usageRow, { period: '2026-11' }))?.included_sms ?? 0,
    events: async () => (await table.query(eventRow, {}, { order: 'asc' })).items,
  };
}

type Listed = { readonly message_id: string; readonly to: string; readonly status: string };

type Data = {
  readonly message_id: string;
  readonly batch_id: string;
  readonly estimated_cost: number;
  readonly messages?: readonly Listed[];
};
const dataOf = ({ body }: Reply): Data => (body as object as { readonly data: Data }).data;
const listIn = ({ body }: Reply) =>
  body as object as { readonly data: readonly Listed[]; readonly next_page_token: string };
const codeOf = ({ status, body }: Reply): string =>
  `${status} ${(body as object as { readonly error?: { readonly code: string } }).error?.code ?? ''}`.trim();
const numbers = (count: number, from = 1_000): string[] =>
  Array.from({ length: count }, (_number, at) => `+1415555${from + at}`);

test('a request reserves the price of all its messages, and starts each of them', async () => {
  const { send, balance, events, list } = await sender();
  expect(dataOf(await send(numbers(3)))).toMatchObject({ queued: 3, estimated_cost: 0.0225 });
  expect(await balance()).toMatchObject({ charges: 0n, reservations: 22_500n });
  expect((await events()).map(({ type }) => type)).toEqual(['sms.queued', 'sms.queued', 'sms.queued']);
  expect((await list()).map(({ to }) => to)).toEqual(numbers(3).toReversed());
});

test('a large request is shown before its messages are stored, and can be cancelled then', async () => {
  const { send, ask, events, balance } = await sender();
  const { batch_id: id, messages } = dataOf(await send(numbers(50)));
  expect((await events()).map(({ type }) => type)).toEqual(['sms.accepted']);
  expect(dataOf(await ask('GET /sms/{id}', { params: { id } }))).toMatchObject({ counts: { queued: 50 } });
  const one = messages?.[49]?.message_id ?? '';
  expect(dataOf(await ask('GET /sms/{id}', { params: { id: one } }))).toMatchObject({ status: 'queued', batch_id: id });
  expect(dataOf(await ask('DELETE /sms/{id}', { params: { id } }))).toEqual({ id, cancelled: 50 });
  expect(codeOf(await ask('DELETE /sms/{id}', { params: { id } }))).toBe('409 ALREADY_SENT');
  expect(await balance()).toMatchObject({ charges: 0n, reservations: 0n });
});

test('included SMS are used first, and given back by a cancelled message', async () => {
  const { send, ask, balance, included } = await sender(0n, { included_sms: 3 });
  const sent = dataOf(await send('+14155551234', { message: 'x'.repeat(161) }));
  expect([sent.estimated_cost, await included(), (await balance()).reservations]).toEqual([0, 2, 0n]);
  expect(codeOf(await send(numbers(2)))).toBe('402 INSUFFICIENT_CREDITS');
  expect(await included()).toBe(2);
  expect((await ask('DELETE /sms/{id}', { params: { id: sent.message_id } })).status).toBe(200);
  expect(await included()).toBe(0);
});

test('callers limited to their own messages see and cancel no others', async () => {
  const { send, ask, list, agent } = await sender();
  const foreign = dataOf(await send('+14155551234')).message_id;
  const own: string[] = [];
  for (const [at, count] of [1, 25, 2].entries())
    for (const { message_id: id } of await sendAs(send, agent, numbers(count, 2_000 + at * 100))) own.push(id);
  const pages: string[] = [];
  let page_token = '';
  do {
    const query = { limit: '10', ...(page_token === '' ? {} : { page_token }) };
    const page = listIn(await ask('GET /sms', { query }, agent));
    pages.push(...page.data.map(({ message_id: id }) => id));
    page_token = page.next_page_token;
  } while (page_token !== '');
  expect(pages).toEqual(own.toSorted().toReversed());
  expect(await list({ to: '+14155551234' }, agent)).toEqual([]);
  for (const route of ['GET /sms/{id}', 'DELETE /sms/{id}'])
    expect(codeOf(await ask(route, { params: { id: foreign } }, agent))).toBe('404 NOT_FOUND');
  expect(codeOf(await send('+14155551234', { userId: 'usr_other' }, agent))).toBe('403 INSUFFICIENT_SCOPE');
});

/** Sends and stores messages as one user. */
async function sendAs(
  send: Awaited<ReturnType<typeof sender>>['send'],
  agent: string,
  to: readonly string[],
): Promise<readonly Listed[]> {
  const reply = await send(to, {}, agent);
  return dataOf(reply).messages ?? [{ message_id: dataOf(reply).message_id, to: to[0] ?? '', status: 'queued' }];
}

test('filters of a list apply alone and together', async () => {
  const { send, list } = await sender();
  await send('+14155551234', { reference: 'one' });
  await send('+14155551235', { reference: 'two' });
  const found = await Promise.all(
    [
      { reference: 'one' },
      { to: '+14155551235' },
      { status: 'queued', from: 'Acme' },
      { status: 'sent' },
      { reference: 'one', to: '+14155551235' },
      { start: '2026-11-19T10:00:00Z', end: start },
    ].map(async (query) => (await list(query)).length),
  );
  expect(found).toEqual([1, 1, 2, 0, 0, 0]);
});

test('an opted-out recipient fails alone, and rejects a request to it only', async () => {
  const { organization, send, balance } = await sender();
  const number = '+14155551234';
  await commit(running.store, organization, [
    overwrite(optOutRow, { number, state: 'opted_out', source: 'api', reason: null, at: start, version: 1 }),
  ]);
  expect(codeOf(await send(number))).toBe('422 RECIPIENT_OPTED_OUT');
  expect(dataOf(await send([number, '+14155551235']))).toMatchObject({
    queued: 1,
    failed: 1,
    messages: [{ status: 'failed', error: { code: 'RECIPIENT_OPTED_OUT' } }, { status: 'queued' }],
  });
  expect(await balance()).toMatchObject({ reservations: 7_500n });
});

test('a recipient that opted out gets nothing, also with the trunk prefix that people write', async () => {
  const { organization, send } = await sender();
  const number = '+447400123456';
  await commit(running.store, organization, [
    overwrite(optOutRow, { number, state: 'opted_out', source: 'api', reason: null, at: start, version: 1 }),
  ]);
  expect(codeOf(await send('+4407400123456'))).toBe('422 RECIPIENT_OPTED_OUT');
  const sent = await send(['+4407400123457', '+447400123457']);
  expect(dataOf(sent)).toMatchObject({ status: 'queued', to: '+447400123457' });
});

test('a URL that may not be called is rejected before anything is taken', async () => {
  const { send, balance, events } = await sender();
  expect(codeOf(await send('+14155551234', { callback_url: 'https://internal.example/' }))).toBe(
    '422 WEBHOOK_URL_NOT_ALLOWED',
  );
  expect([(await balance()).reservations, await events()]).toEqual([0n, []]);
  await send('+14155551234', { callback_url: 'https://example.com/sms' });
  expect((await events())[0]).toMatchObject({ type: 'sms.queued', callback_url: 'https://example.com/sms' });
});

test('requests at once reserve no more than there is', async () => {
  const { send, balance } = await sender(7_500n * 5n);
  const answers = await Promise.all(numbers(12).map((to) => send(to)));
  const accepted = answers.filter(({ status }) => status === 200).length;
  expect(accepted).toBeGreaterThan(0);
  expect(accepted).toBeLessThanOrEqual(5);
  expect(await balance()).toMatchObject({ reservations: 7_500n * BigInt(accepted) });
});
