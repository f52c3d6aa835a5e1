import { sealsFrom, type Seals } from '#secrets/seals.ts';
import { hostOfAddress, normalizeHost } from '#sip/host.ts';
import { credentialsOf } from '#sip/digest/server.ts';
import { Headers } from '#sip/headers.ts';
import { header } from '#sip/header-kinds.ts';
import { Sessions } from '#sip/session/sessions.ts';
import { callDecider } from '../../dialplan/dialplan-evaluator/decider-steps.ts';
import type { HostGuard } from '../outbound/host-guard.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { watchingRights } from '../line-states/watching-rights.ts';
import type { MediaService } from '../media/media-service.ts';
import { realmOf, type Authenticate } from '../registrar/authentication.ts';
import type { MayRegister } from '../registrar/permissions.ts';
import type { Registrar } from '../registrar/registrar.ts';
import type { RequestHandlers } from '../reception.ts';
import type { RequestHandler } from '../request-handler.ts';
import { setTimer, type SipStack } from '../sip-stack.ts';
import type { Task } from '../task.ts';
import type { TransactionFlow } from '../transaction-flow.ts';
import type { Flow } from '../transport/flow.ts';
import { taskAsker, type AskTask } from '#sidecar/client.ts';
import { CallAdmission } from './admission.ts';
import { callCommandHandlers } from './call-commands.ts';
import { Calls } from './calls.ts';
import { cdrSender } from './cdr.ts';
import { callBatches } from './call-batches.ts';
import { DialogGate } from './dialog-gate.ts';
import { Directory } from './directory.ts';
import { CallHandover } from './handover.ts';
import { invitationTo } from './invitation.ts';
import { Routing } from './routing.ts';
import { SilencedSources } from './silenced-sources.ts';
import { contactOf, digestOf, successors, takeoverOf } from './succession.ts';
import type { CallTakeover } from './takeover.ts';
import { Transfers, type TransferDependencies } from './transfers.ts';
import type { CallCarrier } from './call-carrier.ts';
import { Ways } from './ways.ts';

/** Sessions of a task at most: two for each call. */
const maxSessions = 20_000;

/** The dependencies of calls besides the task. */
export type CallServiceDependencies = {
  readonly sessions: Sessions<TransactionFlow>;
  readonly stack: SipStack;
  readonly outbound: Outbound;
  readonly hosts: Pick<HostGuard, 'mustProve'>;
  readonly authenticate: Authenticate;
  readonly mayRegister: MayRegister;
  readonly registrar: Pick<Registrar, 'locate' | 'owned'>;
  readonly mayChallenge: (flow: Flow) => boolean;
  /** Whether a phone is registered on the flow. */
  readonly hasPhone: (flow: Flow) => boolean;
  /** @param id of a call that has changed */
  readonly onChange: (id: string) => void;
  readonly media: MediaService;
};

/** The calls of a task, and the handlers of their requests. */
export type CallService = {
  readonly calls: Calls;
  readonly handlers: RequestHandlers;
  /** Judges who speaks in their dialogs. */
  readonly gate: DialogGate;
  /** Sessions in progress. */
  readonly dialogs: () => number;
  readonly takeover: CallTakeover;
  /** Moves its calls to other tasks. */
  readonly handover: CallHandover;
  /** The commands of the API. @param ask asks another task */
  readonly commands: (ask: AskTask) => ReturnType<typeof callCommandHandlers>;
};

/** The sessions of a task. They must exist before its transactions. @param newTag 64 random bits */
export const newSessions = (random: () => number, newTag: () => string): Sessions<TransactionFlow> =>
  new Sessions({
    setTimer,
    newTag,
    random,
    headers: Headers.none.append(header.userAgent, 'Trunkline'),
    max: maxSessions,
  });

