import { hour, second } from '#schema/time.ts';
import { relayLeaseRow } from '#dynamodb/rows/lease.ts';
import { readOwners } from '../../telephony/rows/trunk-ip.ts';
import { normalizeHost } from '#sip/host.ts';
import { serialize } from '#sip/message.ts';
import { packetPoster } from '#sidecar/packets.ts';
import { taskPoster } from '#sidecar/post.ts';
import type { SidecarContext } from '../leases/membership.ts';
import { Relay } from '../relay/relay.ts';
import {
  callService,
  methodsOfCalls,
  newSessions,
  type CallService,
  type CallSurroundings,
} from '../calls/service/service.ts';
import { lineService, type LineService } from '../line-states/line-service.ts';
import { mailboxEvents } from '../message-waiting/message-waiting.ts';
import { systemResolver } from '../outbound/dns.ts';
import { HostGuard } from '../outbound/host-guard.ts';
import { Outbound } from '../outbound/outbound.ts';
import { authenticator, storedAccounts, type Authenticate } from '../registrar/authentication.ts';
import type { RequestHandler } from '../stack/request-handler.ts';
import { Orphans } from '../registrar/orphans.ts';
import { OrganizationNetworks } from '../registrar/organization-networks.ts';
import { registrationPermissions, type MayRegister } from '../registrar/permissions.ts';
import { openMedia, type MediaService } from '../media/media-service.ts';
import { Registrar } from '../registrar/registrar.ts';
import type { Settings } from '../task/settings.ts';
import { newTag, sipStack, type SipStack, type StackDependencies } from '../stack/sip-stack.ts';
import { Subscriptions } from '../subscriptions/subscriptions.ts';
import type { Task } from '../task/task.ts';
import { SipTraces } from '../traces/sip-traces.ts';
import { listenerAuthenticator } from '../event-listeners/authentication.ts';
import { EventFeed } from '../event-listeners/event-feed.ts';
import { Listeners } from '../event-listeners/listeners.ts';
import { GuessLimits } from '../registrar/guess-limits.ts';
import { runPeriodically } from '#concurrency/periodic.ts';
import { Admission } from '../transport/admission.ts';
import { ClientCertificate, readCertificate, type TlsIdentity } from '../transport/client-certificate.ts';
import { EarlyArrivals } from '../transport/early-arrivals.ts';
import type { Flow } from '../transport/flow.ts';
import { SourceLimits } from '../transport/source-limits.ts';
import { openTransports, type Transports, type TransportSettings } from '../transport/transports.ts';

/** Interval at which the counts of organizations' networks are stored, in milliseconds. */
const networkCounts = 30 * second;

/** The SIP side of a task: its sockets, transactions and registrar. */
export type SipEndpoint = {
  readonly transports: Transports;
  readonly stack: SipStack;
  readonly admission: Admission;
  readonly registrar: Registrar;
  readonly subscriptions: Subscriptions;
  readonly orphans: Orphans;
  /** Requests to peers. */
  readonly outbound: Outbound;
  /** Which hosts several organizations use. */
  readonly hosts: HostGuard;
  readonly calls: CallService;
  /** The lines that phones watch. */
  readonly lines: LineService;
  /** Messages from and to other tasks. */
  readonly relay: Relay;
  /** The SIP messages of calls that are traced. */
  readonly traces: SipTraces;
  /** Calls a listener with the id of each call that changes. */
  readonly onCallChange: (listener: CallListener) => void;
  /** Answers what has arrived so far, and everything from then on. */
  readonly begin: () => void;
};

type CallListener = CallSurroundings['onChange'];

/** What is opened last, because it sends through the stack, which needs it. */
type Opened = { transports?: Transports; calls?: CallService };

type EndpointParts = Pick<SipEndpoint, 'registrar' | 'subscriptions' | 'orphans'> & {
  readonly sources: SourceLimits;
  readonly mayRegister: MayRegister;
  readonly opened: Opened;
  readonly relay: Relay;
  readonly traces: SipTraces;
  readonly feed: EventFeed;
};

