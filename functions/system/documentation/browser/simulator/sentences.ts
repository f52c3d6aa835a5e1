import type { Decision, TraceEntry } from './api.ts';

/** Decisions in words. */

const reasons: Readonly<Record<string, string>> = {
  POLICY_ALLOW: 'a policy allows it',
  POLICY_DENY: 'a policy denies it',
  TEMPLATE: 'the template routes it',
  NO_ROUTE: 'nothing routes it',
  NOT_IN_GROUP: 'the caller is in none of the policy’s groups',
  OUTSIDE_HOURS: 'outside the policy’s hours',
  CALLER_ID_REQUIRED: 'the policy needs the caller’s number',
};

const outcomes: Readonly<Record<string, string>> = {
  applied: 'applies: it decides',
  matched: 'matches, but another policy has decided',
  NOT_IN_GROUP: 'matches; the caller is in none of its groups',
  OUTSIDE_HOURS: 'matches; it is outside its hours',
  CALLER_ID_REQUIRED: 'matches; it needs the caller’s number',
};

export const outcomeOf = ({ outcome }: TraceEntry): string => outcomes[outcome] ?? outcome;

/** The lines that describe a decision, each with its name; lines that do not apply are left out. */
export function linesOf({
  reason,
  policy,
  rule,
  action,
  destination,
  routes,
  limits,
  record,
  bypass_restrictions: bypasses,
  emergency,
}: Decision): readonly (readonly [name: string, text: string])[] {
  const failover = routes.slice(1).map(({ name }) => name);
  const lines: readonly (readonly [string, string | null])[] = [
    ['Why', reasons[reason] ?? reason],
    ['Policy', policy === null ? null : `${policy.name} (priority ${policy.priority})`],
    ['Rule', rule === null ? null : `${rule.pattern} (priority ${rule.priority})`],
    ['Route', action === null ? null : `${action} ${destination ?? ''}`.trim()],
    ['Fail-over', failover.length === 0 ? null : failover.join(', ')],
    ['Maximum', limits.max_duration === null ? null : `${limits.max_duration} s`],
    ['Recording', record ? 'yes' : null],
    ['Limits', bypasses ? 'without rate limit' : null],
    ['Number', emergency ? 'an emergency number' : null],
  ];
  return lines.flatMap(([name, text]) => (text === null ? [] : [[name, text] as const]));
}

/** The names of the lines in which two decisions differ. */
export function differences(before: Decision, after: Decision): readonly string[] {
  const [one, other] = [new Map(linesOf(before)), new Map(linesOf(after))];
  return [...new Set([...one.keys(), ...other.keys()])].filter((name) => one.get(name) !== other.get(name));
}

export const counted = (count: number, one: string, several = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : several}`;
