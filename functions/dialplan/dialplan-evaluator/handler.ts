import { commit, tryCommit } from '../../../shared/dynamodb/commit.ts';
import { minuteOf } from '../../../shared/dynamodb/rows/due.ts';
import { AppError } from '../../../shared/errors.ts';
import { document, ok } from '../../../shared/http/answers/answer.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { serve, type ApiHandler } from '../../../shared/http/serve.ts';
import { xmlDocument } from '../../../shared/http/answers/xml.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import type { BillingProfile } from '../../billing/billing-profiles/billing-profile.ts';
import { background, type Background } from './background.ts';
import { actionsBehind, lineOf } from './call-log.ts';
import { callNotice, notices } from './call-notice.ts';
import { callCounter, type CallCounter, type Counted } from './call-rate.ts';
import { compiledPlans, type CompiledPlans } from './compiled-plans.ts';
import { dialplanEvaluator, postEvaluate, postEvaluateBatch, postFreeswitch } from './contract.ts';
import { hasSpent, isSpent, paysAhead, priceLists, secondsPaidFor, type Account } from './credit.ts';
import { decide, gatewaysIn, tried, type Call, type Decision } from './decide.ts';
import type { Draft } from './draft.ts';
import { callDocument, notFoundDocument } from './freeswitch.ts';
import { laidOver } from './laid-over.ts';
import { isLimited, limited, unlimited, type LimitedDecision } from './limits.ts';
import { compilePlan, type CompiledPlan } from './plan.ts';
import { presentCalls, presentCdrs, presentDecision, replay, type TimedCall } from './replay.ts';
import { prefetch, evaluatorStore, filed, mailed, onceInMinute, priceStore, sellerOf, windowStore } from './store.ts';
import { questionIn } from './switch-question.ts';

/** What a process keeps between requests. */
type Process = {
  readonly plans: CompiledPlans;
  readonly calls: CallCounter;
  readonly prices: ReturnType<typeof priceLists>;
  readonly effects: Background;
  readonly notices: ReturnType<typeof notices>;
};

type EvaluatorContext = Context<typeof dialplanEvaluator>;
type Evaluation = Request<typeof postEvaluate> | Request<typeof postFreeswitch>;
type Asking = Pick<Evaluation, 'organization' | 'now'>;

/** Bytes of compiled plans that a process keeps. */
const capacity = 256 * 1_024 * 1_024;

const unknownUser = (path: string): AppError =>
  new AppError('UNKNOWN_USER', `${path} is no user of the organization`, {
    details: [{ path, message: 'is no user of the organization' }],
  });

/** The plan as the request found it; no older one decides. */
async function currentPlan(
  { plans }: Process,
  { organization }: Asking,
  { table }: EvaluatorContext,
): Promise<CompiledPlan> {
  const head = await evaluatorStore(table).head();
  return plans.current(
    { organization: organization.org_id, version: head.version, home: organization },
    evaluatorStore(table).plan(head),
  );
}

/** One call to decide, as either endpoint asks it. */
type Question = Call & {
  readonly userId: string | undefined;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Nothing is counted, and nothing comes of it. */
  readonly dryRun: boolean;
};

/** Decides a call with its limits, and begins what comes of it. */
async function answerTo(process: Process, asking: Evaluation, context: EvaluatorContext, question: Question) {
  const { userId, at, dryRun, groups = [], ...call } = question;
  const [plan, ownGroups] = await Promise.all([
    currentPlan(process, asking, context),
    userId === undefined ? [] : evaluatorStore(context.table).groupsOf(userId),
  ]);
  if (ownGroups === undefined) throw unknownUser('user_id');
  const { trace, ...judged } = decide(plan, { ...call, groups: [...groups, ...ownGroups] }, Date.parse(at));
  const decided = tried(judged, await evaluatorStore(context.table).statuses(gatewaysIn([judged])));
  const decision = isLimited(decided)
    ? await withLimits(process, asking, context, { decided, question })
    : unlimited(decided);
  if (!decision.allowed && !dryRun) await tellDenied(process, asking, context, { decision, question });
  const actions = dryRun ? undefined : actionsBehind(plan, question, decision);
  if (actions?.log === true)
    await logCall(process, asking, context, {
      line: lineOf(question, decision, plan.version),
      at: asking.now.toISOString(),
    });
  if (actions?.notify !== undefined) await notify(process, asking, context, { decision, question, to: actions.notify });
  return { decision, trace, plan_version: String(plan.version), evaluated_at: at };
}

type Decided = { readonly decided: Decision; readonly question: Question };

/** Step 7: rate, credit, capacity and spending, in one more round trip. */
async function withLimits(
  process: Process,
  asking: Asking,
  context: EvaluatorContext,
  { decided, question }: Decided,
): Promise<LimitedDecision> {
  const { organization } = asking;
  // A suspended organization's cap counts as 0 (orgs.md).
  if (organization.status === 'suspended')
    return limited(decided, { rate: null, duration: decided.limits.max_duration, full: true, spent: false });
  const [rate, duration, spent] = await Promise.all([
    countedCall(process, asking, context, { decided, question }),
    payableSeconds(process, asking, context, { decided, question }),
    spentToday(asking, context),
  ]);
  return limited(decided, { rate, duration, full: organization.limits.max_concurrent_calls === 0, spent });
}

