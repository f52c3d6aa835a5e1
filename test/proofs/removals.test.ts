import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Endpoint } from '#contract/endpoint.ts';
import { subscriptions } from '#functions/accounts/subscriptions/contract.ts';
import { subscriptionsHandler } from '#functions/accounts/subscriptions/handler.ts';
import { users } from '#functions/accounts/users/contract.ts';
import { usersHandler } from '#functions/accounts/users/handler.ts';
import { tariffs } from '#functions/billing/tariffs/contract.ts';
import { tariffsHandler } from '#functions/billing/tariffs/handler.ts';
import { contracts } from '#functions/contracts.ts';
import { dialplanTemplate } from '#functions/dialplan/dialplan-template/contract.ts';
import { templateApi } from '#functions/dialplan/dialplan-template/handler.ts';
import { bespoke } from '#functions/system/bespoke/contract.ts';
import { bespokeHandler } from '#functions/system/bespoke/handler.ts';
import { dataConnectors } from '#functions/system/data-connectors/contract.ts';
import { dataConnectorsHandler } from '#functions/system/data-connectors/handler.ts';
import { callHandling } from '#functions/telephony/call-handling/contract.ts';
import { callHandlingHandler } from '#functions/telephony/call-handling/handler.ts';
import { ringGroups } from '#functions/telephony/ring-groups/contract.ts';
import { ringGroupsHandler } from '#functions/telephony/ring-groups/handler.ts';
import { schedules } from '#functions/telephony/schedules/contract.ts';
import { schedulesHandler } from '#functions/telephony/schedules/handler.ts';
import { newOutbound, publicOnly } from '#outbound/outbound.ts';
import { newSecureConnections } from '#outbound/secure-connection.ts';
import { omit } from '#schema/omit.ts';
import { catalogueAssets } from '#test/support/event-catalogue.fixture.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { outcome, texts, type Body } from '#test/system/tenant.fixture.ts';

/** Replacements that remove many entries of a list (shared/http/README.md, "Replacements that remove many"). */

/** Each name has a public address. */
const outside = { policy: publicOnly, lookup: async () => ['93.184.216.34'] };

const functions = functionsOf(
  [users, usersHandler],
  [tariffs, tariffsHandler],
  [dialplanTemplate, templateApi],
  [bespoke, (dependencies) => bespokeHandler(dependencies, catalogueAssets)],
  [
    dataConnectors,
    (dependencies) =>
      dataConnectorsHandler({ ...dependencies, outbound: newOutbound(outside) }, newSecureConnections(outside)),
  ],
  [callHandling, callHandlingHandler],
  [ringGroups, ringGroupsHandler],
  [schedules, schedulesHandler],
  [subscriptions, subscriptionsHandler],
);

const endpoints: readonly Endpoint[] = contracts.flatMap((each) => (each.kind === 'resource' ? each.endpoints : []));
const isGuarded = ({ errors }: Endpoint): boolean => errors.includes('REMOVES_MANY');

/** From how many entries on a list is compared. */
const many = 20;

type Schema = { readonly type?: string; readonly maxItems?: number };
type Fields = { readonly properties?: Readonly<Record<string, Schema>> };

/** The fields of a body; its schema is by itself, or among the definitions if it has a name. */
const fieldsOf = ({ body = z.object({}) }: Endpoint): readonly (readonly [string, Schema])[] => {
  const { $ref = '', $defs = {}, ...own } = z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' });
  const { properties = {} } = ($defs[$ref.replace('#/$defs/', '')] ?? own) as Fields;
  return Object.entries(properties);
};

/** Fields of a body that are lists of 20 entries or more. */
const longListsOf = (endpoint: Endpoint): readonly string[] =>
  fieldsOf(endpoint).flatMap(([name, { type, maxItems = many }]) =>
    type === 'array' && maxItems >= many ? [name] : [],
  );

/** Why a PUT with a long list needs no question. */
const unguarded: Readonly<Record<string, string>> = {
  'PUT /bespoke/queuemon': 'has columns and figures that are chosen, at most 20 of each',
  'PUT /devices/{id}': 'makes a device',
  'PUT /emailtemplates/{id}': 'names what the text of the template uses, which is in the same body',
  'PUT /groups/{id}/members': 'adds',
  'PUT /permissions/{entity}': 'adds',
  'PUT /siptrunkips/{entity}': 'adds; only with `replace=true` it removes, which says that it is meant',
  'PUT /userforeignid/{orgId}/{userId}': 'adds',
  'PUT /webhooks/{id}': 'chooses among the types of events',
};

test('a PUT that replaces a long list is guarded, unless a reason is given', () => {
  const replacing = endpoints.filter((each) => each.method === 'PUT' && longListsOf(each).length > 0);
  const open = replacing.filter((each) => !isGuarded(each)).map(({ route }) => route);
  expect(open.toSorted()).toEqual(Object.keys(unguarded).toSorted());
});

