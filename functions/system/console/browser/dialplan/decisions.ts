import { t } from '../texts/texts.ts';
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
  if (counts.evaluated === 0) return t('There were no outbound calls in that time.');
  const shown = changed?.length ?? 0;
  const isCut = counts.changed > shown && changed !== undefined;
  const values = { ...counts, shown, version };
  const verdicts = t('{allowed, number} allowed, {denied, number} denied', values);
  return [
    changed === undefined
      ? `${t('{evaluated, plural, one {# call} other {# calls}} by the saved plan:', values)} ${verdicts}.`
      : `${t('{evaluated, plural, one {# call} other {# calls}} by the draft:', values)} ${verdicts}, ` +
        `${t('{changed, plural, one {# changed call} other {# changed calls}}', values)}.`,
    isCut ? t('The first {shown, number} changes are shown.', values) : '',
    t('Version {version} of the plan.', values),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

const reasons: Readonly<Record<Decision['reason'], string>> = {
  POLICY_ALLOW: t('a policy allows it'),
  POLICY_DENY: t('a policy denies it'),
  TEMPLATE: t('the template routes it'),
  NO_ROUTE: t('nothing routes it'),
  NOT_IN_GROUP: t('the caller is in none of the policy’s groups'),
  OUTSIDE_HOURS: t('outside the policy’s hours'),
  CALLER_ID_REQUIRED: t('the policy needs the caller’s number'),
  CALLER_NOT_VERIFIED: t('the policy needs a caller who is verified otherwise'),
  RATE_LIMITED: t('the policy permits no more calls in this minute'),
  NO_CREDIT: t('no credit is left for it'),
  NO_RATE: t('no tariff prices it'),
  CALL_LIMIT: t('the organization has as many calls as it may'),
  SPEND_LIMIT: t('the organization has spent what it may'),
};

const outcomes: Readonly<Record<TraceEntry['outcome'], string>> = {
  applied: t('applies: it decides'),
  matched: t('matches, but another policy has decided'),
  NOT_IN_GROUP: t('matches; the caller is in none of its groups'),
  OUTSIDE_HOURS: t('matches; it is outside its hours'),
  CALLER_ID_REQUIRED: t('matches; it needs the caller’s number'),
  CALLER_NOT_VERIFIED: t('matches; it needs a caller who is verified otherwise'),
};

export const outcomeOf = ({ outcome }: TraceEntry): string => outcomes[outcome];

export const verdictOf = ({ allowed }: Decision): string => (allowed ? t('Allowed') : t('Denied'));

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
    [t('Why'), reasons[reason]],
    [
      t('Policy'),
      policy === null ? null : t('{name} (priority {priority})', { name: policy.name, priority: policy.priority }),
    ],
    [
      t('Rule'),
      rule === null ? null : t('{name} (priority {priority})', { name: rule.pattern, priority: rule.priority }),
    ],
    [t('Route'), action === null ? null : `${action} ${destination ?? ''}`.trim()],
    [t('Fail-over'), failover.length === 0 ? null : failover.join(', ')],
    [t('Maximum'), limits.max_duration === null ? null : `${limits.max_duration} s`],
    [t('Recording'), record ? t('yes') : null],
    [t('Limits'), bypasses ? t('without rate limit') : null],
    [t('Number'), emergency ? t('an emergency number') : null],
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
  const verdict = before.allowed === after.allowed ? [] : [after.allowed ? t('now allowed') : t('now denied')];
  return [...verdict, ...differences(before, after).map((name) => name.toLowerCase())].join(', ');
}
