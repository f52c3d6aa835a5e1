import { ok } from '#http/answers/answer.ts';
import type { Request } from '#http/handlers.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import type { evaluateCallBatch } from './contract.ts';
import type { Draft } from './draft.ts';
import { overlayDraft } from './draft-overlay.ts';
import { compilePlan, type CompiledPlan } from '../plan/plan.ts';
import {
  currentPlan,
  unknownUser,
  type EvaluatorContext,
  type OrganizationRequest,
  type Process,
} from './process-steps.ts';
import { presentCalls, presentCdrs, replay, type TimedCall } from './replay.ts';
import { evaluatorStore } from './store.ts';
import { assertWholeNumber } from './switch-request.ts';

type Batch = Request<typeof evaluateCallBatch>;

/** The live plan with the draft applied; null without a draft. */
async function draftPlan(
  live: CompiledPlan,
  draft: Draft | null | undefined,
  { organization, now }: OrganizationRequest,
  { table }: EvaluatorContext,
): Promise<{ readonly plan: CompiledPlan | null; readonly warnings: readonly string[] }> {
  if (draft === undefined || draft === null) return { plan: null, warnings: [] };
  const store = evaluatorStore(table);
  const stored = await store.stateFor(draft, await store.head(), organization.country);
  const { plan, warnings } = overlayDraft(live.source, draft, stored, now.toISOString());
  return { plan: compilePlan(plan, organization, live), warnings };
}

/** The calls of a batch, with the groups of their users. */
async function callsIn({ body, now, organization }: Batch, { table }: EvaluatorContext): Promise<TimedCall[]> {
  const { calls = [], explain } = body();
  const groupsOf = await evaluatorStore(table).groupsOfAll(calls.flatMap(({ user_id: userId }) => userId ?? []));
  return calls.map(({ called, caller, user_id: userId, groups, at, verstat, attestation }, index) => {
    assertWholeNumber(called, numberOriginOf(organization), `calls[${index}].called`);
    const own = userId === undefined || userId === null ? [] : groupsOf.get(userId);
    if (own === undefined) throw unknownUser(`calls[${index}].user_id`);
    return {
      called,
      caller: caller ?? undefined,
      groups: [...(groups ?? []), ...own],
      verstat: verstat ?? undefined,
      attestation: attestation ?? undefined,
      at: at === undefined || at === null ? now.getTime() : Date.parse(at),
      explain: explain === true,
    };
  });
}

/** The calls of stored CDRs, at their own times. A user that no longer exists has no groups. */
async function storedCalls(
  { organization }: Batch,
  { table }: EvaluatorContext,
  period: { readonly start: string; readonly end: string; readonly limit: number },
) {
  const store = evaluatorStore(table);
  const cdrs = await store.outboundCdrs({ ...period, shards: organization.charge_shards });
  const groupsOf = await store.groupsOfAll(cdrs.flatMap(({ user_id: userId }) => userId ?? []));
  return cdrs.map(({ callee: called, caller, start_time: at, user_id: userId, id }) => ({
    shown: { called, caller, at, cdr_id: id },
    call: { called, caller, groups: groupsOf.get(userId ?? '') ?? [], at: Date.parse(at) },
  }));
}

/** Decides calls, or those of stored CDRs, by the live plan and by a draft. Looks at no limits. */
export async function evaluateBatch(process: Process, request: Batch, context: EvaluatorContext) {
  const { cdrs, draft } = request.body();
  const [live, stored, calls] = await Promise.all([
    currentPlan(process, request, context),
    cdrs === undefined ? null : storedCalls(request, context, cdrs),
    callsIn(request, context),
  ]);
  const drafted = await draftPlan(live, draft, request, context);
  // A draft changes no gateways, so the live plan names all of them.
  const statuses = await evaluatorStore(context.table).statuses(live.source.gateways.map(({ id }) => id));
  const replayed = replay(stored?.map(({ call }) => call) ?? calls, { live, draft: drafted.plan }, statuses);
  const shown = stored?.map((call) => call.shown);
  const answer = shown === undefined ? presentCalls(replayed) : presentCdrs(replayed, shown);
  return ok({ ...answer, plan_version: String(live.version) }, { warnings: drafted.warnings });
}