/** By the charges of the calls that were rated so far. */
async function spentToday({ organization: { limits }, now }: Asking, { table }: EvaluatorContext): Promise<boolean> {
  return (
    limits.daily_spend !== null &&
    hasSpent(limits.daily_spend, await evaluatorStore(table).charged(now.toISOString().slice(0, 10)))
  );
}

async function countedCall(
  { calls }: Process,
  { now }: Asking,
  { table, dependencies }: EvaluatorContext,
  { decided, question }: Decided,
): Promise<Counted | null> {
  const {
    policy,
    limits: { rate_limit: limit },
  } = decided;
  if (policy === null || limit === null) return null;
  const of = { key: `${table.organization}/${policy.id}`, limit, now: now.getTime() };
  return calls[question.dryRun ? 'look' : 'count'](of, windowStore(dependencies.store, table, policy.id));
}

/** What the call may last; 0 where nothing can be paid for. */
async function payableSeconds(
  process: Process,
  asking: Asking,
  context: EvaluatorContext,
  { decided, question }: Decided,
): Promise<number | null> {
  const profile = await evaluatorStore(context.table).profile();
  const { max_duration: most } = decided.limits;
  if (profile === null) return most;
  const account: Account = { profile, balance: await evaluatorStore(context.table).balance() };
  if (isSpent(account)) return 0;
  if (!paysAhead(account)) return most;
  const { organization, now } = asking;
  const terms = {
    country: organization.country,
    customerSince: Date.parse(organization.created_at),
    tariff: await priceListOf(process, asking, context, profile),
  };
  return secondsPaidFor(account, { called: question.called, at: now.toISOString(), terms }, most);
}

async function priceListOf(
  { prices }: Process,
  { organization }: Asking,
  { tableOf }: EvaluatorContext,
  { tariffId }: BillingProfile,
) {
  if (tariffId === null) return null;
  const store = priceStore(tableOf(sellerOf(organization)));
  const tariff = await store.tariff(tariffId);
  return tariff === undefined ? null : prices.take(tariff, () => store.version(tariff));
}

type Ended = { readonly decision: LimitedDecision; readonly question: Question };

/** A denied call records an event; the caller does not wait for it. */
async function tellDenied(
  { effects }: Process,
  { record, organization }: Evaluation,
  { dependencies }: EvaluatorContext,
  { decision, question }: Ended,
): Promise<void> {
  const { reason, policy, emergency } = decision;
  const event = record('call.denied', {
    entity:
      policy === null ? { type: 'org', id: organizationText(organization.org_id) } : { type: 'policy', id: policy.id },
    description: `Call to ${question.called} denied: ${reason}`,
    severity: emergency ? 'warning' : 'info',
    fields: {
      called: question.called,
      caller: question.caller ?? null,
      reason,
      policy_id: policy?.id ?? null,
      emergency,
    },
  });
  await effects.begin(() => commit(dependencies.store, organization.org_id, [event]));
}

/** A line of the organization's log, off the caller's path too. */
async function logCall(
  { effects }: Process,
  { organization }: Asking,
  { dependencies, nextId }: EvaluatorContext,
  { line, at }: { readonly line: ReturnType<typeof lineOf>; readonly at: string },
): Promise<void> {
  const id = nextId('log');
  const written = filed({
    ...line,
    id,
    mark: id,
    entity: { type: 'org', id: organizationText(organization.org_id) },
    at,
  });
  await effects.begin(() => commit(dependencies.store, organization.org_id, [written]));
}

/** One e-mail for each policy and minute, whoever decides its calls; off the caller's path too. */
async function notify(
  { effects, notices: known }: Process,
  { organization, now, record }: Evaluation,
  { dependencies, nextId }: EvaluatorContext,
  { decision, question, to }: Ended & { readonly to: readonly string[] },
): Promise<void> {
  const { policy: decider } = decision;
  if (decider === null) return;
  const [policy, minute] = [`${organization.org_id}/${decider.id}`, minuteOf(now)];
  if (!known.isFirst(policy, minute)) return;
  const email = callNotice({
    id: nextId('eml'),
    to,
    now: now.toISOString(),
    organization,
    call: question,
    decision: { ...decision, policy: decider },
    at: question.at,
  });
  const queued = record('email.queued', {
    entity: { type: 'email', id: email.id },
    description: `E-mail queued: ${email.subject}`,
    fields: { template: email.template, to: email.to, cc: email.cc },
  });
  // What fails here has been told in this minute by another process.
  await effects.begin(() =>
    tryCommit(dependencies.store, organization.org_id, [onceInMinute(policy, minute), mailed(email), queued]).catch(
      (error: unknown) => {
        known.forget(policy);
        throw error;
      },
    ),
  );
}

