import * as z from 'zod';
import { expect, test } from 'vitest';
import {
  gatewaysOf,
  mergeFields,
  newPolicy,
  nextVersion,
  PolicyFields,
  PolicyUpdate,
  referencesTo,
  resolvedId,
} from './policy.ts';

const least = { name: 'A policy', conditions: { pattern: '^9' }, actions: { allow: true } };

/** The paths at which a policy breaks a rule. */
const brokenAt = (over: object): string[] =>
  PolicyFields.safeParse({ ...least, ...over }).error?.issues.map((issue) => issue.path.join('.')) ?? [];
const brokenHours = (hours: object): string[] => brokenAt({ conditions: { pattern: '1', time_of_day: hours } });

test('a new policy is a draft of priority 1000', () => {
  expect(PolicyFields.parse(least)).toEqual({ ...least, description: undefined, status: 'draft', priority: 1000 });
});

test('name, pattern and allow are required', () => {
  expect(brokenAt({ name: undefined })).toEqual(['name']);
  expect(brokenAt({ name: '  ' })).toEqual(['name']);
  expect(brokenAt({ conditions: {} })).toEqual(['conditions.pattern']);
  expect(brokenAt({ actions: {} })).toEqual(['actions.allow']);
});

test('priority is a whole number from 0 to 1,000,000', () => {
  for (const priority of [0, 1_000_000]) expect(brokenAt({ priority })).toEqual([]);
  for (const priority of [-1, 1_000_001, 1.5, '1']) expect(brokenAt({ priority })).toEqual(['priority']);
});

test('a window starts before 24:00, ends by 24:00 and is not empty', () => {
  expect(brokenHours({ start: '00:00', end: '24:00' })).toEqual([]);
  expect(brokenHours({ start: '18:00', end: '08:00' })).toEqual([]);
  expect(brokenHours({ start: '08:00', end: '08:00' })).toEqual(['conditions.time_of_day.end']);
  expect(brokenHours({ start: '24:00', end: '08:00' })).toEqual(['conditions.time_of_day.start']);
  expect(brokenHours({ start: '8:00', end: '24:01' })).toEqual([
    'conditions.time_of_day.start',
    'conditions.time_of_day.end',
  ]);
});

test('a window has an IANA zone and distinct days', () => {
  const hours = { start: '08:00', end: '18:00' };
  expect(brokenHours({ ...hours, timezone: 'America/New_York', days: ['mon', 'sun'] })).toEqual([]);
  expect(brokenHours({ ...hours, timezone: 'Mars/Olympus' })).toEqual(['conditions.time_of_day.timezone']);
  expect(brokenHours({ ...hours, days: ['mon', 'mon'] })).toEqual(['conditions.time_of_day.days']);
  expect(brokenHours({ ...hours, days: [] })).toEqual(['conditions.time_of_day.days']);
});

test('groups are named once, case ignored', () => {
  expect(brokenAt({ conditions: { pattern: '1', user_groups: ['sales', 'Sales'] } })).toEqual([
    'conditions.user_groups',
  ]);
  expect(brokenAt({ conditions: { pattern: '1', user_groups: [] } })).toEqual(['conditions.user_groups']);
});

test('a gateway has at most five fail-over gateways, each named once', () => {
  const failovers = ['b', 'c', 'd', 'e', 'f'];
  expect(brokenAt({ actions: { allow: true, gateway: 'a', failover_gateways: failovers } })).toEqual([]);
  for (const failover_gateways of [[...failovers, 'g'], ['a'], ['b', 'b'], ['b/c']]) {
    expect(brokenAt({ actions: { allow: true, gateway: 'a', failover_gateways } })[0]).toMatch(
      /^actions\.failover_gateways/,
    );
  }
  expect(brokenAt({ actions: { allow: true, failover_gateways: ['b'] } })).toEqual(['actions.failover_gateways']);
});

const international = PolicyFields.parse({
  name: 'International Calling Policy',
  description: 'Restricts international calls to authorized users',
  status: 'active',
  priority: 100,
  conditions: {
    pattern: '^011[0-9]+$',
    time_of_day: { start: '08:00', end: '18:00', days: ['mon'] },
    user_groups: ['international_enabled'],
    caller_id_required: true,
  },
  actions: { allow: true, gateway: 'intl', failover_gateways: ['pstn'], max_duration: 3600 },
});

const merge = (update: object) => mergeFields(international, PolicyUpdate.parse(update));

test('an update merges conditions and actions by key; a window is one key', () => {
  const hours = { start: '07:00', end: '20:00', timezone: 'America/New_York' };
  const update = {
    priority: 90,
    conditions: { time_of_day: hours, user_groups: ['international_enabled', 'executives'] },
  };
  expect(merge(update)).toEqual({
    ...international,
    priority: 90,
    conditions: {
      pattern: '^011[0-9]+$',
      time_of_day: hours,
      user_groups: ['international_enabled', 'executives'],
      caller_id_required: true,
    },
  });
});

