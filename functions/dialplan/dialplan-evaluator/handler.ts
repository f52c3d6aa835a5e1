import { commit, tryCommit } from '../../../shared/dynamodb/commit.ts';
import { minuteOf } from '../../../shared/dynamodb/rows/due.ts';
import { AppError, missingField } from '../../../shared/errors.ts';
import { commits, document, ok } from '../../../shared/http/answers/answer.ts';
import type { Request } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { serve, type ApiHandler } from '../../../shared/http/serve.ts';
import { xmlDocument } from '../../../shared/http/answers/xml.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import { queuedDetails } from '../../../shared/schema/email.ts';
import { backgroundTasks } from './background-tasks.ts';
import { evaluateBatch } from './batch-session.ts';
import { beginEffects, type EffectSink } from './call-effects.ts';
import { limitCall, type LimitSources } from './call-limits.ts';
import { callNotice, noticeThrottle } from './call-notice.ts';
import { callCounter } from './call-rate.ts';
import { dialplanEvaluator, evaluateCall, evaluateCallBatch, evaluateFreeswitchCall } from './contract.ts';
import { isSpendLimitReached, newTariffCache, payableSeconds } from './credit.ts';
import { applyGatewayStatuses, decide, gatewayIdsIn, type Call } from './decide.ts';
import { callDocument, notFoundDocument } from './freeswitch.ts';
import type { CompiledPlan } from './plan.ts';
import { planCache } from './plan-cache.ts';
import { notReserved, reserved } from './offered-reservation.ts';
import { currentPlan, unknownUser, type Evaluation, type EvaluatorContext, type Process } from './process-session.ts';
import { presentDecision } from './replay.ts';
import { endCall, extendCall, reserveOffer, sourceOf } from './reservation-session.ts';
import { sentNumber } from './sent-number.ts';
import { emailWrite, evaluatorStore, logWrite, noticeGuardWrite, prefetch, windowStore } from './store.ts';
import { parseSwitchRequest } from './switch-request.ts';

/** Bytes of compiled plans that a process keeps. */
const planCapacity = 256 * 1_024 * 1_024;

/** A call to decide, as either endpoint receives it. */
type EvaluatedCall = Call & {
  readonly userId: string | undefined;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Counts nothing and has no effects. */
  readonly dryRun: boolean;
  /** As in the CDR of the call, if the switch names it. */
  readonly callId: string | undefined;
};

/** Decides a call with its limits. Its effects are done when this resolves. */
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
    // One round trip for calls that have effects. A function that has answered is frozen.
    await process.tasks.settled();
  }
  return { decision, trace, plan_version: String(plan.version), evaluated_at: at };
}

/** Whether calls of the caller reserve: users that are limited to their own calls must not hold all of the money. */
const mayReserve = ({ caller }: Pick<Evaluation, 'caller'>): boolean => !caller.ownOnly.has('dialplan:read');

function limitSources(
  process: Process,
  request: Evaluation,
  context: EvaluatorContext,
  { plan, evaluated }: { readonly plan: CompiledPlan; readonly evaluated: EvaluatedCall },
): LimitSources {
  const { organization, now } = request;
  const { table, dependencies } = context;
  const { called, callId, dryRun } = evaluated;
  const { calls } = process;
  const store = evaluatorStore(table);
  const accountFor = (gateway: string | null) => sourceOf({ callId, gateway }, process, request, context);
  return {
    rate: async ({ policy, limits: { rate_limit: limit } }) => {
      if (policy === null || limit === null) return null;
      const call = { key: `${table.organization}/${policy.id}`, limit, now: now.getTime() };
      const window = windowStore(dependencies.store, table, policy.id);
      return dryRun ? calls.peek(call, window) : calls.count(call, window);
    },
    duration: (decision) => {
      const sent = sentNumber(decision, called, plan.gateways);
      const account = accountFor(decision.routes[0]?.gateway ?? null);
      return payableSeconds({ called, sent, at: now.toISOString() }, decision.limits.max_duration, account);
    },
    reserve: async (offer) => {
      const isLive = !dryRun && mayReserve(request);
      if (!isLive) return notReserved(offer);
      const id = callId ?? context.nextId('call');
      const account = accountFor(null);
      return reserveOffer(offer, id, { store: dependencies.store, organization: organization.org_id, account });
    },
    isSpent: async () => {
      const limit = organization.limits.daily_spend;
      return limit !== null && isSpendLimitReached(limit, await store.charges(now.toISOString().slice(0, 10)));
    },
  };
}

/** Effects become transactions of their own, at the same time. One that fails does not change the decision. */
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
      const queued = record('email.queued', queuedDetails(email));
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
  const { called, caller, user_id: userId, groups, at, call_id: callId, explain, dry_run: dryRun } = request.body();
  if (called === undefined) throw missingField('called');
  const { decision, trace, ...rest } = await evaluate(process, request, context, {
    called,
    caller: caller ?? undefined,
    groups: groups ?? [],
    userId: userId ?? undefined,
    at: at ?? request.now.toISOString(),
    callId: callId ?? undefined,
    dryRun: dryRun ?? false,
    explain: explain ?? false,
  });
  return ok({ decision: presentDecision(decision), ...rest, ...(trace === undefined ? {} : { trace: [...trace] }) });
}

/** Decides a call, or raises or ends its reservation. */
async function answerSwitch(process: Process, request: Request<typeof evaluateCall>, context: EvaluatorContext) {
  const { renew, release } = request.body();
  const callId = renew ?? release ?? undefined;
  if (callId === undefined) return evaluateOne(process, request, context);
  const account = sourceOf(
    { callId: mayReserve(request) ? callId : undefined, gateway: null },
    process,
    request,
    context,
  );
  if (renew === undefined || renew === null) {
    const { released, writes } = await endCall(account);
    return commits(writes, ok({ released }));
  }
  const { reservation, writes } = await extendCall(account, request.organization.org_id, request.now);
  const { duration, reservation: shown } = reserved(reservation);
  return commits(writes, ok({ max_duration: duration, reservation: shown }));
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
      [evaluateCall.route]: (request, context) => answerSwitch(process, request, context),
      [evaluateCallBatch.route]: (request, context) => evaluateBatch(process, request, context),
      [evaluateFreeswitchCall.route]: (request, context) => evaluateFreeswitch(process, request, context),
    },
    { ...dependencies, prefetch },
  );
  return Object.assign(handler, { settled: tasks.settled });
}

export const handler = evaluator();
