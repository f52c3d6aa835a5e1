import { newReadAhead } from '#dynamodb/read-ahead.ts';
import { tableFor } from '#dynamodb/table.ts';
import { certificateSource } from '#outbound/certificate-source.ts';
import { revocationSource } from '#outbound/revocation-source.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { taskAsker } from '#sidecar/client.ts';
import { Headers } from '#sip/headers.ts';
import { header } from '#sip/header-kinds.ts';
import { Sessions, type SessionsParts } from '#sip/session/sessions.ts';
import { callDecider } from '#functions/dialplan/dialplan-evaluator/decider-steps.ts';
import { watchingRights } from '../../rights/watching-rights.ts';
import type { HostGuard } from '../../outbound/host-guard.ts';
import type { Outbound } from '../../outbound/outbound.ts';
import type { Registrar } from '../../registrar/registrar.ts';
import type { RequestHandlers } from '../../stack/reception.ts';
import type { RequestHandler } from '../../stack/request-handler.ts';
import { setTimer, type SipStack } from '../../stack/sip-stack.ts';
import type { Task } from '../../task/task.ts';
import type { TransactionFlow } from '../../stack/transaction-flow.ts';
import { callCommandHandlers } from '../api/commands.ts';
import type { CallContext } from '../running/context.ts';
import { CallAdmission } from '../entry/admission.ts';
import { DialogGate } from '../entry/dialog-gate.ts';
import { callSigning } from '../identity/call-signing.ts';
import { CallerVerification } from '../identity/caller-verification.ts';
import { anchorsSource, signerSource } from '../identity/certificates.ts';
import { revocationReports } from '../identity/revocation-reports.ts';
import { unsignedReports } from '../identity/unsigned-reports.ts';
import { inviteSender, type SignInvite } from '../legs/invitation.ts';
import { RequestSenders } from '../legs/senders.ts';
import { newCallGiver } from '../moving/new-calls.ts';
import { CallOffers } from '../moving/offer.ts';
import { CallTakeover } from '../moving/takeover.ts';
import { callBatches, Departures } from '../records/batches.ts';
import { cdrSender } from '../records/cdrs.ts';
import { blockSource } from '../directory/blocks.ts';
import { Directory } from '../directory/directory.ts';
import { platformHosts, redirector } from '../routing/redirect.ts';
import { Routing } from '../routing/routing.ts';
import { featureRoutes } from '../routing/feature-routes.ts';
import { flowRequests, flowTexts } from '../applications/flow-questions.ts';
import { flowSource } from '../applications/flow-source.ts';
import { HeardMessages } from '../applications/heard-messages.ts';
import { RecordedGreetings } from '../applications/recorded-greetings.ts';
import { phoneMessages } from '../applications/phone-messages.ts';
import { spokenTexts } from '../applications/spoken-texts.ts';
import { recordWarning } from '../records/warning.ts';
import { Calls } from '../running/calls.ts';
import { Parking } from '../transfers/parking.ts';
import { RingingCalls } from '../transfers/ringing-calls.ts';
import { Transfers } from '../transfers/transfers.ts';
import { NewParties } from '../transfers/new-parties.ts';
import { Dialing } from '../transfers/dialing.ts';

/** What the SIP side of a task provides to its calls. */
export type CallSurroundings = Pick<
  CallContext,
  'sessions' | 'authenticate' | 'mayRegister' | 'mayChallenge' | 'hasPhone' | 'give' | 'media' | 'onChange' | 'traces'
> & {
  readonly stack: SipStack;
  readonly outbound: Outbound;
  readonly hosts: Pick<HostGuard, 'mustProve'>;
  readonly registrar: Pick<Registrar, 'locate' | 'owned' | 'knownBindings'>;
};

/** The calls of a task, and the handlers of their requests. */
export type CallService = {
  readonly calls: Calls;
  readonly handlers: RequestHandlers;
  /** Judges who speaks in their dialogs. */
  readonly gate: DialogGate;
  /** Sessions in progress. */
  readonly dialogs: () => number;
  /** Ends the calls of dead tasks. */
  readonly takeover: CallTakeover;
  /** Offers its calls to other tasks. */
  readonly offers: CallOffers;
  /** The commands of the API. */
  readonly commands: ReturnType<typeof callCommandHandlers>;
};

