import { commit, tryCommit } from '#dynamodb/commit.ts';
import type { Store } from '#dynamodb/client.ts';
import { minuteOf } from '#dynamodb/rows/due.ts';
import type { Recorder } from '#runtime/event-record.ts';
import { helpDialed } from '#telephony/help-dialed.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import { queuedDetails } from '#schema/email.ts';
import { organizationText } from '#schema/values.ts';
import type { Evaluator, Reservation } from '../../billing/reservations/reservation.ts';
import { backgroundTasks } from './process-steps.ts';
import { beginEffects, type EffectSink } from './call-effects.ts';
import { limitCall, withoutLimits, type LimitedDecision, type LimitSources } from './call-limits.ts';
import { callNotice, noticeThrottle } from './call-effects.ts';
import { callCounter } from '../plan/call-rate.ts';
import { isFree, isSpendLimitReached, newTariffCache, payableSeconds, type Account } from './credit.ts';
import {
  applyGatewayStatuses,
  decide,
  decideLastResort,
  gatewayIdsIn,
  lastResort,
  type Call,
  type Decision,
} from '../plan/decide.ts';
import { notReserved } from './offered-reservation.ts';
import type { CompiledPlan } from '../plan/plan.ts';
import { planCache } from '../plan/plan-cache.ts';
import {
  currentPlan,
  formatCache,
  sellerCache,
  unknownUser,
  type OrganizationRequest,
  type Process,
} from './process-steps.ts';
import { reserveOffer, sourceOf } from './reservation-steps.ts';
import { deniedBySeller } from './credit.ts';
import { isEmergencyOnly, sentBy } from './sent-number.ts';
import { decisionStore, emailWrite, logWrite, noticeGuardWrite, windowStore, type DecisionTable } from './store.ts';

/** Bytes of compiled plans that a process keeps. */
const planCapacity = 256 * 1_024 * 1_024;

/** A process without plans. @param onFailure receives the errors of effects, which change no decision */
export function newProcess(onFailure: (error: unknown) => void, clock: () => Date): Process {
  const tariffs = newTariffCache();
  return {
    plans: planCache(planCapacity),
    calls: callCounter(),
    tariffs,
    formats: formatCache(clock),
    sellers: sellerCache(clock, tariffs),
    tasks: backgroundTasks(onFailure),
    notices: noticeThrottle(),
  };
}

/** For whom calls are decided. */
export type Deciding = OrganizationRequest & {
  readonly record: Recorder;
  /** Who evaluates, and so owns the reservations. */
  readonly by: Evaluator;
  /** Whether its calls reserve what they may cost. */
  readonly reserves: boolean;
  /** Whether the call is one of the calls in progress: it is transferred, and counts already. Default: no. */
  readonly isInProgress?: boolean | undefined;
};

/** The dependencies of decisions. */
export type DecisionContext = {
  /** Rows of the organization. */
  readonly table: DecisionTable;
  readonly tableOf: (organization: number) => DecisionTable;
  readonly store: Store;
  readonly nextId: (prefix: string) => string;
  /** Gets the reservations that are made, and the accounts that they were decided by. */
  readonly onReserved?: (reservation: Reservation, account: Account) => void;
};

/** A call to decide, as either endpoint receives it. */
export type EvaluatedCall = Call & {
  readonly userId: string | undefined;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Counts nothing and has no effects. */
  readonly dryRun: boolean;
  /** As in the CDR of the call, if the switch names it. */
  readonly callId: string | undefined;
  /** Whether it is an emergency call that its own decision has left without a way. Default: no. */
  readonly isLastResort?: boolean | undefined;
};

/** The emergency number that a permitted call to another number sends to one of its gateways. */
function helpSent({ emergencyNumbers }: CompiledPlan, decision: Decision, called: string): string | undefined {
  const sent = decision.allowed && !decision.emergency ? sentBy(decision, called) : undefined;
  return sent?.to === 'gateways' ? sent.numbers.find(({ text }) => emergencyNumbers.has(text))?.text : undefined;
}

/**
 * Decides what a caller dials. An emergency number in another spelling is that number. A call that sends one to its
 * gateways, such as 911 of 9911, is an emergency call, and goes as it is decided.
 * @returns with the number that it calls
 */
function decideDialed(plan: CompiledPlan, { called: dialed, ...call }: Call, decided: Deciders) {
  const { organization, at, isLastResort } = decided;
  const asked = helpDialed(dialed, numberOriginOf(organization)) ?? dialed;
  const decision = decide(plan, { ...call, called: asked }, at);
  const help = helpSent(plan, decision, asked);
  const called = help ?? asked;
  if (isLastResort) return { ...decideLastResort(plan, { called }), called };
  return { ...decision, called, emergency: decision.emergency || help !== undefined };
}

