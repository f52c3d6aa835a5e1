import { callLogLine, type CallLogLine, type DecidedCall } from './call-log.ts';
import type { PolicyDecision } from './call-notice.ts';
import type { LimitedDecision } from './call-limits.ts';
import { deniedCallEvent, type DeniedCallEvent } from './denied-call.ts';
import type { CompiledPlan } from './plan.ts';

/** What follows a decided call: an event, a log line, an e-mail. */

/** Where effects go. Each promise resolves when the work has begun, not when it is done. */
export type EffectSink = {
  readonly recordDenied: (event: DeniedCallEvent) => Promise<void>;
  readonly writeLog: (line: CallLogLine) => Promise<void>;
  readonly notify: (to: readonly string[], decision: PolicyDecision) => Promise<void>;
};

type CallResult = {
  readonly plan: Pick<CompiledPlan, 'version' | 'matching'>;
  readonly call: DecidedCall;
  readonly decision: LimitedDecision;
  readonly organization: number;
};

/** Begins the effects of a call, in order. */
export async function beginEffects(
  { plan, call, decision, organization }: CallResult,
  sink: EffectSink,
): Promise<void> {
  if (!decision.allowed) await sink.recordDenied(deniedCallEvent(call, decision, organization));
  const { policy } = decision;
  if (policy === null) return;
  const actions = plan.matching(call.called).find((candidate) => candidate.policy.id === policy.id)?.policy.actions;
  if (actions?.log === true) await sink.writeLog(callLogLine(call, decision, plan.version));
  if (actions?.notify !== undefined) await sink.notify(actions.notify, { ...decision, policy });
}