async function evaluate(process: Process, request: Request<typeof postEvaluate>, context: EvaluatorContext) {
  const { called, caller, user_id: userId, groups, at, explain, dry_run: dryRun } = request.body();
  const { decision, trace, ...rest } = await answerTo(process, request, context, {
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

async function freeswitch(process: Process, request: Request<typeof postFreeswitch>, context: EvaluatorContext) {
  const question = questionIn(request.body());
  if (question === null) return switchDocument(notFoundDocument);
  const { context: switchContext, organization, ...call } = question;
  if (organization !== null && organization !== request.organization.org_id)
    throw new AppError('FORBIDDEN_ORG', `The context ${switchContext} is another organization's`);
  const { decision } = await answerTo(process, request, context, {
    ...call,
    at: request.now.toISOString(),
    dryRun: false,
  });
  return switchDocument(callDocument(decision, { called: call.called, context: switchContext }));
}

type Drafted = { readonly plan: CompiledPlan | null; readonly warnings: readonly string[] };

/** The live plan with a draft laid over it, if there is one. */
async function draftedPlan(
  live: CompiledPlan,
  draft: Draft | null | undefined,
  { organization, now }: Asking,
  { table }: EvaluatorContext,
): Promise<Drafted> {
  if (draft === undefined || draft === null) return { plan: null, warnings: [] };
  const store = evaluatorStore(table);
  const present = await store.presentFor(draft, await store.head(), organization.country);
  const { plan, warnings } = laidOver(live.source, draft, present, now.toISOString());
  return { plan: compilePlan(plan, organization, live), warnings };
}

type Batch = Request<typeof postEvaluateBatch>;

/** The calls of a batch, with the groups of those who call. */
async function callsOf({ body, now }: Batch, { table }: EvaluatorContext): Promise<TimedCall[]> {
  const { calls = [], explain } = body();
  const known = await evaluatorStore(table).groupsOfEach(calls.flatMap(({ user_id: userId }) => userId ?? []));
  return calls.map(({ called, caller, user_id: userId, groups, at }, index) => {
    const own = userId === undefined || userId === null ? [] : known.get(userId);
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

/** The calls of CDRs, at their own times; who has gone since has no groups. */
async function storedCalls(
  { organization }: Batch,
  { table }: EvaluatorContext,
  period: { readonly start: string; readonly end: string; readonly limit: number },
) {
  const store = evaluatorStore(table);
  const cdrs = await store.outboundCdrs({ ...period, shards: organization.charge_shards });
  const known = await store.groupsOfEach(cdrs.flatMap(({ user_id: userId }) => userId ?? []));
  return cdrs.map((cdr) => ({
    shown: { called: cdr.callee, caller: cdr.caller, at: cdr.start_time, cdr_id: cdr.id },
    call: {
      called: cdr.callee,
      caller: cdr.caller,
      groups: known.get(cdr.user_id ?? '') ?? [],
      at: Date.parse(cdr.start_time),
    },
  }));
}

async function evaluateBatch(process: Process, request: Batch, context: EvaluatorContext) {
  const { cdrs, draft } = request.body();
  const [live, stored, calls] = await Promise.all([
    currentPlan(process, request, context),
    cdrs === undefined ? null : storedCalls(request, context, cdrs),
    callsOf(request, context),
  ]);
  const drafted = await draftedPlan(live, draft, request, context);
  // A draft brings no gateways of its own.
  const statuses = await evaluatorStore(context.table).statuses(live.source.gateways.map(({ id }) => id));
  const replayed = replay(stored?.map(({ call }) => call) ?? calls, { live, draft: drafted.plan }, statuses);
  const answer =
    stored === null
      ? presentCalls(replayed)
      : presentCdrs(
          replayed,
          stored.map(({ shown }) => shown),
        );
  return ok({ ...answer, plan_version: String(live.version) }, { warnings: drafted.warnings });
}

/**
 * The evaluator with plans of its own in memory; they are brought up to date by what the round trip of the session
 * tells.
 */
export function evaluator(
  dependencies: Dependencies = dependenciesFromEnvironment(),
): ApiHandler & { readonly settled: () => Promise<void> } {
  const effects = background((error) => dependencies.log.fault(error, '', 'an effect of a call was lost'));
  const process: Process = {
    plans: compiledPlans(capacity),
    calls: callCounter(),
    prices: priceLists(),
    effects,
    notices: notices(),
  };
  const handler = serve(
    dialplanEvaluator,
    {
      [postEvaluate.route]: (request, context) => evaluate(process, request, context),
      [postEvaluateBatch.route]: (request, context) => evaluateBatch(process, request, context),
      [postFreeswitch.route]: (request, context) => freeswitch(process, request, context),
    },
    { ...dependencies, prefetch },
  );
  return Object.assign(handler, { settled: effects.settled });
}

export const handler = evaluator();