type Deciders = Pick<Deciding, 'organization'> & {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly isLastResort: boolean;
};

/** Decides a call with its limits. Its effects are done when this resolves. */
export async function evaluate(process: Process, request: Deciding, context: DecisionContext, asked: EvaluatedCall) {
  const { userId, at, dryRun, groups = [], isLastResort = false, ...dialed } = asked;
  const { organization } = request;
  const store = decisionStore(context.table);
  const [plan, ownGroups] = await Promise.all([
    currentPlan(process, request, context),
    userId === undefined ? [] : store.groupsOf(userId),
  ]);
  if (ownGroups === undefined) throw unknownUser('user_id');
  const { trace, called, ...decided } = decideDialed(
    plan,
    { ...dialed, groups: [...groups, ...ownGroups] },
    { organization, at: Date.parse(at), isLastResort },
  );
  const evaluated: EvaluatedCall = { ...asked, called };
  const routed = applyGatewayStatuses(decided, await store.statuses(gatewayIdsIn([decided])));
  const sources = limitSources(process, request, context, evaluated);
  const limited = await limitCall(routed, organization, sources);
  const decision = await limitEmergency(limited, { plan, routed, store }, evaluated);
  if (!dryRun) {
    const result = { plan, call: evaluated, decision, organization: organization.org_id };
    await beginEffects(result, effectSink(process, request, context, evaluated));
    // One round trip for calls that have effects. A function that has answered is frozen.
    await process.tasks.settled();
  }
  return { decision, trace, plan_version: String(plan.version), evaluated_at: at };
}

/**
 * A limit denies no emergency call: one that would have sent another number than the dialed one, and is denied that,
 * goes over all gateways with the dialed one.
 */
async function limitEmergency(
  limited: LimitedDecision,
  { plan, routed, store }: Routed,
  { called }: Call,
): Promise<LimitedDecision> {
  const isDenied = routed.emergency && routed.allowed && !limited.allowed;
  const last = isDenied ? lastResort(plan, called, routed.routes) : null;
  if (last === null) return limited;
  return withoutLimits(applyGatewayStatuses(last, await store.statuses(gatewayIdsIn([last]))));
}

type Routed = {
  readonly plan: CompiledPlan;
  /** The decision before its limits. */
  readonly routed: Decision;
  readonly store: ReturnType<typeof decisionStore>;
};

/** The calls in progress that the decided one is itself. */
const ownCalls = ({ isInProgress = false }: Deciding): number => (isInProgress ? 1 : 0);

function limitSources(
  process: Process,
  request: Deciding,
  context: DecisionContext,
  { called, callId, dryRun }: EvaluatedCall,
): LimitSources {
  const { organization, now } = request;
  const { table } = context;
  const { calls } = process;
  const stored = decisionStore(table);
  const { by } = request;
  const account = sourceOf({ callId, by }, process, request, context);
  const at = now.toISOString();
  return {
    rate: async ({ policy, limits: { rate_limit: limit } }) => {
      if (policy === null || limit === null) return null;
      const call = { key: `${table.organization}/${policy.id}`, limit, now: now.getTime() };
      const window = windowStore(context.store, table, policy.id);
      return dryRun ? calls.peek(call, window) : calls.count(call, window);
    },
    isEmergencyOnly: (decision) =>
      decision.emergency && isEmergencyOnly(sentBy(decision, called), called, organization.country),
    payable: (decision) =>
      payableSeconds({ sent: sentBy(decision, called), at, max: decision.limits.max_duration }, account),
    seller: (decision) => deniedBySeller({ sent: sentBy(decision, called), at }, account),
    isFree: (decision) => isFree({ sent: sentBy(decision, called), at }, account),
    reserve: async (offer) => {
      const isLive = !dryRun && request.reserves;
      if (!isLive) return notReserved(offer);
      const id = callId ?? context.nextId('call');
      const { store, onReserved } = context;
      return reserveOffer(offer, id, { store, organization: organization.org_id, account, by, onReserved });
    },
    isFull: async () =>
      (await stored.callsInProgress()) - ownCalls(request) >= organization.limits.max_concurrent_calls,
    isSpent: async () => {
      const limit = organization.limits.daily_spend;
      return limit !== null && isSpendLimitReached(limit, await stored.charges(at.slice(0, 10)));
    },
  };
}

/** Effects become transactions of their own, at the same time. One that fails does not change the decision. */
function effectSink(
  { tasks, notices }: Process,
  { organization, now, record }: Deciding,
  { store, nextId }: DecisionContext,
  evaluated: EvaluatedCall,
): EffectSink {
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
