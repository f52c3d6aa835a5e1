import { AppError } from '../../../shared/errors.ts';
import type { Context, Request } from '../../../shared/http/handlers.ts';
import type { BackgroundTasks } from './background-tasks.ts';
import type { noticeThrottle } from './call-notice.ts';
import type { CallCounter } from './call-rate.ts';
import type { dialplanEvaluator, evaluateCall, evaluateFreeswitchCall } from './contract.ts';
import type { newTariffCache } from './credit.ts';
import type { CompiledPlan } from './plan.ts';
import type { PlanCache } from './plan-cache.ts';
import { decisionStore, type DecisionTable } from './store.ts';

/** What a process keeps between requests. */
export type Process = {
  readonly plans: PlanCache;
  readonly calls: CallCounter;
  readonly tariffs: ReturnType<typeof newTariffCache>;
  readonly tasks: BackgroundTasks;
  readonly notices: ReturnType<typeof noticeThrottle>;
};

export type EvaluatorContext = Context<typeof dialplanEvaluator>;
export type Evaluation = Request<typeof evaluateCall> | Request<typeof evaluateFreeswitchCall>;
export type OrganizationRequest = Pick<Evaluation, 'organization' | 'now'>;

/** @param path of the field that names the user */
export const unknownUser = (path: string): AppError => {
  const message = 'is not a user of the organization';
  return new AppError('UNKNOWN_USER', `${path} ${message}`, { details: [{ path, message }] });
};

/** The plan at the version that the request read, or a newer one. */
export async function currentPlan(
  { plans }: Process,
  { organization }: OrganizationRequest,
  { table }: { readonly table: DecisionTable },
): Promise<CompiledPlan> {
  const head = await decisionStore(table).head();
  return plans.get(
    { organization: organization.org_id, version: head.version, locale: organization },
    decisionStore(table).plan(head),
  );
}
