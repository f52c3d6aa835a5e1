import type { components, paths } from '#openapi';

/** Decisions of the dial plan: what a batch answers, in words. */

type BatchOperation = paths['/dialplan/evaluate/batch']['post'];
export type BatchRequest = BatchOperation['requestBody']['content']['application/json'];
export type Batch = BatchOperation['responses'][200]['content']['application/json'];
export type Decision = components['schemas']['Decision'];
export type TraceEntry = components['schemas']['TraceEntry'];

/** A call to decide; of a record, the call as it was. */
export type Call = {
  readonly called: string;
  readonly caller?: string;
  readonly groups?: readonly string[];
  readonly at?: string;
};

/** A call with its decisions. `after` is null without a draft, or if the draft does not change this call. */
export type DecidedCall = { readonly call: Call; readonly before: Decision; readonly after: Decision | null };

const nothing: Call = { called: '' };

/** The calls of an answer: all that were sent, or of the records those that the draft changes. */
export function decidedCalls({ results, changed = [] }: Batch, calls: readonly Call[]): readonly DecidedCall[] {
  if (results === undefined) {
    return changed.map(({ call, before, after }) => {
      const { called, caller, at } = call ?? nothing;
      return {
        call: { called, ...(caller === undefined ? {} : { caller }), ...(at === undefined ? {} : { at }) },
        before,
        after,
      };
    });
  }
  const changes = new Map(changed.map((change) => [change.index, change]));
  return results.map((decision, index) => {
    const change = changes.get(index);
    return { call: calls[index] ?? nothing, before: change?.before ?? decision, after: change?.after ?? null };
  });
}

/** A count with thousands separated. */
const figure = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

/** What an answer comes to, in a sentence. */
export function summaryOf(batch: Batch): string {
  const { summary, results = [], changed, plan_version: version } = batch;
  const permitted = results.filter(({ allowed }) => allowed).length;
  const counts = summary ?? {
    evaluated: results.length,
    allowed: permitted,
    denied: results.length - permitted,
    changed: changed?.length ?? 0,
  };
  if (counts.evaluated === 0) return 'There were no outbound calls in that time.';
  const shown = changed?.length ?? 0;
  const isCut = counts.changed > shown && changed !== undefined;
  return [
    `${figure(counts.evaluated, 'call')} by the ${changed === undefined ? 'saved plan' : 'draft'}: `,
    `${counts.allowed.toLocaleString('en')} allowed, ${counts.denied.toLocaleString('en')} denied`,
    changed === undefined ? '' : `, ${figure(counts.changed, 'changed call')}`,
    `.${isCut ? ` The first ${shown.toLocaleString('en')} changes are shown.` : ''} Version ${version} of the plan.`,
  ].join('');
}

const reasons: Readonly<Record<Decision['reason'], string>> = {
  POLICY_ALLOW: 'a policy allows it',
  POLICY_DENY: 'a policy denies it',
  TEMPLATE: 'the template routes it',
  NO_ROUTE: 'nothing routes it',
  NOT_IN_GROUP: 'the caller is in none of the policy’s groups',
  OUTSIDE_HOURS: 'outside the policy’s hours',
  CALLER_ID_REQUIRED: 'the policy needs the caller’s number',
  RATE_LIMITED: 'the policy permits no more calls in this minute',
  NO_CREDIT: 'no credit is left for it',
  NO_RATE: 'no tariff prices it',
  CALL_LIMIT: 'the organization has as many calls as it may',
  SPEND_LIMIT: 'the organization has spent what it may',
};

const outcomes: Readonly<Record<TraceEntry['outcome'], string>> = {
  applied: 'applies: it decides',
  matched: 'matches, but another policy has decided',
  NOT_IN_GROUP: 'matches; the caller is in none of its groups',
  OUTSIDE_HOURS: 'matches; it is outside its hours',
  CALLER_ID_REQUIRED: 'matches; it needs the caller’s number',
};

export const outcomeOf = ({ outcome }: TraceEntry): string => outcomes[outcome];

export const verdictOf = ({ allowed }: Decision): string => (allowed ? 'Allowed' : 'Denied');

/** The verdict and its reason: "Denied: a policy denies it". */
export const verdictAndReason = (decision: Decision): string => `${verdictOf(decision)}: ${reasons[decision.reason]}`;

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
    ['Why', reasons[reason]],
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

/** What a draft changes for a call: "now denied, why, route"; empty: nothing. */
export function changesOf({ before, after }: DecidedCall): string {
  if (after === null) return '';
  const verdict = before.allowed === after.allowed ? [] : [after.allowed ? 'now allowed' : 'now denied'];
  return [...verdict, ...differences(before, after).map((name) => name.toLowerCase())].join(', ');
}
