import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TimeOfDay } from '../dialplan-policies/policy.ts';
import type { TemplateRule } from '../dialplan-template/dialplan-template.ts';
import { type Call, decide } from './decide.ts';
import type { Group } from './groups.ts';
import { emptyPlan } from './empty-plan.ts';
import { applyChanges, compilePlan, type Plan, type PlanChange, type PlanPolicy } from './plan.ts';
import type { PlanTemplate } from './template.ts';

/**
 * Decisions against a plain interpreter that was written from dialplan.md alone: it shares no code with
 * the evaluator, takes JavaScript's own regular expressions (the generated ones mean the same in both)
 * and `Intl` for the clock, and looks at everything anew for each call.
 */

type World = { policies: readonly PlanPolicy[]; template: PlanTemplate | null; groups: readonly Group[]; timezone: string; country: string };

/** One function for the whole page, step by step, so that it can be read beside it. */
function interpreted(world: World, call: Call, at: number) {
  const active = world.policies.filter((policy) => policy.status === 'active');
  const order = active.sort((a, b) => rank(a) - rank(b) || a.priority - b.priority || (a.id > b.id ? 1 : -1));
  // Step 1.
  const matching = order.filter((policy) => new RegExp(policy.conditions.pattern).test(call.called));
  // Step 2.
  const failures = matching.map((policy) => unmet(policy, world, call, at));
  const first = failures.indexOf(null);
  const decider = matching[first];
  const gateAt = matching.findIndex((policy, index) => policy.actions.allow && failures[index] !== null);
  const trace = matching.map((policy, index) => ({
    policy_id: policy.id,
    name: policy.name,
    priority: policy.priority,
    outcome: first === -1 || index < first ? failures[index] : index === first ? 'applied' : 'matched',
  }));
  const route = dialled(world.template, call.called);
  const emergency = ['112', '911', ...(world.country === 'GB' ? ['999'] : ['110'])].includes(call.called);
  const common = { emergency, trace };
  // Step 3.
  if (decider !== undefined && !decider.actions.allow) return { ...common, ...no('POLICY_DENY', decider, call.called) };
  if (decider !== undefined) {
    // Step 6.
    const names = decider.actions.gateway === undefined ? [] : [decider.actions.gateway, ...(decider.actions.failover_gateways ?? [])];
    const routes = names.map((name) => ({ gateway: null, name, destination: `sofia/gateway/${name}/${call.called}`, status: 'unmanaged' }));
    if (routes.length > 0) return { ...common, ...no('POLICY_ALLOW', decider, call.called), allowed: true, action: 'bridge', destination: routes[0]?.destination, routes };
    if (route === null) return { ...common, ...no('NO_ROUTE', decider, call.called) };
    return { ...common, ...no('POLICY_ALLOW', decider, call.called), ...route, allowed: true };
  }
  // Step 4, and the emergency rule.
  const gate = matching[gateAt];
  if (gate !== undefined && !(emergency && route !== null)) return { ...common, ...no(failures[gateAt] ?? '', gate, call.called) };
  // Step 5.
  if (route === null) return { ...common, ...no('NO_ROUTE', null, call.called) };
  return { ...common, ...no('TEMPLATE', null, call.called), ...route, allowed: true };
}

const rank = (policy: PlanPolicy): number => (policy.actions.bypass_restrictions === true ? 0 : 1);

const groupsOf = (pattern: string, dialed: string): string[] => Array.from(new RegExp(pattern).exec(dialed) ?? [], (group: string | undefined) => group ?? '');

const no = (reason: string, by: PlanPolicy | null, dialed: string) => ({
  allowed: false,
  reason,
  policy: by === null ? null : { id: by.id, name: by.name, priority: by.priority, version: by.version },
  rule: null,
  action: null,
  destination: null,
  captures: by === null ? [] : groupsOf(by.conditions.pattern, dialed).slice(1),
  routes: [],
  limits: { max_duration: by?.actions.max_duration ?? null, rate_limit: null },
  bypass_restrictions: by?.actions.bypass_restrictions ?? false,
});

