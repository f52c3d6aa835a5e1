import { AppError } from '#errors.ts';
import { omit } from '#schema/omit.ts';
import type { GatewayStatus } from '#telephony/gateway-health.ts';
import { applyGatewayStatuses, decide, type Call } from '../plan/decide.ts';
import { withoutLimits, type LimitedDecision } from './call-limits.ts';
import type { CompiledPlan } from '../plan/plan.ts';

/** Many calls at once, against the live plan and against a draft of it. */

/** A call and its time. */
export type TimedCall = Call & {
  /** Milliseconds since 1970 (UTC). */
  readonly at: number;
};

/** A call that the draft decides differently. */
export type DecisionChange = {
  readonly index: number;
  readonly before: LimitedDecision;
  readonly after: LimitedDecision;
};

export type Replay = {
  /** By the draft, if there is one. */
  readonly results: readonly LimitedDecision[];
  /** Null without a draft. */
  readonly changed: readonly DecisionChange[] | null;
};

type Plans = {
  readonly live: CompiledPlan;
  /** Null: there is none. */
  readonly draft: CompiledPlan | null;
};

/** Decides calls without limits and effects. @param statuses present health of the managed gateways */
export function replay(
  calls: readonly TimedCall[],
  { live, draft }: Plans,
  statuses: ReadonlyMap<string, GatewayStatus>,
): Replay {
  const decideBy = (plan: CompiledPlan, { at, ...call }: TimedCall): LimitedDecision =>
    withoutLimits(applyGatewayStatuses(decide(plan, call, at), statuses));
  const results = calls.map((call) => decideBy(draft ?? live, call));
  if (draft === null) return { results, changed: null };
  const changed = calls.flatMap((call, index) => {
    const before = decideBy(live, call);
    const after = results[index];
    return after === undefined || isSame(before, after) ? [] : [{ index, before, after }];
  });
  return { results, changed };
}

/** Whether two decisions have the same policy and route. The version of the policy does not count. */
function isSame(one: LimitedDecision, other: LimitedDecision): boolean {
  const [facts, otherFacts] = [comparedFacts(one), comparedFacts(other)];
  return facts.length === otherFacts.length && facts.every((fact, at) => fact === otherFacts[at]);
}

const comparedFacts = ({
  reason,
  policy,
  rule,
  action,
  destination,
  captures,
  routes,
  limits,
  record,
  bypass_restrictions: bypasses,
}: LimitedDecision): readonly unknown[] => [
  reason,
  policy?.id,
  rule?.priority,
  rule?.pattern,
  action,
  destination,
  limits.max_duration,
  record,
  bypasses,
  captures.length,
  ...captures,
  ...routes.map((route) => route.destination),
];

/** A decision as answered. */
export const presentDecision = (decision: LimitedDecision) => ({
  ...omit(decision, 'trace'),
  captures: [...decision.captures],
  routes: [...decision.routes],
});

const presentResult = (decision: LimitedDecision, index: number) => ({
  index,
  ...presentDecision(decision),
  ...(decision.trace === undefined ? {} : { trace: [...decision.trace] }),
});

const presentChange = ({ index, before, after }: DecisionChange) => ({
  index,
  before: presentDecision(before),
  after: presentDecision(after),
});

/** Bytes of decisions in an answer. With headers and envelope it stays below the 6 MB of a Lambda response. */
const maxAnswerBytes = 5_800_000;

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value)) + 1;

/** The first items that fit. @param bytes room for them */
function itemsThatFit<Item>(items: readonly Item[], bytes: number): Item[] {
  let room = bytes;
  if (sizeOf(items) <= room) return [...items];
  const end = items.findIndex((item) => (room -= sizeOf(item)) < 0);
  return end < 0 ? [...items] : items.slice(0, end);
}

/** The answer for calls: each decision, and the changes that fit. @throws AppError LIMIT_EXCEEDED */
export function presentCalls({ results: decisions, changed }: Replay) {
  const results = decisions.map(presentResult);
  const room = maxAnswerBytes - sizeOf(results);
  if (room < 0)
    throw new AppError('LIMIT_EXCEEDED', 'The answer would exceed 6 MB; send fewer calls per request', {
      details: [{ path: 'calls', message: 'send fewer calls per request' }],
    });
  return { results, ...(changed === null ? {} : { changed: itemsThatFit(changed.map(presentChange), room) }) };
}

/** The call of a CDR, as answered. */
export type ReplayedCall = {
  readonly called: string;
  readonly caller: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly cdr_id: string;
};

/** Changes of a period that are shown. */
const maxChangesShown = 1_000;

/** The answer for stored CDRs: counts, and the first changes. @param calls by the index of the results */
export function presentCdrs({ results, changed }: Replay, calls: readonly ReplayedCall[]) {
  const allowed = results.filter((decision) => decision.allowed).length;
  const summary = {
    evaluated: results.length,
    allowed,
    denied: results.length - allowed,
    changed: changed?.length ?? 0,
  };
  if (changed === null) return { summary };
  const shown = changed
    .slice(0, maxChangesShown)
    .map((change) => ({ ...presentChange(change), call: calls[change.index] }));
  return { summary, changed: itemsThatFit(shown, maxAnswerBytes - sizeOf(summary)) };
}
