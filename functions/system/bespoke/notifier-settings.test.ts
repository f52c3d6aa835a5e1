import { describe, expect, test } from 'vitest';
import { setNotifier } from './contract.ts';
import { examples } from './examples.ts';
import { addressesOf, presentNotifier, saveNotifier, templateProblem, usesRecipient } from './notifier-settings.ts';

const now = '2026-11-20T10:00:00.000Z';
const [exampleRule = { name: '', trigger: '', channels: [''], template: '', recipients: [''] }] =
  examples.setNotifier.notification_rules;
let ids = 0;
const context = { now, nextId: (prefix: string) => `${prefix}_${(ids += 1)}` };
const read = (...rules: readonly object[]) => setNotifier.body.parse({ notification_rules: rules });
const rule = (more: object = {}) => ({ ...exampleRule, ...more });
const faultsOf = (body: unknown) =>
  setNotifier.body.safeParse(body).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('a save', () => {
  test('gives new rules an id, and keeps those that are sent back', () => {
    const first = saveNotifier(undefined, read(rule(), rule()), context);
    const [one, two] = first.notification_rules.map(({ id }) => id);
    expect(one).not.toBe(two);
    const second = saveNotifier(first, read(rule({ id: two, name: 'Renamed' }), rule()), context);
    expect(second).toMatchObject({ version: 2, notification_rules: [{ id: two, name: 'Renamed' }, {}] });
    expect(second.notification_rules[1]?.id).not.toBe(one);
  });

  test.each([
    ['unknown', ['rule_none'], 'notification_rules[0].id'],
    ['named twice', ['rule_known', 'rule_known'], 'notification_rules[1].id'],
  ])('with an id that is %s is rejected', (_case, named, path) => {
    const before = saveNotifier(undefined, read(rule()), { ...context, nextId: () => 'rule_known' });
    expect(() => saveNotifier(before, read(...named.map((id) => rule({ id }))), context)).toThrow(
      expect.objectContaining({ details: [expect.objectContaining({ path }) as object] }),
    );
  });

  test('with too many addresses is rejected', () => {
    const rules = Array.from({ length: 6 }, (_rule, at) =>
      rule({ recipients: Array.from({ length: 9 }, (_address, of) => `a${at}.${of}@example.com`) }),
    );
    expect(() => saveNotifier(undefined, read(...rules), context)).toThrow('at most 50 e-mail addresses');
  });

  test('has defaults: no rules, no quiet hours, 10 notices in an hour', () => {
    expect(saveNotifier(undefined, setNotifier.body.parse({}), context)).toMatchObject({
      notification_rules: [],
      delivery_preferences: { quiet_hours: { enabled: false }, max_notifications_per_hour: 10 },
    });
  });
});

test.each([
  ['trigger', { trigger: 'x'.repeat(65) }],
  ['channels', { channels: [] }],
  ['channels', { channels: ['sms', 'sms'] }],
  ['channels.0', { channels: ['fax'] }],
  ['template', { template: '' }],
  ['template', { template: 'x'.repeat(1_001) }],
  ['template', { template: '{{caller}}' }],
  ['recipients.0', { recipients: ['ann'] }],
  ['recipients.0', { recipients: ['+14155550100'] }],
  ['id', { id: 'usr_1' }],
])('a rule is rejected at %s: %j', (path, more) => {
  expect(faultsOf({ notification_rules: [rule(more)] })).toContain(`notification_rules.0.${path}`);
});

test.each([
  ['quiet_hours.end', { start: '22:00', end: '22:00' }],
  ['quiet_hours.start', { start: '24:00', end: '07:00' }],
  ['quiet_hours.timezone', { start: '22:00', end: '07:00', timezone: 'Mars/Base' }],
])('quiet hours are rejected at %s: %j', (path, quiet) => {
  expect(faultsOf({ delivery_preferences: { quiet_hours: quiet } })).toContain(`delivery_preferences.${path}`);
});

test.each([
  ['{{caller_id}} {{time}} {{duration}} {{event}} {{data.reason}}', undefined],
  ['{{#if data.reason}}{{data.reason}}{{else}}none{{/if}}', undefined],
  ['{{#each data.mailboxes}}{{this}} {{name}} {{../caller_id}}{{/each}}', undefined],
  ['order_shipped', undefined],
  [
    'a\n{{caller}}',
    'line 2, column 1: the variable caller is unknown; there are caller_id, time, duration, event, data',
  ],
  ['{{data}}', 'line 1, column 1: data needs the name of a field, such as {{data.reason}}'],
  ['{{#each data.mailboxes}}{{../caller}}{{/each}}', 'line 1, column 25: the variable caller is unknown'],
  ['{{this}}', 'line 1, column 1: the variable this is unknown'],
  ['{{{caller_id}}}', 'line 1, column 1'],
  ['{{#if time}}', 'line 1, column 1'],
])('the problem of the template %j', (template, problem) => {
  if (problem === undefined) expect(templateProblem(template)).toBeUndefined();
  else expect(templateProblem(template)).toContain(problem);
});

test('recipients belong to the channel that uses them', () => {
  expect(usesRecipient(['email'], 'ann@example.com')).toBe(true);
  expect(usesRecipient(['sms', 'webhook'], 'ann@example.com')).toBe(false);
  expect(usesRecipient(['sms'], '+4930123')).toBe(true);
});

test('answers show the rules of a channel, and the addresses are each named once', () => {
  const settings = saveNotifier(
    undefined,
    read(rule({ channels: ['email', 'sms'] }), rule({ channels: ['webhook'], recipients: [] })),
    context,
  );
  expect(presentNotifier(settings, 1001).notification_rules).toHaveLength(2);
  expect(presentNotifier(settings, 1001, 'sms').notification_rules).toHaveLength(1);
  expect(addressesOf(settings)).toEqual(['ann@example.com']);
});
