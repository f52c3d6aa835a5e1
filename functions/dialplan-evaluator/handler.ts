import { AppError } from '../../shared/errors.ts';
import { ok } from '../../shared/http/answer.ts';
import { outsideFromEnvironment, type Outside } from '../../shared/http/outside.ts';
import { serve, type ApiHandler } from '../../shared/http/serve.ts';
import { compiledPlans } from './compiled-plans.ts';
import { dialplanEvaluator, postEvaluate } from './contract.ts';
import { decide } from './decide.ts';
import { planHeadRow } from './row.ts';
import { evaluatorStore, headOf } from './store.ts';

/** Bytes of compiled plans that a process keeps. */
const capacity = 256 * 1_024 * 1_024;

/** The evaluator with plans of its own in memory; they are brought up to date by what the round trip of the session tells. */
export function evaluator(outside: Outside = outsideFromEnvironment()): ApiHandler {
  const plans = compiledPlans(capacity);
  return serve(dialplanEvaluator, {
    [postEvaluate.route]: async ({ body, organization, now, alongside }, { table }) => {
      const { called, caller, user_id: userId, groups, at, explain } = body();
      const store = evaluatorStore(table);
      const [plan, ownGroups] = await Promise.all([
        plans.current({ organization: organization.org_id, version: headOf(alongside).version, home: organization }, store),
        userId === undefined || userId === null ? [] : store.groupsOf(userId),
      ]);
      if (ownGroups === undefined) throw new AppError('UNKNOWN_USER', 'user_id is no user of the organization', { details: [{ path: 'user_id', message: 'is no user of the organization' }] });
      const instant = at ?? now.toISOString();
      const call = { called, caller: caller ?? undefined, groups: [...(groups ?? []), ...ownGroups], explain: explain ?? false };
      const { trace, captures, routes, ...decision } = decide(plan, call, Date.parse(instant));
      return ok({
        decision: { ...decision, captures: [...captures], routes: [...routes] },
        plan_version: String(plan.version),
        evaluated_at: instant,
        ...(trace === undefined ? {} : { trace: [...trace] }),
      });
    },
  }, { ...outside, alongside: () => ({ row: planHeadRow, key: {} }) });
}

export const handler = evaluator();