/** Sessions of a task at most: two for each call. */
const maxSessions = 20_000;

/** The sessions of a task. They must exist before its transactions. */
export const newSessions = (parts: Pick<SessionsParts, 'timers' | 'newTag' | 'random'>): Sessions<TransactionFlow> =>
  new Sessions({
    ...parts,
    setTimer,
    headers: Headers.none.append(header.userAgent, 'Trunkline'),
    max: maxSessions,
  });

/** Joins admission, routing, sessions and store to the calls of a task. */
export function callService(task: Task, surroundings: CallSurroundings): CallService {
  const context = contextOf(task, surroundings, (caller) => parking.parkCallOf(caller));
  const calls: Calls = new Calls(context, {
    onRefer: (call, leg, refer) => transfers.onRefer(call, leg, refer),
    onReplaces: (admitted, replaces) => transfers.onReplaces(admitted, replaces),
    dial: (call, wanted) => dialing.dial(call, wanted),
    park: (call, isParked) => (isParked ? parking.takeSlot(call) : parking.leaveSlot(call)),
    goOn: (call, start) => newParties.goOn(call, start),
    onCode: (admitted) => ringing.onCode(admitted) ?? parking.onCode(admitted),
    onDraining: newCallGiver(context),
    onRepeated: ({ request, transaction: { flow } }) =>
      takeover.replace(request, flow.flow).catch((error: unknown) => task.fault(error)),
  });
  const newParties = new NewParties(context);
  const dialing = new Dialing(context, newParties);
  const transfers = new Transfers(context, calls, newParties, {
    pickUpDialog: (...of) => ringing.pickUpDialog(...of),
    park: (...of) => parking.park(...of),
    fetchDialog: (...of) => parking.fetchDialog(...of),
  });
  const ringing = new RingingCalls(context, calls);
  const parking: Parking = new Parking(context, calls, { newParties, ringing });
  const takeover = new CallTakeover(context, calls);
  const gate = new DialogGate(context);
  const admission = new CallAdmission(context, calls);
  return {
    calls,
    handlers: handlersOf(gate, admission.handle),
    gate,
    dialogs: () => context.sessions.size,
    takeover,
    offers: new CallOffers(context, calls),
    commands: callCommandHandlers(context, calls, { newParties, transfers, ringing, parking }),
  };
}

/** What callers do with mailboxes. */
const mailboxesOf = ({ context }: Pick<Task, 'context'>) => ({
  messages: phoneMessages(context),
  heard: new HeardMessages(context),
  greetings: new RecordedGreetings(context),
});

