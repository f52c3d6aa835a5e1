import { commit, tryCommit } from '../../../shared/dynamodb/commit.ts';
import { minuteOf } from '../../../shared/dynamodb/rows/due.ts';
import { AppError } from '../../../shared/errors.ts';
import { document, ok } from '../../../shared/http/answers/answer.ts';
import type { Context, Request } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { serve, type ApiHandler } from '../../../shared/http/serve.ts';
import { xmlDocument } from '../../../shared/http/answers/xml.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import { backgroundTasks, type BackgroundTasks } from './background-tasks.ts';
import { beginEffects, type EffectSink } from './call-effects.ts';
import { limitCall, type LimitSources } from './call-limits.ts';
import { callNotice, noticeThrottle } from './call-notice.ts';
import { callCounter, type CallCounter } from './call-rate.ts';
import { dialplanEvaluator, evaluateCall, evaluateCallBatch, evaluateFreeswitchCall } from './contract.ts';
import { isSpendLimitReached, newTariffCache, payableSeconds } from './credit.ts';
import { applyGatewayStatuses, decide, gatewayIdsIn, type Call } from './decide.ts';
import type { Draft } from './draft.ts';
import { overlayDraft } from './draft-overlay.ts';
import { callDocument, notFoundDocument } from './freeswitch.ts';
import { compilePlan, type CompiledPlan } from './plan.ts';
import { planCache, type PlanCache } from './plan-cache.ts';
import { presentCalls, presentCdrs, presentDecision, replay, type TimedCall } from './replay.ts';
import { sentNumber } from './sent-number.ts';
import {
  accountSource,
  emailWrite,
  evaluatorStore,
  logWrite,
  noticeGuardWrite,
  prefetch,
  windowStore,
} from './store.ts';
import { parseSwitchRequest } from './switch-request.ts';

/** What a process keeps between requests. */
type Process = {
  readonly plans: PlanCache;
  readonly calls: CallCounter;
  readonly tariffs: ReturnType<typeof newTariffCache>;
  readonly tasks: BackgroundTasks;
  readonly notices: ReturnType<typeof noticeThrottle>;
};

type EvaluatorContext = Context<typeof dialplanEvaluator>;
type Evaluation = Request<typeof evaluateCall> | Request<typeof evaluateFreeswitchCall>;
type Batch = Request<typeof evaluateCallBatch>;
type OrganizationRequest = Pick<Evaluation, 'organization' | 'now'>;

/** Bytes of compiled plans that a process keeps. */
const planCapacity = 256 * 1_024 * 1_024;

const unknownUser = (path: string): AppError => {
  const message = 'is not a user of the organization';
  return new AppError('UNKNOWN_USER', `${path} ${message}`, { details: [{ path, message }] });
};

/** The plan at the version that the request read, or a newer one. */
async function currentPlan(
  { plans }: Process,
  { organization }: OrganizationRequest,
  { table }: EvaluatorContext,
): Promise<CompiledPlan> {
  const head = await evaluatorStore(table).head();
  return plans.get(
    { organization: organization.org_id, version: head.version, locale: organization },
    evaluatorStore(table).plan(head),
  );
}

/** A call to decide, as either endpoint receives it. */
type EvaluatedCall = Call & {
  readonly userId: string | undefined;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Counts nothing and has no effects. */
  readonly dryRun: boolean;
};

/** Decides a call with its limits, and begins its effects. */
async function evaluate(process: Process, request: Evaluation, context: EvaluatorContext, evaluated: EvaluatedCall) {
  const { userId, at, dryRun, groups = [], ...call } = evaluated;
  const store = evaluatorStore(context.table);
  const [plan, ownGroups] = await Promise.all([
    currentPlan(process, request, context),
    userId === undefined ? [] : store.groupsOf(userId),
  ]);
  if (ownGroups === undefined) throw unknownUser('user_id');
  const { trace, ...decided } = decide(plan, { ...call, groups: [...groups, ...ownGroups] }, Date.parse(at));
  const routed = applyGatewayStatuses(decided, await store.statuses(gatewayIdsIn([decided])));
  const { organization } = request;
  const sources = limitSources(process, request, context, { plan, evaluated });
  const decision = await limitCall(routed, organization, sources);
  if (!dryRun) {
    const result = { plan, call: evaluated, decision, organization: organization.org_id };
    await beginEffects(result, effectSink(process, request, context, evaluated));
  }
  return { decision, trace, plan_version: String(plan.version), evaluated_at: at };
}

function limitSources(
  { calls, tariffs }: Process,
  { organization, now }: OrganizationRequest,
  { table, tableOf, dependencies }: EvaluatorContext,
  { plan, evaluated: { called, dryRun } }: { readonly plan: CompiledPlan; readonly evaluated: EvaluatedCall },
): LimitSources {
  const store = evaluatorStore(table);
  const account = accountSource({ table, tableOf, organization, tariffs });
  return {
    rate: async ({ policy, limits: { rate_limit: limit } }) => {
      if (policy === null || limit === null) return null;
      const call = { key: `${table.organization}/${policy.id}`, limit, now: now.getTime() };
      const window = windowStore(dependencies.store, table, policy.id);
      return dryRun ? calls.peek(call, window) : calls.count(call, window);
    },
    duration: (decision) => {
      const sent = sentNumber(decision, called, plan.gateways);
      return payableSeconds({ called, sent, at: now.toISOString() }, decision.limits.max_duration, account);
    },
    isSpent: async () => {
      const limit = organization.limits.daily_spend;
      return limit !== null && isSpendLimitReached(limit, await store.charges(now.toISOString().slice(0, 10)));
    },
  };
}