/** Opens the SIP ports. Requests wait until the task begins. @throws Error if a port is in use */
export async function openSipEndpoint(task: Task): Promise<SipEndpoint> {
  const { settings, context, running, now, timers } = task;
  const identification = newIdentification(task);
  const { sources } = identification;
  const opened: Opened = {};
  const registrar = newRegistrar(task, identification);
  const feed = new EventFeed(context);
  const { lines, subscriptions } = newNotifiers(task, {
    ...identification,
    ...{ locate: registrar.locate, opened, feed },
    stack: () => stack,
  });
  const orphans = newOrphans(task, registrar, opened);
  const sessions = newSessions({ timers, newTag, random: context.random });
  const relay = newRelay(task, sessions, { registrar, orphans, opened, stack: () => stack });
  const traces = new SipTraces({ now, host: settings.advertised.host });
  const parts = { registrar, subscriptions, orphans, ...identification, opened, relay, traces, feed };
  const stack: SipStack = newStack(task, sessions, parts);
  const { transports, admission, begin } = await openAdmittedTransports(task, stack, parts);
  opened.transports = transports;
  const outbound = new Outbound({
    stack,
    transports,
    resolver: systemResolver(now),
    random: context.random,
    allowPrivateHosts: settings.allowPrivateHosts,
    now,
  });
  const mayChallenge = (flow: Flow): boolean => sources.admitsChallenge(flow);
  const hosts = new HostGuard(context, task.fault);
  const hasPhone = (flow: Flow): boolean => registrar.owned.hasFlow(flow) || orphans.hasFlow(flow);
  const give: CallSurroundings['give'] = (to, request, flow) => relay.give(to, serialize(request), flow);
  const network = { give, sessions, stack, outbound, hosts, registrar, mayChallenge, hasPhone, traces };
  const media = await openTaskMedia(task, opened);
  const listeners: CallListener[] = [lines.noteCall];
  const onChange: CallListener = (id) => {
    for (const listener of listeners) listener(id);
  };
  opened.calls = callService(task, { ...identification, ...network, media, onChange });
  running.defer(() => transports.close());
  running.defer(() => stack.close());
  const { calls } = opened;
  return {
    transports,
    stack,
    admission,
    registrar,
    subscriptions,
    orphans,
    outbound,
    hosts,
    calls,
    lines,
    relay,
    traces,
    onCallChange: (listener) => void listeners.push(listener),
    begin,
  };
}

const newOrphans = ({ context, membership }: Task, registrar: Registrar, opened: Opened): Orphans =>
  new Orphans({
    context,
    membership,
    registrar,
    socket: () => opened.transports?.bound.udp,
    isFinished: async (task) => (await opened.calls?.takeover.isFinished(task)) ?? false,
  });

/** @param stack exists when the first message arrives */
function newRelay(
  { dependencies: { secrets }, context, membership, now, fault }: Task,
  sessions: CallSurroundings['sessions'],
  {
    registrar,
    orphans,
    opened,
    stack,
  }: Pick<EndpointParts, 'registrar' | 'orphans' | 'opened'> & { readonly stack: () => SipStack },
): Relay {
  return new Relay({
    membership,
    pass: packetPoster({ secrets, clock: context.clock, fetch }),
    send: (bytes, flow) => opened.transports?.send(bytes, flow) ?? false,
    owns: (flow) => registrar.owned.hasFlow(flow) || orphans.hasHeard(flow),
    keep: (flow) => opened.transports?.keep(flow) ?? false,
    receive: (bytes, flow) => stack().receive({ kind: 'message', bytes }, flow),
    isOurs: (message) => sessions.has(message) || stack().isOurs(message),
    adoptInvite: async (cancel, flow, silent) =>
      opened.calls?.takeover.cancel(cancel, flow, silent).catch((error: unknown) => fault(error)),
    movedTo: (callId) => opened.calls?.offers.movedTo(callId),
    now,
  });
}

