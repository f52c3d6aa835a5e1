import { AppError } from '../../../shared/errors.ts';
import type { GatewayStatus } from '../../../shared/telephony/gateway-health.ts';
import { decide, tried, type Call } from './decide.ts';
import { unlimited, type LimitedDecision } from './limits.ts';
import type { CompiledPlan } from './plan.ts';

/** Many calls at once, against the plan as it is and as it would be (dialplan.md, POST /dialplan/evaluate/batch). */

/** A call at its time (milliseconds since 1970, UTC). */
export type TimedCall = Call & { readonly at: number };

export type Change = { readonly index: number; readonly before: LimitedDecision; readonly after: LimitedDecision };

export type Replay = {
  /** By the draft, where there is one. */
  readonly results: readonly LimitedDecision[];
  /** The calls that would have gone otherwise by the draft; null without one. */
  readonly changed: readonly Change[] | null;
};

type Plans = { readonly live: CompiledPlan; /** Null: there is none. */ readonly draft: CompiledPlan | null };

/** Decides calls without limits and effects. `statuses`: of the managed gateways, as they are now. */
export function replay(
  calls: readonly TimedCall[],
  { live, draft }: Plans,
  statuses: ReadonlyMap<string, GatewayStatus>,
): Replay {
  const decidedBy = (plan: CompiledPlan, { at, ...call }: TimedCall): LimitedDecision =>
    unlimited(tried(decide(plan, call, at), statuses));
  const results = calls.map((call) => decidedBy(draft ?? live, call));
  if (draft === null) return { results, changed: null };
  const changed = calls.flatMap((call, index) => {
    const before = decidedBy(live, call);
    const after = results[index];
    return after === undefined || isSame(before, after) ? [] : [{ index, before, after }];
  });
  return { results, changed };
}

/** Whether two calls go the same way, by the same policy; a version that changes nothing about it does not count. */
function isSame(one: LimitedDecision, other: LimitedDecision): boolean {
  const [way, otherWay] = [wayOf(one), wayOf(other)];
  return way.length === otherWay.length && way.every((part, at) => part === otherWay[at]);
}

const wayOf = ({
  reason,
  policy,
  rule,
  action,
  destination,
  captures,
  routes,
  limits,
  bypass_restrictions: bypasses,
}: LimitedDecision): readonly unknown[] => [
  reason,
  policy?.id,
  rule?.priority,
  rule?.pattern,
  action,
  destination,
  limits.max_duration,
  bypasses,
  captures.length,
  ...captures,
  ...routes.map((route) => route.destination),
];

/** A decision as answered. */
export const presentDecision = ({ captures, routes, trace: _, ...decision }: LimitedDecision) => ({
  ...decision,
  captures: [...captures],
  routes: [...routes],
});

const presentResult = (decision: LimitedDecision, index: number) => ({
  index,
  ...presentDecision(decision),
  ...(decision.trace === undefined ? {} : { trace: [...decision.trace] }),
});

const presentChange = ({ index, before, after }: Change) => ({
  index,
  before: presentDecision(before),
  after: presentDecision(after),
});

/** Bytes of an answer: Lambda takes 6 MB, the headers and what stands around the decisions included. */
const largestAnswer = 5_800_000;

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value)) + 1;

/** As many from the first on as there is room for. @param bytes that are left */
function fitting<Item>(items: readonly Item[], bytes: number): Item[] {
  let room = bytes;
  if (sizeOf(items) <= room) return [...items];
  const end = items.findIndex((item) => (room -= sizeOf(item)) < 0);
  return end < 0 ? [...items] : items.slice(0, end);
}

/** The answer for calls: each decision, and what changed as far as there is room. @throws AppError LIMIT_EXCEEDED */
export function presentCalls({ results: decisions, changed }: Replay) {
  const results = decisions.map(presentResult);
  const room = largestAnswer - sizeOf(results);
  if (room < 0)
    throw new AppError('LIMIT_EXCEEDED', 'The answer would be larger than 6 MB; ask for fewer calls at once', {
      details: [{ path: 'calls', message: 'fewer at once' }],
    });
  return { results, ...(changed === null ? {} : { changed: fitting(changed.map(presentChange), room) }) };
}

/** A CDR whose call is replayed. */
export type ReplayedCall = {
  readonly called: string;
  readonly caller: string;
  /** ISO 8601 UTC. */ readonly at: string;
  readonly cdr_id: string;
};

/** Changes of a period that are shown (dialplan.md). */
const maxChangesShown = 1_000;

/** The answer for stored CDRs: their sums, and the first changes. */
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
  return { summary, changed: fitting(shown, largestAnswer - sizeOf(summary)) };
}