/** Effects become transactions of their own, which the caller does not wait for. */
function effectSink(
  { tasks, notices }: Process,
  { organization, now, record }: Evaluation,
  { dependencies, nextId }: EvaluatorContext,
  evaluated: EvaluatedCall,
): EffectSink {
  const { store } = dependencies;
  const { org_id: id } = organization;
  return {
    recordDenied: async (event) => {
      const denied = record('call.denied', event);
      await tasks.begin(() => commit(store, id, [denied]));
    },
    writeLog: async (line) => {
      const lineId = nextId('log');
      const entity = { type: 'org', id: organizationText(id) };
      const write = logWrite({ ...line, id: lineId, mark: lineId, entity, at: now.toISOString() });
      await tasks.begin(() => commit(store, id, [write]));
    },
    notify: async (to, decision) => {
      const [policy, minute] = [`${id}/${decision.policy.id}`, minuteOf(now)];
      if (!notices.isFirst(policy, minute)) return;
      const facts = { to, organization, call: evaluated, decision, at: evaluated.at };
      const email = callNotice({ id: nextId('eml'), now: now.toISOString(), ...facts });
      const queued = record('email.queued', {
        entity: { type: 'email', id: email.id },
        description: `E-mail queued: ${email.subject}`,
        fields: { template: email.template, to: email.to, cc: email.cc },
      });
      const retryNext = (error: unknown) => {
        notices.forget(policy);
        throw error;
      };
      // A failed condition means that another process has notified in this minute.
      const writes = [noticeGuardWrite(policy, minute), emailWrite(email), queued];
      await tasks.begin(() => tryCommit(store, id, writes).catch(retryNext));
    },
  };
}

async function evaluateOne(process: Process, request: Request<typeof evaluateCall>, context: EvaluatorContext) {
  const { called, caller, user_id: userId, groups, at, explain, dry_run: dryRun } = request.body();
  const { decision, trace, ...rest } = await evaluate(process, request, context, {
    called,
    caller: caller ?? undefined,
    groups: groups ?? [],
    userId: userId ?? undefined,
    at: at ?? request.now.toISOString(),
    dryRun: dryRun ?? false,
    explain: explain ?? false,
  });
  return ok({ decision: presentDecision(decision), ...rest, ...(trace === undefined ? {} : { trace: [...trace] }) });
}

const switchDocument = (tree: Parameters<typeof xmlDocument>[0]) => document('text/xml', xmlDocument(tree));

async function evaluateFreeswitch(
  process: Process,
  request: Request<typeof evaluateFreeswitchCall>,
  context: EvaluatorContext,
) {
  const switchCall = parseSwitchRequest(request.body());
  if (switchCall === null) return switchDocument(notFoundDocument);
  const { context: switchContext, organization, ...call } = switchCall;
  if (organization !== null && organization !== request.organization.org_id)
    throw new AppError('FORBIDDEN_ORG', `The context ${switchContext} names another organization`);
  const { decision } = await evaluate(process, request, context, {
    ...call,
    at: request.now.toISOString(),
    dryRun: false,
  });
  return switchDocument(callDocument(decision, { called: call.called, context: switchContext }));
}

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
async function callsIn({ body, now }: Batch, { table }: EvaluatorContext): Promise<TimedCall[]> {
  const { calls = [], explain } = body();
  const groupsOf = await evaluatorStore(table).groupsOfAll(calls.flatMap(({ user_id: userId }) => userId ?? []));
  return calls.map(({ called, caller, user_id: userId, groups, at }, index) => {
    const own = userId === undefined || userId === null ? [] : groupsOf.get(userId);
    if (own === undefined) throw unknownUser(`calls[${index}].user_id`);
    return {
      called,
      caller: caller ?? undefined,
      groups: [...(groups ?? []), ...own],
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

async function evaluateBatch(process: Process, request: Batch, context: EvaluatorContext) {
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

/** The evaluator with its own plans in memory. `settled` resolves when all effects are done. */
export function evaluator(
  dependencies: Dependencies = dependenciesFromEnvironment(),
): ApiHandler & { readonly settled: () => Promise<void> } {
  const tasks = backgroundTasks((error) => dependencies.log.fault(error, '', 'an effect of a call was lost'));
  const process: Process = {
    plans: planCache(planCapacity),
    calls: callCounter(),
    tariffs: newTariffCache(),
    tasks,
    notices: noticeThrottle(),
  };
  const handler = serve(
    dialplanEvaluator,
    {
      [evaluateCall.route]: (request, context) => evaluateOne(process, request, context),
      [evaluateCallBatch.route]: (request, context) => evaluateBatch(process, request, context),
      [evaluateFreeswitchCall.route]: (request, context) => evaluateFreeswitch(process, request, context),
    },
    { ...dependencies, prefetch },
  );
  return Object.assign(handler, { settled: tasks.settled });
}

export const handler = evaluator();