/** The media of the calls, whose relays are checked each second. A call whose relay is lost ends. */
async function openTaskMedia(
  { settings, running, fault, dependencies: { secrets }, context, now }: Task,
  opened: Opened,
): Promise<MediaService> {
  const media = await openMedia(settings.mediaRelays, {
    fault,
    allowsPrivate: settings.allowPrivateHosts,
    onLost: (relay, diedAt) => opened.calls?.calls.endAtRelay(relay, diedAt),
    recordingFolder: settings.mediaRecording,
    post: taskPoster({ secrets, clock: context.clock, fetch }),
    readLeases: async () => (await context.tableOf(0).query(relayLeaseRow, {})).items,
    now,
  });
  running.defer(() => media.close());
  running.defer(runPeriodically(second, () => media.refresh(), fault));
  return media;
}

function newSources({ context, now, fault }: Task): SourceLimits {
  const sources: SourceLimits = new SourceLimits(
    now,
    (address) => void isTrustedTrunk(context, address).then((yes) => (yes ? sources.trust(address) : undefined), fault),
  );
  return sources;
}

function newStack(
  { settings, membership, fault, now, timers }: Task,
  sessions: StackDependencies['sessions'],
  { registrar, subscriptions, orphans, sources, opened, relay, traces }: EndpointParts,
): SipStack {
  return sipStack({
    timers,
    sessions,
    gate: {
      onAck: (ack, flow) => opened.calls?.gate.onAck(ack, flow),
      isOfSource: (invite, flow) => opened.calls?.gate.isOfSource(invite, flow) ?? false,
    },
    task: membership.id,
    advertised: settings.advertised,
    fault,
    now,
    send: (bytes, flow, failed) => {
      traces.sent(bytes, flow);
      relay.send(bytes, flow, failed);
    },
    passOn: (message, bytes, flow) => {
      if (relay.passOn(message, bytes, flow)) return true;
      traces.received(message, bytes, flow);
      return false;
    },
    handlers: requestHandlers(registrar, subscriptions, (request, transaction) =>
      opened.calls?.handlers[request.method]?.(request, transaction),
    ),
    mayChallenge: (flow) => sources.admitsChallenge(flow),
    onArrival: (flow) => orphans.onArrival(flow),
    onRequestSent: (flow) => sources.expectAnswers(flow),
    onAnswered: (flow) => sources.recordSuccess(flow),
  });
}

async function openAdmittedTransports(
  task: Task,
  stack: SipStack,
  { registrar, orphans, sources, mayRegister, feed }: EndpointParts,
): Promise<Pick<SipEndpoint, 'transports' | 'admission' | 'begin'>> {
  const { settings, now } = task;
  const isRegistered = (flow: Flow): boolean => registrar.owned.hasFlow(flow) || orphans.hasFlow(flow);
  const admission = new Admission({ sources, isRegistered, isAwaited: (packet) => stack.isAwaited(packet) });
  const arrivals = new EarlyArrivals((arrival, flow) => stack.receive(arrival, flow));
  const transports = await openTransports(transportSettings(settings, openListeners(task, { mayRegister, feed })), {
    onArrival: (arrival, flow) => arrivals.take(arrival, flow),
    onClosed: () => undefined,
    isRegistered,
    admission,
    clientCertificate: await openClientCertificate(task),
    now,
  });
  return { transports, admission, begin: () => arrivals.begin() };
}

/** The certificate that outgoing connections present, which is read hourly. Without it, they go on as before. */
async function openClientCertificate({
  settings: { clientCertificate: source },
  dependencies: { readSecret },
  running,
  fault,
}: Task): Promise<() => TlsIdentity | undefined> {
  if (source === undefined) return () => undefined;
  const certificate = new ClientCertificate(() => readCertificate(source, readSecret));
  await certificate.refresh().catch(fault);
  running.defer(runPeriodically(hour, () => certificate.refresh(), fault));
  return () => certificate.current;
}