function contextOf(task: Task, surroundings: CallSurroundings, park: Parking['parkCallOf']): CallContext {
  const { context, fault, now } = task;
  const { store, secrets, invoke, random } = task.dependencies;
  const { knownBindings, locate } = surroundings.registrar;
  const directoryOf = (tableOf: typeof context.tableOf) =>
    new Directory({ tableOf, clock: context.clock, knownBindings });
  const directory = directoryOf(context.tableOf);
  const decider = callDecider({ ...context, store, onFailure: fault });
  const senders = new RequestSenders({ ...surroundings, directory, membership: task.membership });
  const seals = sealsFrom(secrets, now);
  const readAhead = newReadAhead(store);
  const tablesAhead = (...subjects: readonly string[]): readonly (typeof context.tableOf)[] =>
    readAhead(subjects).map((ahead) => (organization) => tableFor(ahead, organization));
  const [say, request] = [spokenTexts({ invoke, now, fault }), flowRequests({ invoke, fault })];
  const sendText = flowTexts({ ...context, invoke, fault });
  const flowsOf = (of: Directory) =>
    flowSource({
      ...{ directory: of, clock: context.clock, random: task.dependencies.random, fault },
      ...{ say, request, sendText },
      ...{ ...mailboxesOf(task), invoke },
      warn: (call, event, reason) => void recordWarning(context, call, event, reason).catch(fault),
    });
  const rightOf = watchingRights(context);
  const trust = trustOf(task);
  const applications = flowsOf(directory);
  const shared = { flows: applications, blocks: blockSource(context), random, clock: context.clock };
  const routing = new Routing({ directory, decider, ...shared });
  return {
    ...task,
    ...surroundings,
    locate,
    directory,
    decider: {
      ...decider,
      settle: (organization, legs) => decider.settle(organization, legs, tablesAhead(`end ${organization.org_id}`)[0]),
    },
    routing,
    applications,
    featureRoute: featureRoutes({ context, fault, park, directory, rightOf, flows: applications }),
    redirect: redirector({ directory, routing, platform: platformHosts(task) }),
    lookups: (caller, called) => {
      const [ofCaller = context.tableOf, ofCalled = context.tableOf] = tablesAhead(caller, called);
      return {
        directory: directoryOf(ofCaller),
        routing: new Routing({
          ...{ directory: directoryOf(ofCalled), decider: decider.reading(ofCalled) },
          ...shared,
        }),
      };
    },
    senders,
    seals,
    verification: verificationOf(task, trust),
    invite: inviteSender({
      ...task,
      ...surroundings,
      senders,
      seals,
      directory,
      sign: signingOf(task, { directory, seals }, trust),
    }),
    rightOf,
    commit: callBatches(context),
    departures: new Departures(),
    cdrs: cdrSender(context),
    ask: taskAsker({ secrets, clock: context.clock, fetch }),
  };
}

/** Whom the operator trusts, and whose certificates are revoked. */
function trustOf({ context, dependencies: { outbound }, now, fault }: Task) {
  const anchors = anchorsSource(context);
  const reports = revocationReports(context, { now, fault });
  const lists = async () => (await anchors()).lists;
  return { anchors, reports, revocations: revocationSource({ outbound, lists, report: reports.unavailable, now }) };
}

/** Verifies the callers of trunks by the authorities of the operator. */
function verificationOf(
  { dependencies: { outbound }, now, fault }: Task,
  { anchors, revocations }: ReturnType<typeof trustOf>,
): CallerVerification {
  const authorities = async () => (await anchors()).authorities;
  const { forTrunk } = certificateSource({ outbound, authorities, revocations, now });
  return new CallerVerification({ forTrunk, now, fault });
}

/** Signs calls by the certificates of organizations. */
function signingOf(
  { context, domain, fault, now }: Task,
  { directory, seals }: Pick<CallContext, 'directory' | 'seals'>,
  { revocations, reports }: ReturnType<typeof trustOf>,
): SignInvite {
  const publicUrl = context.environment['PUBLIC_URL'] ?? '';
  const signerOf = signerSource({ ...context, seals, publicUrl, revocations, reportRevoked: reports.revoked });
  return callSigning({ signerOf, directory, report: unsignedReports(context, fault), fault, domain, now });
}

/** The methods of the requests that are passed to calls. */
export const methodsOfCalls = ['INVITE', 'BYE', 'INFO', 'UPDATE', 'PRACK', 'NOTIFY', 'REFER'] as const;

/** Requests within dialogs belong to sessions; of others only INVITE begins a call. */
function handlersOf(gate: DialogGate, invite: RequestHandler): Record<(typeof methodsOfCalls)[number], RequestHandler> {
  const orElse =
    (other: RequestHandler): RequestHandler =>
    (request, transaction) => {
      if (!gate.receive(request, transaction)) other(request, transaction);
    };
  const reject = (status: number): RequestHandler =>
    orElse((_request, transaction) => transaction.respondOnce([{ status }]));
  return {
    INVITE: orElse(invite),
    BYE: reject(481),
    INFO: reject(481),
    UPDATE: reject(481),
    PRACK: reject(481),
    NOTIFY: reject(481),
    // It would begin a call that is charged.
    REFER: reject(403),
  };
}