function unmet({ conditions, group_ids }: PlanPolicy, world: World, call: Call, at: number): string | null {
  const wanted = conditions.user_groups;
  if (wanted !== undefined && !wanted.some((entry) => isMember(entry.toLowerCase(), group_ids[entry.toLowerCase()], world.groups, call.groups ?? []))) return 'NOT_IN_GROUP';
  if (conditions.time_of_day !== undefined && !within(conditions.time_of_day, world.timezone, at)) return 'OUTSIDE_HOURS';
  return conditions.caller_id_required === true && (call.caller === undefined || call.caller === 'anonymous') ? 'CALLER_ID_REQUIRED' : null;
}

/** Whether a caller with these entries is in what a policy calls `name` and remembers as `id`. */
function isMember(name: string, id: string | undefined, groups: readonly Group[], entries: readonly string[]): boolean {
  return entries.some((entry) => {
    const said = entry.toLowerCase();
    const group = groups.find((candidate) => candidate.id === said) ?? groups.find((candidate) => candidate.name.toLowerCase() === said);
    if (group?.status === 'inactive') return false;
    if (id !== undefined) return group?.id === id;
    return (group?.name.toLowerCase() ?? said) === name;
  });
}

const dayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const clocks = new Map<string, Intl.DateTimeFormat>();