test('null removes a key, and the description', () => {
  const update = {
    description: null,
    conditions: { time_of_day: null, caller_id_required: null },
    actions: { failover_gateways: null },
  };
  expect(merge(update)).toEqual({
    ...international,
    description: undefined,
    conditions: { pattern: '^011[0-9]+$', user_groups: ['international_enabled'] },
    actions: { allow: true, gateway: 'intl', max_duration: 3600 },
  });
});

test('a policy may have its calls recorded, and null ends it', () => {
  const recorded = merge({ actions: { record: true } });
  expect(recorded.actions).toEqual({ ...international.actions, record: true });
  const stopped = PolicyUpdate.parse({ actions: { record: null } });
  expect(mergeFields(recorded, stopped)).toEqual(international);
  expect(PolicyUpdate.safeParse({ actions: { record: 'yes' } }).success).toBe(false);
});

test('an empty update changes nothing', () => {
  expect(merge({})).toEqual(international);
});

test('the result of an update is checked as a whole', () => {
  expect(() => merge({ actions: { gateway: null } })).toThrow(
    expect.objectContaining({
      code: 'VALIDATION_FAILED',
      details: [{ path: 'actions.failover_gateways', message: 'needs a gateway' }],
    }),
  );
});

test('pattern and allow cannot be removed', () => {
  expect(PolicyUpdate.safeParse({ conditions: { pattern: null } }).success).toBe(false);
  expect(PolicyUpdate.safeParse({ actions: { allow: null } }).success).toBe(false);
});

test('a policy has its creator and its last author, and rising versions', () => {
  const first = newPolicy(international, 'pol_1', { group_ids: {} }, { by: 'usr_1', at: '2026-01-01T00:00:00Z' });
  expect(first).toMatchObject({
    id: 'pol_1',
    version: 1,
    metadata: { created_by: 'usr_1', last_modified_by: 'usr_1' },
  });
  expect(
    nextVersion(
      first,
      { ...international, priority: 1 },
      { group_ids: { a: 'grp_1' } },
      { by: 'usr_2', at: '2026-01-02T00:00:00Z' },
    ),
  ).toMatchObject({
    id: 'pol_1',
    version: 2,
    priority: 1,
    metadata: { created_by: 'usr_1', last_modified_by: 'usr_2' },
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-02T00:00:00Z',
    group_ids: { a: 'grp_1' },
  });
});

test('the schemas can be written into an OpenAPI document', () => {
  expect(JSON.stringify(z.toJSONSchema(PolicyFields, { io: 'input' }))).toContain('"maxLength":512');
  expect(() => z.toJSONSchema(PolicyUpdate, { io: 'input' })).not.toThrow();
});

test('a name has the id that a save resolved', () => {
  expect(resolvedId({ sales: 'grp_1' }, 'sales')).toBe('grp_1');
});

test('a name that no save resolved has no id', () => {
  expect(resolvedId({ sales: 'grp_1' }, 'Sales')).toBeUndefined();
  expect(resolvedId(undefined, 'sales')).toBeUndefined();
});

test('a property that every object inherits is not an id', () => {
  expect(resolvedId({}, 'constructor')).toBeUndefined();
});

const policy = (gateway: string, failover_gateways: string[] = [], gateway_ids: Record<string, string> = {}) => ({
  id: 'pol_1',
  name: 'Calls',
  priority: 1,
  conditions: { pattern: '^1' },
  gateway_ids,
  actions: { allow: true, gateway, ...(failover_gateways.length === 0 ? {} : { failover_gateways }) },
});
const pstn = { id: 'gw_1', name: 'PSTN' };

test('a policy refers to a gateway by its id or by its unresolved name, case ignored', () => {
  expect(referencesTo(pstn, policy('gw_1', ['pstn', 'other']))).toEqual(['gw_1', 'pstn']);
});

test('a resolved name refers to its gateway only, whichever gateway has the name now', () => {
  expect(referencesTo(pstn, policy('main', [], { main: 'gw_1' }))).toEqual(['main']);
  expect(referencesTo(pstn, policy('pstn', [], { pstn: 'gw_2' }))).toEqual([]);
});

test('a policy without gateways refers to none', () => {
  expect(referencesTo(pstn, { ...policy('x'), actions: { allow: true } })).toEqual([]);
});

test('gateways are tried in the order of the policy', () => {
  expect(gatewaysOf({ gateway: 'a', failover_gateways: ['c', 'b'] })).toEqual(['a', 'c', 'b']);
  expect(gatewaysOf({})).toEqual([]);
});