/** Joins admission, routing, sessions and store to the calls of a task. */
export function callService(task: Task, dependencies: CallServiceDependencies): CallService {
  const [{ context, membership, fault, domain }, { sessions, media, registrar, onChange }] = [task, dependencies];
  const directory = new Directory(context);
  const ways = new Ways({ ...dependencies, directory });
  const decider = callDecider({
    store: task.dependencies.store,
    tableOf: context.tableOf,
    nextId: context.nextId,
    clock: context.clock,
    random: context.random,
    recorderOf: context.recorderOf,
    onFailure: fault,
  });
  const routing = new Routing({ directory, decider });
  const seals = sealsFrom(task.dependencies.secrets, task.now);
  const [commit, cdrs] = [callBatches(context), cdrSender(context)];
  const transfers = transfersOf(task, sessions, { calls: () => calls.all(), directory, routing, decider });
  const calls: Calls = new Calls({
    ...{ context, task: membership.id, sessions, decider, commit, cdrs, media, onChange },
    onRefer: transfers.onRefer,
    replaced: (replaces, taker) => transfers.replaced(replaces, taker),
    invite: inviter(task, { ...dependencies, ways }, seals),
  });
  const admission = admissionOf(task, dependencies, { directory, routing, calls, ways });
  const placing = { calls, directory, routing, decider, task: membership.id, domain, canRecord: media.canRecord };
  const gate = new DialogGate({ ...dependencies, locate: registrar.locate, fault });
  return {
    calls,
    handlers: handlersOf(gate, admission.handle),
    gate,
    dialogs: () => sessions.size,
    takeover: takeoverOf(task, dependencies, { directory, ways, decider, commit, cdrs }),
    handover: handoverOf(task, calls),
    commands: (ask) => {
      const { clock } = context;
      const isReady = () => membership.isReady;
      const successorOf = successors(task, dependencies, { directory, ways, seals });
      return callCommandHandlers({
        ...{ ...placing, context, membership, transfers, ask, clock, isReady, sessions, successorOf },
      });
    },
  };
}

const handoverOf = ({ context, membership, dependencies: { secrets }, fault }: Task, calls: Calls): CallHandover =>
  new CallHandover({ context, membership, calls, ask: taskAsker({ secrets, clock: context.clock, fetch }), fault });

/** Transfers of the calls of a task. */
const transfersOf = (
  { context, settings, domain, fault }: Task,
  sessions: Sessions<TransactionFlow>,
  parts: Pick<TransferDependencies, 'calls' | 'directory' | 'routing' | 'decider'>,
): Transfers =>
  new Transfers({
    ...parts,
    rightOf: watchingRights(context),
    sessions,
    hosts: [domain, hostOfAddress(settings.advertised.host)],
    now: context.clock,
    fault,
  });

type Parts = {
  readonly directory: Directory;
  readonly routing: Routing;
  readonly calls: Calls;
  readonly ways: Ways;
};

function admissionOf(
  task: Task,
  dependencies: CallServiceDependencies,
  { directory, routing, calls, ways }: Parts,
): CallAdmission {
  const { context, membership, domain, fault, settings } = task;
  const { registrar } = dependencies;
  const silenced = new SilencedSources(task.now);
  return new CallAdmission({
    ...dependencies,
    context,
    directory,
    routing,
    locate: registrar.locate,
    hasCredentials: (request) =>
      credentialsOf(request, realmOf(request, domain, normalizeHost(settings.advertised.host)), 'proxy') !== undefined,
    silenced,
    isReady: () => membership.isReady,
    fault,
    onAdmitted: (request, transaction, { caller, isByAddress, trunk, route, domain: own = domain }) => {
      const { flow } = transaction.flow;
      const party = { ...caller.leg, organization: caller.organization.org_id };
      const way = trunk === undefined ? ways.toPhone(flow, party) : ways.toPeer(trunk, party, { known: flow });
      const contact = contactOf(task, flow.transport);
      const onUnacknowledged = isByAddress ? () => silenced.note(flow.remote.address) : undefined;
      return calls.begin({ request, transaction, caller, way, contact, domain: own, route, onUnacknowledged });
    },
  });
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

/** Sends the INVITEs of calls. */
function inviter(
  task: Task,
  {
    sessions,
    stack,
    hosts,
    ways,
  }: Pick<CallServiceDependencies, 'sessions' | 'stack' | 'hosts'> & {
    readonly ways: Ways;
  },
  seals: Seals,
): CallCarrier['invite'] {
  return async (target, facts, listener) => {
    const { to, uri } = target;
    const party = { ...target.party, organization: facts.organization };
    const account = to.kind === 'peer' ? to.account : null;
    const digest = account === null ? undefined : await digestOf(account, uri.host, { seals, newTag: stack.newTag });
    const transport = to.kind === 'phone' ? to.flow.transport : to.peer.transport;
    const invitation = invitationTo(target, { ...facts, domain: task.domain, contact: contactOf(task, transport) });
    const way =
      to.kind === 'phone'
        ? ways.toPhone(to.flow, party)
        : ways.toPeer(to.peer, party, { mustProve: (remote) => hosts.mustProve(to.claim, to.peer, remote) });
    return sessions.invite({ ...invitation, ...(digest === undefined ? {} : { digest }) }, way, listener);
  };
}
