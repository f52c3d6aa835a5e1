import { AppError, missingField } from '#errors.ts';
import { commits, document, ok } from '#http/answers/answer.ts';
import type { Request } from '#http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { serve, type ApiHandler } from '#http/serve.ts';
import { xmlDocument } from '#http/answers/xml.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import type { Evaluator } from '../../billing/reservations/reservation.ts';
import { evaluateBatch } from './batch-steps.ts';
import { dialplanEvaluator, evaluateCall, evaluateCallBatch, evaluateFreeswitchCall } from './contract.ts';
import { evaluate, newProcess, type Deciding, type DecisionContext } from './decision-steps.ts';
import { notFoundDocument } from '../plan/freeswitch.ts';
import { callDocument } from './freeswitch-call.ts';
import { reserved } from './offered-reservation.ts';
import type { Evaluation, EvaluatorContext, Process } from './process-steps.ts';
import { presentDecision } from './replay.ts';
import { endCall, extendCall, sourceOf } from './reservation-steps.ts';
import { prefetch } from './store.ts';
import { assertWholeNumber, parseSwitchRequest } from './switch-request.ts';

/** Users that are limited to their own calls must not hold all of the money. */
const mayReserve = ({ caller }: Pick<Evaluation, 'caller'>): boolean => !caller.ownOnly.has('dialplan:read');

/** An access key stands for itself: those of one account may be in different hands. A session is its account. */
const evaluatorOf = ({ caller: { id, credential, scopes, ownOnly } }: Pick<Evaluation, 'caller'>): Evaluator => ({
  owner: credential.kind === 'session' ? id : credential.id,
  changesOthers: scopes.has('dialplan:write') && !ownOnly.has('dialplan:write'),
});

const decidingOf = (request: Evaluation): Deciding => ({
  organization: request.organization,
  now: request.now,
  record: request.record,
  by: evaluatorOf(request),
  reserves: mayReserve(request),
});

const contextOf = ({ table, tableOf, dependencies, nextId }: EvaluatorContext): DecisionContext => ({
  table,
  tableOf,
  store: dependencies.store,
  nextId,
});

async function evaluateOne(process: Process, request: Request<typeof evaluateCall>, context: EvaluatorContext) {
  const {
    called,
    caller,
    user_id: userId,
    groups,
    at,
    call_id: callId,
    explain,
    dry_run: dryRun,
    verstat,
    attestation,
  } = request.body();
  if (called === undefined) throw missingField('called');
  assertWholeNumber(called, numberOriginOf(request.organization), 'called');
  const { decision, trace, ...rest } = await evaluate(process, decidingOf(request), contextOf(context), {
    called,
    caller: caller ?? undefined,
    groups: groups ?? [],
    verstat: verstat ?? undefined,
    attestation: attestation ?? undefined,
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
    { callId: mayReserve(request) ? callId : undefined, by: evaluatorOf(request) },
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
  const { decision } = await evaluate(process, decidingOf(request), contextOf(context), {
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
  const process = newProcess(
    (error) => dependencies.log.fault(error, '', 'an effect of a call was lost'),
    dependencies.clock,
  );
  const handler = serve(
    dialplanEvaluator,
    {
      [evaluateCall.route]: (request, context) => answerSwitch(process, request, context),
      [evaluateCallBatch.route]: (request, context) => evaluateBatch(process, request, context),
      [evaluateFreeswitchCall.route]: (request, context) => evaluateFreeswitch(process, request, context),
    },
    { ...dependencies, prefetch },
  );
  return Object.assign(handler, { settled: process.tasks.settled });
}

export const handler = evaluator();