test('what is guarded can be confirmed', () => {
  const silent = endpoints.filter(
    (each) => isGuarded(each) && !fieldsOf(each).some(([name]) => name === 'confirm_removal'),
  );
  expect(silent.map(({ route }) => route)).toEqual([]);
});

let tenant: TestTenant;
let people: readonly string[];
beforeAll(async () => {
  tenant = await functions.newTenant({ type: 'reseller' });
  const made = Array.from({ length: many }, (_each, at) =>
    tenant.ask('PUT', '/users', { username: `listed-${at}`, extension: String(201 + at) }),
  );
  people = (await Promise.all(made)).map((answer) => texts(answer)['id'] ?? '');
});

const numbers = Array.from({ length: many }, (_each, at) => at);
const twoDigits = (at: number): string => String(at + 1).padStart(2, '0');

type Case = {
  /** Path of the resource that is replaced; `new` stands for the id of one that is made. */
  readonly path: () => string;
  /** A body with 20 entries. */
  readonly body: () => Body;
  readonly list: string;
};

const rule = {
  name: 'Missed',
  trigger: 'missed_call',
  channels: ['sms'],
  template: 'Missed',
  recipients: ['+46701234567'],
};

/** Each endpoint that is guarded, by its route. */
const cases: Readonly<Record<string, Case>> = {
  'PUT /tariffs/{id}': {
    path: () => '/tariffs/new',
    body: () => ({
      name: 'Listed',
      currency: 'USD',
      sms_rates: numbers.map((at) => ({ prefix: `4${at}`, price: '0.01' })),
    }),
    list: 'sms_rates',
  },
  'PUT /dialplan/template': {
    path: () => '/dialplan/template',
    body: () => ({
      name: 'Listed',
      rules: numbers.map((at) => ({ priority: at + 1, pattern: `^${at}$`, action: 'bridge', destination: 'user/201' })),
    }),
    list: 'rules',
  },
  'PUT /bespoke/notifier': {
    path: () => '/bespoke/notifier',
    body: () => ({ notification_rules: numbers.map((at) => ({ ...rule, name: `Missed ${at}` })) }),
    list: 'notification_rules',
  },
  'PUT /dataconnector/{id}': {
    path: () => '/dataconnector/new',
    body: () => ({
      ...{ name: 'Listed', kind: 'zendesk', server: 'https://acme.zendesk.com', auth_type: 'token' },
      ...{ username: 'admin@example.com', token: 'token of an API' },
      items: people.map((id) => ({ type: 'user', id, sync_status: 'synced' })),
    }),
    list: 'items',
  },
  'PUT /users/{id}/callhandling': {
    path: () => `/users/${people[0]}/callhandling`,
    body: () => ({ blocked: numbers.map((at) => `+467012345${twoDigits(at)}`) }),
    list: 'blocked',
  },
  'PUT /ringgroups/{id}': {
    path: () => '/ringgroups/new',
    body: () => ({ name: 'Listed', members: people.map((user) => ({ user })) }),
    list: 'members',
  },
  'PUT /schedules/{id}': {
    path: () => '/schedules/new',
    body: () => ({
      ...{ name: 'Listed', time_zone: 'Europe/Berlin', weekly: [] },
      dates: numbers.map((at) => ({ date: `2027-01-${twoDigits(at)}`, name: 'Closed', open: false })),
    }),
    list: 'dates',
  },
  'PUT /subscriptions/{entity}/{id}': {
    path: () => `/subscriptions/blf/${people[0]}`,
    body: () => ({ targets: numbers.map((at) => ({ targetExtension: String(201 + at) })) }),
    list: 'targets',
  },
};

test('each guarded endpoint is tried', () => {
  const guarded = endpoints.filter(isGuarded).map(({ route }) => route);
  expect(Object.keys(cases).toSorted()).toEqual(guarded.toSorted());
});

describe.each(Object.entries(cases))('%s', (_route, { path, body, list }) => {
  test('does not remove many entries of a list without the version or a confirmation', async () => {
    const whole = body();
    const made = await tenant.ask('PUT', path(), whole);
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const own = path().endsWith('/new') ? path().replace('new', texts(made)['id'] ?? '') : path();
    const entries = z.array(z.unknown()).parse(whole[list]);
    const keep = (count: number, more: Body = {}) =>
      tenant.ask('PUT', own, { ...omit(whole, list), [list]: entries.slice(0, count), ...more });
    const rejected = await keep(17);
    expect([outcome(rejected), JSON.stringify(rejected.body)]).toEqual([
      '409 REMOVES_MANY',
      expect.stringContaining(`3 of 20 entries of ${list}`),
    ]);
    expect(outcome(await keep(18))).toBe('200');
    expect(outcome(await keep(20))).toBe('200');
    const confirmed = await keep(1, { confirm_removal: true });
    expect(outcome(confirmed)).toBe('200');
    expect(JSON.stringify(confirmed.body)).not.toContain('confirm_removal');
  });
});