/** The handlers of the methods that the task serves. @param call handles the requests of calls */
const requestHandlers =
  (registrar: Registrar, subscriptions: Subscriptions, call: RequestHandler): StackDependencies['handlers'] =>
  (authenticated) => ({
    ...Object.fromEntries(methodsOfCalls.map((method) => [method, call])),
    REGISTER: authenticated((request, { flow }) => registrar.register(request, flow.flow)),
    SUBSCRIBE: authenticated((request, transaction) => subscriptions.subscribe(request, transaction)),
  });

/** One for all methods: a nonce of one is valid for the others. */
const newAuthenticate = ({ settings, context, domain }: Task): Authenticate =>
  authenticator({
    readAccounts: storedAccounts(context),
    clock: context.clock,
    platformDomain: domain,
    ownHost: normalizeHost(settings.advertised.host),
  });

/** Who sends a request, and whether it may. */
type Identification = {
  readonly authenticate: Authenticate;
  readonly mayRegister: MayRegister;
  readonly sources: SourceLimits;
};

/** One for all methods, whose requests from the networks of organizations are counted. */
function newIdentification(task: Task): Identification {
  const { context, running, fault } = task;
  const networks = new OrganizationNetworks(context);
  running.defer(() => networks.store());
  running.defer(runPeriodically(networkCounts, () => networks.store(), fault));
  return {
    authenticate: newAuthenticate(task),
    mayRegister: registrationPermissions(context, networks),
    sources: newSources(task),
  };
}

const newRegistrar = ({ dependencies, context, membership }: Task, identification: Identification): Registrar =>
  new Registrar({ context, store: dependencies.store, membership, ...identification });

type NotifierParts = Identification &
  Pick<Registrar, 'locate'> & {
    readonly opened: Opened;
    readonly feed: EventFeed;
    readonly stack: () => SipStack;
  };

/** What notifies phones that subscribe. @param stack exists when the first request arrives */
function newNotifiers(
  task: Task,
  { opened, feed, stack, ...given }: NotifierParts,
): Pick<SipEndpoint, 'lines' | 'subscriptions'> {
  const { context, now, fault } = task;
  const lines = lineService(task, {
    callOf: (id) => opened.calls?.calls.get(id),
    subscriptions: () => subscriptions,
    feed,
  });
  const subscriptions: Subscriptions = new Subscriptions({
    ...given,
    events: { 'message-summary': mailboxEvents(context), dialog: lines.events },
    stack: { request: (...request) => stack().request(...request), via: (flow) => stack().via(flow) },
    now,
    fault,
  });
  return { lines, subscriptions };
}

/** The listeners to events, which are served each second. */
function openListeners(
  { dependencies, context, now, fault, running }: Task,
  { mayRegister, feed }: Pick<EndpointParts, 'mayRegister' | 'feed'>,
): Listeners {
  const authenticate = listenerAuthenticator({
    store: dependencies.store,
    context,
    guesses: new GuessLimits(now),
    mayRegister,
  });
  const listeners = new Listeners({ feed, authenticate, now, fault });
  running.defer(runPeriodically(second, () => feed.poll(), fault));
  running.defer(runPeriodically(second, () => listeners.tick(), fault));
  running.defer(() => listeners.close());
  return listeners;
}

const transportSettings = ({ host, ports, tls, webSocketTls }: Settings, listeners: Listeners): TransportSettings => ({
  host,
  udp: ports['sip-udp'],
  tcp: ports['sip-tcp'],
  // On AWS, TLS ends at the balancer for both.
  ws: {
    port: ports['sip-ws'],
    transport: tls === 'load-balancer' || webSocketTls !== undefined ? 'wss' : 'ws',
    ...(webSocketTls === undefined ? {} : { tls: webSocketTls }),
    events: (opened) => listeners.open(opened),
  },
  ...(tls === undefined ? {} : { tls: { port: ports['sip-tls'], end: tls } }),
});

/** Whether a trunk has this source address on the word of the operator or a seller: its tenant's is not enough. */
const isTrustedTrunk = async ({ tableOf }: SidecarContext, address: string): Promise<boolean> =>
  (await readOwners(tableOf(0), address)).some(({ owners }) => owners.some(({ active, trusted }) => active && trusted));