function within(window: TimeOfDay, organizationZone: string, at: number): boolean {
  const timeZone = window.timezone ?? organizationZone;
  const format = clocks.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  clocks.set(timeZone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
  const now = `${parts['hour']}:${parts['minute']}`;
  const today = dayNames.findIndex((day) => day === parts['weekday']?.toLowerCase());
  const opens = (day: number): boolean => window.days === undefined || window.days.some((name) => name === dayNames[day]);
  // Times of one width compare as text.
  if (window.start < window.end) return window.start <= now && now < window.end && opens(today);
  return (now >= window.start && opens(today)) || (now < window.end && opens((today + 6) % 7));
}

function dialled(template: PlanTemplate | null, called: string) {
  if (template === null) return null;
  const variables: Record<string, string | number | boolean> = { ...template.variables };
  const rules = [...template.rules].sort((a, b) => a.priority - b.priority);
  for (const { pattern, priority, action, destination } of rules) {
    if (!new RegExp(pattern).test(called)) continue;
    const captures = groupsOf(pattern, called);
    const text = destination.replaceAll(/\$(\d)|\$\{(\w+)\}/g, (_, digit: string | undefined, name: string) =>
      String(digit === undefined ? (variables[name] ?? '') : captures[Number(digit)]),
    );
    if (action !== 'set') {
      const gateway = action === 'bridge' && text.startsWith('sofia/gateway/') ? text.split('/')[2] : undefined;
      const routes = gateway === undefined ? [] : [{ gateway: null, name: gateway, destination: text, status: 'unmanaged' }];
      return { rule: { priority, pattern }, action, destination: text, captures: captures.slice(1), routes };
    }
    variables[text.slice(0, text.indexOf('='))] = text.slice(text.indexOf('=') + 1);
  }
  return null;
}

const numbers = ['911', '112', '999', '110', '201', '0114412345', '92125550100', '18005550100', '*97'];
const patterns = ['.', '^9', '^(911|112|999)$', '^011([0-9]+)$', '^9([0-9]{10})$', '^1(800|888)([0-9]{7})$', '^([2-8])([0-9])?', '^\\*', '0', '[05]+(1)?', '^1'];
const zones = ['UTC', 'America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Chatham'];
/** Instants at which some of the zones change, and one when none does. */
const changes = [
  ...['2026-03-08T05:30Z', '2026-03-08T07:00Z', '2026-11-01T06:00Z', '2026-03-29T01:00Z', '2026-10-25T01:00Z'],
  ...['2026-04-04T14:00Z', '2026-04-04T15:00Z', '2026-10-03T15:30Z', '2026-07-01T00:00Z'],
];

const day = 24 * 60;
const clockTime = (minute: number): string => [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');
/** Half of them on the quarters of the small hours, when clocks are changed and calls are made here. */
const minuteOfDay = fc.oneof(fc.integer({ min: 0, max: 16 }).map((quarters) => quarters * 15), fc.integer({ min: 0, max: day - 1 }));
const optional = <Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> => fc.option(values, { nil: undefined, freq: 2 });

const window: fc.Arbitrary<TimeOfDay> = fc
  .record({
    start: minuteOfDay.map(clockTime),
    end: fc.oneof(minuteOfDay, fc.constant(day)).map(clockTime),
    timezone: optional(fc.constantFrom(...zones)),
    days: optional(fc.subarray([...dayNames], { minLength: 1 })),
  })
  .filter(({ start, end }) => start !== end);

const groupNames = ['Sales', 'support', 'VIP', 'night'];
const groupIds = ['grp_1', 'grp_2', 'grp_3'];
const entries = fc.uniqueArray(fc.constantFrom(...groupNames, 'sales', 'vip', ...groupIds, 'grp_9'), { maxLength: 3, selector: (entry) => entry.toLowerCase() });
const groups: fc.Arbitrary<Group[]> = fc.uniqueArray(
  fc.record({ id: fc.constantFrom(...groupIds), name: fc.constantFrom(...groupNames), status: fc.constantFrom('active', 'active', 'inactive') }),
  { selector: (group) => group.id, maxLength: 3 },
).filter((list) => new Set(list.map((group) => group.name)).size === list.length);

const gateway = fc.constantFrom('pstn', 'intl', 'backup');

const policy: fc.Arbitrary<PlanPolicy> = fc.record({
  id: fc.integer({ min: 1, max: 12 }).map((number) => `pol_${number}`),
  name: fc.constantFrom('one', 'two'),
  status: fc.constantFrom('active', 'active', 'active', 'inactive', 'draft'),
  priority: fc.integer({ min: 0, max: 3 }),
  version: fc.integer({ min: 1, max: 9 }),
  conditions: fc.record({
    pattern: fc.constantFrom(...patterns),
    time_of_day: optional(window),
    user_groups: optional(entries.filter((list) => list.length > 0)),
    caller_id_required: optional(fc.boolean()),
  }),
  actions: fc.record({
    allow: fc.boolean(),
    gateway: optional(gateway),
    failover_gateways: optional(fc.array(gateway, { minLength: 1, maxLength: 2 })),
    max_duration: optional(fc.integer({ min: 1, max: 3600 })),
    bypass_restrictions: optional(fc.boolean()),
  }),
  group_ids: fc.dictionary(fc.constantFrom('sales', 'vip', 'support', ...groupIds), fc.constantFrom(...groupIds), { maxKeys: 3 }),
});

const rule: fc.Arbitrary<TemplateRule> = fc
  .record({
    priority: fc.integer({ min: 0, max: 3 }),
    pattern: fc.constantFrom(...patterns),
    action: fc.constantFrom('bridge', 'bridge', 'transfer', 'hangup', 'set', 'set'),
    destination: fc.constantFrom('sofia/gateway/pstn/$0', `sofia/gateway/\${where}/$0`, `user/$0@\${domain}`, '$0'),
    assignment: fc.constantFrom('where=intl', `where=\${where}x`, `domain=$0.\${domain}`),
  })
  .map(({ assignment, ...wanted }) => (wanted.action === 'set' ? { ...wanted, destination: assignment } : wanted));

const template = fc.option(fc.record({ rules: fc.array(rule, { maxLength: 5 }), variables: fc.constant({ where: 'main', domain: 'example.com', ring: 30 }) }));

const world: fc.Arbitrary<World> = fc.record({
  policies: fc.uniqueArray(policy, { maxLength: 10, selector: (one) => one.id }),
  template,
  groups,
  timezone: fc.constantFrom(...zones),
  country: fc.constantFrom('GB', 'DE'),
});

const call = fc.record({
  called: fc.constantFrom(...numbers),
  caller: fc.constantFrom(undefined, 'anonymous', '+12125550100'),
  groups: optional(entries),
  explain: fc.constant(true),
  at: fc.tuple(fc.constantFrom(...changes), fc.integer({ min: -96, max: 96 })).map(([change, quarters]) => Date.parse(change) + quarters * 15 * 60_000),
});

/** The same plan as a sequence of saves: first others under the same ids, then what is wanted, then deletions of the rest. */
function saved(wanted: World, before: World): PlanChange[] {
  const wantedIds = new Set(wanted.policies.map(({ id }) => id));
  const wantedGroups = new Set(wanted.groups.map(({ id }) => id));
  const steps = [
    ...before.groups.map((group) => ({ kind: 'group-put' as const, group })),
    ...[...before.policies, ...wanted.policies].map((saves) => ({ kind: 'policy-put' as const, policy: saves })),
    ...[before.template, wanted.template].flatMap((saves) => (saves === null ? [] : [{ kind: 'template-put' as const, template: saves }])),
    ...wanted.groups.map((group) => ({ kind: 'group-put' as const, group })),
    ...before.policies.flatMap(({ id }) => (wantedIds.has(id) ? [] : [{ kind: 'policy-deleted' as const, id }])),
    ...before.groups.flatMap(({ id }) => (wantedGroups.has(id) ? [] : [{ kind: 'group-deleted' as const, id }])),
  ];
  return steps.map((step, index) => ({ ...step, version: index + 1 }));
}

/** The plan after the saves, which reached it in two parts. */
function planAfter(saves: readonly PlanChange[], half: number): Plan {
  const first = applyChanges(emptyPlan, saves.slice(0, half));
  const whole = first === null ? null : applyChanges(first, saves.slice(Math.max(0, half - 2)));
  if (whole === null) throw new Error('a save is missing');
  return whole;
}

const reasons = ['CALLER_ID_REQUIRED', 'NOT_IN_GROUP', 'NO_ROUTE', 'OUTSIDE_HOURS', 'POLICY_ALLOW', 'POLICY_DENY', 'TEMPLATE'];

test('2,000 decisions, of every reason, are those of a plain reading of the page', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(world, world, fc.array(call, { minLength: 10, maxLength: 10 }), fc.nat(40), (wanted, before, calls, half) => {
      const kept = { ...wanted, template: wanted.template ?? before.template };
      const plan = compilePlan(planAfter(saved(wanted, before), half), wanted);
      for (const { at, ...asked } of calls) {
        const decision = decide(plan, asked, at);
        expect(decision).toEqual(interpreted(kept, asked, at));
        seen.add(decision.reason);
      }
    }),
    { numRuns: 200 },
  );
  expect([...seen].sort()).toEqual(reasons);
});

test('a decision depends on the wall clock of the minute alone, in every zone and through every change', () => {
  fc.assert(
    fc.property(window, fc.constantFrom(...changes), fc.constantFrom(...zones), (hours, change, timezone) => {
      const policies: PlanPolicy[] = [
        {
          ...{ id: 'pol_1', name: 'hours', status: 'active', priority: 1, version: 1, group_ids: {} },
          conditions: { pattern: '.', time_of_day: hours },
          actions: { allow: true, gateway: 'pstn' },
        },
      ];
      const plan = compilePlan({ ...emptyPlan, policies }, { timezone, country: 'US' });
      for (let minutes = -195; minutes <= 195; minutes += 15) {
        const at = Date.parse(change) + minutes * 60_000;
        expect(decide(plan, { called: '1' }, at).allowed).toBe(within(hours, timezone, at));
      }
    }),
    { numRuns: 50 },
  );
});
