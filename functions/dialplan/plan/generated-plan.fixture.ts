import fc from 'fast-check';
import { RE2JS } from 're2js';
import { attestations, verstats } from '#telephony/caller-identity.ts';
import { gatewayStatuses } from '#telephony/gateway-health.ts';
import type { TimeOfDay } from '../schema/policy.ts';
import type { TemplateRule } from '../schema/dialplan-template.ts';
import type { Group } from './groups.ts';
import { anyPattern, dialed } from './matcher/patterns.fixture.ts';
import type { PlanGateway } from './gateways.ts';
import type { GeneratedPlan } from './reference-interpreter.fixture.ts';
import type { PlanPolicy } from './plan.ts';

/**
 * Generated dial plans and calls: all operators of patterns, zones with clock changes, groups, priorities, templates.
 */

const numbers = ['911', '112', '999', '110', '201', '0114412345', '92125550100', '18005550100', '*97'];
const ordinary = [
  '.',
  '^9',
  '^(911|112|999)$',
  '^011([0-9]+)$',
  '^9([0-9]{10})$',
  '^1(800|888)([0-9]{7})$',
  '^([2-8])([0-9])?',
  '^\\*',
  '0',
  '[05]+(1)?',
  '^1',
];
const pattern = fc.oneof(
  fc.constantFrom(...ordinary),
  anyPattern.filter((text) => text !== '' && text.length <= 512),
);

export const zones = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Pacific/Chatham',
] as const;
/** Instants at which the clock of some zone changes, and one without a change. */
export const clockChanges = [
  ...['2026-03-08T05:30Z', '2026-03-08T07:00Z', '2026-11-01T06:00Z', '2026-03-29T01:00Z', '2026-10-25T01:00Z'],
  ...['2026-04-04T14:00Z', '2026-04-04T15:00Z', '2026-10-03T15:30Z', '2026-07-01T00:00Z'],
] as const;

const dayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const day = 24 * 60;
const clockTime = (minute: number): string =>
  [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');
/** Half of them on a quarter of an hour after midnight, near the clock changes. */
const minuteOfDay = fc.oneof(
  fc.integer({ min: 0, max: 16 }).map((quarters) => quarters * 15),
  fc.integer({ min: 0, max: day - 1 }),
);
const optional = <Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(values, { nil: undefined, freq: 2 });

/** Windows that can be saved. */
export const anyWindow: fc.Arbitrary<TimeOfDay> = fc
  .record({
    start: minuteOfDay.map(clockTime),
    end: fc.oneof(minuteOfDay, fc.constant(day)).map(clockTime),
    timezone: optional(fc.constantFrom(...zones)),
    days: optional(fc.subarray([...dayNames], { minLength: 1 })),
  })
  .filter(({ start, end }) => start !== end);

const groupNames = ['Sales', 'support', 'VIP', 'night'];
const groupIds = ['grp_1', 'grp_2', 'grp_3'];
const entries = fc.uniqueArray(fc.constantFrom(...groupNames, 'sales', 'vip', ...groupIds, 'grp_9'), {
  maxLength: 3,
  selector: (entry) => entry.toLowerCase(),
});
const groups: fc.Arbitrary<Group[]> = fc
  .uniqueArray(
    fc.record({
      id: fc.constantFrom(...groupIds),
      name: fc.constantFrom(...groupNames),
      status: fc.constantFrom('active', 'active', 'inactive'),
    }),
    { selector: (group) => group.id, maxLength: 3 },
  )
  .filter((list) => new Set(list.map((group) => group.name)).size === list.length);

/** Unmanaged names, managed names and ids, and a deleted gateway. */
const gateway = fc.constantFrom('pstn', 'intl', 'backup', 'gw_1', 'gw_2', 'gw_9');
const gatewayIds = ['gw_1', 'gw_2', 'gw_3'];
const behindNames = fc.dictionary(
  fc.constantFrom('pstn', 'intl', 'backup', 'main'),
  fc.constantFrom(...gatewayIds, 'gw_9'),
  { maxKeys: 2 },
);

const gateways: fc.Arbitrary<PlanGateway[]> = fc
  .uniqueArray(
    fc.record({
      id: fc.constantFrom(...gatewayIds),
      name: fc.constantFrom('PSTN', 'intl', 'main', 'Spare'),
      enabled: fc.constantFrom(true, true, false),
      prefix: fc.constantFrom('', '00', '#'),
      strip: fc.nat(3),
    }),
    { selector: ({ id }) => id, maxLength: 3 },
  )
  .filter((list) => new Set(list.map(({ name }) => name)).size === list.length);
const health = fc.dictionary(fc.constantFrom(...gatewayIds), fc.constantFrom(...gatewayStatuses));

const policy: fc.Arbitrary<PlanPolicy> = fc.record({
  id: fc.integer({ min: 1, max: 12 }).map((number) => `pol_${number}`),
  name: fc.constantFrom('one', 'two'),
  status: fc.constantFrom('active', 'active', 'active', 'inactive', 'draft'),
  priority: fc.integer({ min: 0, max: 3 }),
  version: fc.integer({ min: 1, max: 9 }),
  conditions: fc.record({
    pattern,
    time_of_day: optional(anyWindow),
    user_groups: optional(entries.filter((list) => list.length > 0)),
    caller_id_required: optional(fc.boolean()),
    verstat: optional(fc.subarray([...verstats], { minLength: 1 })),
    attestation: optional(fc.subarray([...attestations], { minLength: 1 })),
  }),
  actions: fc.record({
    allow: fc.boolean(),
    gateway: optional(gateway),
    failover_gateways: optional(fc.array(gateway, { minLength: 1, maxLength: 2 })),
    rate_limit: optional(fc.integer({ min: 1, max: 100 })),
    max_duration: optional(fc.integer({ min: 1, max: 3600 })),
    record: optional(fc.boolean()),
    bypass_restrictions: optional(fc.boolean()),
  }),
  group_ids: fc.dictionary(fc.constantFrom('sales', 'vip', 'support', ...groupIds), fc.constantFrom(...groupIds), {
    maxKeys: 3,
  }),
  gateway_ids: behindNames,
});

const finalActions = ['bridge', 'bridge', 'transfer', 'answer', 'playback', 'voicemail', 'hangup'] as const;
const destinations = [
  'sofia/gateway/pstn/$0',
  `sofia/gateway/\${where}/$0`,
  `user/$0@\${domain}`,
  `$1-\${extra}`,
  `\${ring}$9$2`,
  'text',
];
const assignments = ['where=intl', `where=\${where}x`, `domain=$0.\${domain}`, `ring=$1\${extra}`];

/** Replaces captures that the pattern does not have. */
function withinCaptures(text: string, of: string): string {
  const groupCount = RE2JS.compile(of).groupCount();
  return text.replaceAll(/\$(\d)/g, (whole, digit) => (Number(digit) <= groupCount ? whole : '0'));
}

const rule: fc.Arbitrary<TemplateRule> = fc
  .record({
    priority: fc.integer({ min: 1, max: 3 }),
    pattern,
    action: fc.constantFrom(...finalActions),
    sets: fc.boolean(),
    destination: fc.constantFrom(...destinations),
    assignment: fc.constantFrom(...assignments),
  })
  .map(({ sets, assignment, destination, ...wanted }) => ({
    ...wanted,
    ...(sets ? { action: 'set' as const } : {}),
    destination: withinCaptures(sets ? assignment : destination, wanted.pattern),
  }));

/** Sets a variable that `variables` does not have; later rules can use it. */
const extra = pattern.map((text): TemplateRule => ({
  priority: 0,
  pattern: text,
  action: 'set',
  destination: 'extra=<$0>',
}));

const template = fc.option(
  fc
    .record({ first: extra, rules: fc.array(rule, { maxLength: 5 }), gateway_ids: behindNames })
    .map(({ first, rules, gateway_ids }) => ({
      gateway_ids,
      rules: [...rules, first],
      variables: { where: 'main', domain: 'example.com', ring: 30 },
    })),
);

/** A dial plan of an organization. */
export const anyPlan: fc.Arbitrary<GeneratedPlan> = fc.record({
  policies: fc.uniqueArray(policy, { maxLength: 10, selector: (one) => one.id }),
  template,
  groups,
  gateways,
  health,
  timezone: fc.constantFrom(...zones),
  country: fc.constantFrom('GB', 'DE', 'US'),
});

/** A call at an instant near one at which clocks change. */
export const anyCall = fc.record({
  called: fc.oneof(
    fc.constantFrom(...numbers),
    dialed.filter((text) => text !== ''),
  ),
  caller: fc.constantFrom(undefined, 'anonymous', '+12125550100'),
  verstat: optional(fc.constantFrom(...verstats)),
  attestation: optional(fc.constantFrom(...attestations)),
  groups: optional(entries),
  explain: fc.constant(true),
  at: fc
    .tuple(fc.constantFrom(...clockChanges), fc.integer({ min: -96, max: 96 }))
    .map(([change, quarters]) => Date.parse(change) + quarters * 15 * 60_000),
});
