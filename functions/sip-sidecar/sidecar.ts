import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { contextOf } from '../../shared/runtime/background-context.ts';
import { metricsInterval, metricsVariable } from '../../shared/contract/sidecar-metrics.ts';
import { trunkAddressRow, type TrunkAddressItem } from '../telephony/rows/trunk-ip.ts';
import type { Dependencies } from '../../shared/runtime/dependencies.ts';
import { sealsFrom } from '../../shared/secrets/seals.ts';
import type { Secrets } from '../../shared/secrets/secrets.ts';
import { taskAsker } from '../../shared/sidecar/client.ts';
import { controlKey } from '../../shared/sidecar/token.ts';
import { platformDomain } from '../../shared/sip-domain.ts';
import { controlHandler } from './control/control.ts';
import { serveHttp, type HttpHandler } from './control/http.ts';
import { notify } from './control/notify.ts';
import { sipSidecar } from './contract.ts';
import { GatewayPings } from './gateways/gateway-pings.ts';
import { Membership, type SidecarContext } from './leases/membership.ts';
import { systemResolver } from './outbound/dns.ts';
import { countedFaults, growth, metricsLine } from './metrics.ts';
import { Outbound } from './outbound/outbound.ts';
import { every } from './periodic.ts';
import { authenticator } from './registrar/authentication.ts';
import { Orphans } from './registrar/orphans.ts';
import { PhonePings } from './registrar/phone-pings.ts';
import { Registrar } from './registrar/registrar.ts';
import type { Settings } from './settings.ts';
import { sipStack, type SipStack } from './sip-stack.ts';
import { privateAddress } from './task-identity.ts';
import { sourceLimits, type SourceLimits } from './transport/source-limits.ts';
import { openTransports, type Transports } from './transport/transports.ts';
import { TrunkRegistrations } from './trunks/trunk-registrations.ts';

/** What the process touches. */
export type SidecarDependencies = Dependencies & {
  readonly secrets: Secrets<'sidecar-control' | 'sealing-keys'>;
  /** Writes a line to the task's log as it is. */
  readonly print: (line: string) => void;
};

/** A running task. */
export type Sidecar = {
  readonly id: string;
  readonly bound: Transports['bound'];
  /** Gives its work away, finishes what is being done, and stops. */
  readonly close: () => Promise<void>;
};

/** Milliseconds between two looks at what has expired. */
const expiryInterval = 1_000;
/** Milliseconds between two looks at which phones are to be pinged. */
const phoneInterval = 1_000;
/**
 * Milliseconds between two looks at which trunks there are and what dead tasks left, and at which shards' gateways are
 * to be pinged.
 */
const listInterval = 3_000;
const pingListInterval = 500;
/** Milliseconds between two looks at whether what is owned is still so. */
const reconcileInterval = 60_000;

/**
 * Each part is stopped before those that it was started after. @throws Error when a port is taken, or the store cannot
 * be reached
 */
export async function startSidecar(settings: Settings, dependencies: SidecarDependencies): Promise<Sidecar> {
  const running = new AsyncDisposableStack();
  try {
    return await start(settings, dependencies, running);
  } catch (error) {
    await running.disposeAsync();
    throw error;
  }
}

async function start(
  settings: Settings,
  dependencies: SidecarDependencies,
  running: AsyncDisposableStack,
): Promise<Sidecar> {
  const { host, ports, advertised, tls } = settings;
  const { log, faults } = countedFaults(dependencies.log);
  const context = contextOf(sipSidecar, { ...dependencies, log });
  const domain = platformDomain(dependencies.environment);
  const membership = new Membership(context);
  const now = (): number => context.clock().getTime();
  const fault = (error: unknown): void => context.log.fault(error, membership.id);
  const sources = sourceLimits(
    now,
    (address) => void isTrunk(context, address).then((yes) => (yes ? sources.trust(address) : undefined), fault),
  );
  const opened: { transports?: Transports } = {};

  const registrar = new Registrar({
    context,
    store: dependencies.store,
    membership,
    sources,
    authenticate: authenticator(context, domain),
    keep: (flow) => opened.transports?.keep(flow),
  });
  const orphans = new Orphans({ context, membership, registrar });
  const stack = sipStack({
    advertised,
    fault,
    transports: { send: (bytes, flow) => opened.transports?.send(bytes, flow) ?? false },
    register: (request, flow) => registrar.register(request, flow),
    heard: (flow) => orphans.heard(flow),
    asked: (address) => sources.asked(address),
  });
  const transports = await openTransports(
    {
      host,
      udp: ports['sip-udp'],
      tcp: ports['sip-tcp'],
      ...(tls === undefined ? {} : { tls: { port: ports['sip-tls'], end: tls } }),
    },
    {
      heard: (arrival, flow) => stack.receive(arrival, flow),
      gone: () => undefined,
      admits: (address) => sources.admits(address),
      now,
    },
  );
  opened.transports = transports;
  running.defer(() => transports.close());
  running.defer(() => stack.close());
  const [key, ask] = [
    controlKey(dependencies.secrets, context.clock),
    taskAsker({ secrets: dependencies.secrets, clock: context.clock, fetch }),
  ];
  const control = await serveHttp(
    { host, port: ports.control },
    controlHandler({
      task: membership.id,
      key,
      clock: context.clock,
      carryOut: (command) => notify({ context, owned: registrar.owned, membership, stack, domain, ask }, command),
    }),
    fault,
  );
  running.defer(() => control.close());
  const inside = settings.metadataUri === undefined ? settings.controlHost : await privateAddress(settings.metadataUri);
  await membership.start(`${inside}:${control.port}`);
  running.defer(() => membership.stop());
  keepBindings(
    { registrar, orphans, pings: new PhonePings({ context, owned: registrar.owned, stack, domain }), fault },
    running,
  );
  const outbound = new Outbound({
    stack,
    transports,
    resolver: systemResolver(now),
    random: context.random,
    allowPrivateHosts: settings.allowPrivateHosts,
  });
  const peers = keepPeers(
    { context, outbound, domain, newTag: stack.newTag, seals: sealsFrom(dependencies.secrets, now), advertised, fault },
    membership,
    running,
  );
  tellMetrics(dependencies, running, { registrar, transports, stack, sources, peers, faults, fault, now });
  await serveHealth(settings, membership, { fault, running });
  context.log.note('ready', { task: membership.id, address: membership.address });
  return {
    id: membership.id,
    bound: transports.bound,
    close: async () => {
      await membership.drain();
      await pause(settings.drainSeconds * 1_000);
      await running.disposeAsync();
    },
  };
}

/** Whether a trunk's calls come from the address. */
async function isTrunk({ tableOf }: SidecarContext, address: string): Promise<boolean> {
  const { items } = await tableOf(0).query<'trunkip-address', TrunkAddressItem, { address: string }>(
    trunkAddressRow,
    { address },
    { limit: 1 },
  );
  return items.length > 0;
}

type PeersDependencies = ConstructorParameters<typeof GatewayPings>[0] &
  ConstructorParameters<typeof TrunkRegistrations>[0] & { readonly fault: (error: unknown) => void };

/** Looks after the bindings that this task owns, and those without an owner. */
function keepBindings(
  {
    registrar,
    orphans,
    pings,
    fault,
  }: {
    readonly registrar: Registrar;
    readonly orphans: Orphans;
    readonly pings: PhonePings;
    readonly fault: (error: unknown) => void;
  },
  running: AsyncDisposableStack,
): void {
  running.defer(every(expiryInterval, () => registrar.expire(), fault));
  running.defer(() => pings.close());
  running.defer(every(phoneInterval, () => pings.round(), fault));
  running.defer(every(reconcileInterval, () => registrar.reconcile(), fault));
  running.defer(every(listInterval, () => orphans.refresh(), fault));
}

type Peers = { readonly pings: Pick<GatewayPings, 'size'>; readonly registrations: Pick<TrunkRegistrations, 'size'> };

/** Pings gateways and keeps trunks registered. */
function keepPeers(dependencies: PeersDependencies, membership: Membership, running: AsyncDisposableStack): Peers {
  const pings = new GatewayPings(dependencies, membership);
  const registrations = new TrunkRegistrations(dependencies, membership);
  running.defer(() => registrations.close());
  running.defer(() => pings.close());
  running.defer(every(pingListInterval, () => pings.refresh(), dependencies.fault));
  running.defer(every(listInterval, () => registrations.refresh(), dependencies.fault));
  return { pings, registrations };
}

type Measured = {
  readonly registrar: Pick<Registrar, 'owned'>;
  readonly transports: Pick<Transports, 'connections'>;
  readonly stack: Pick<SipStack, 'transactions'>;
  readonly sources: Pick<SourceLimits, 'dropped'>;
  readonly peers: Peers;
  readonly faults: () => number;
  readonly fault: (error: unknown) => void;
  readonly now: () => number;
};

/** Prints how the task is, once a minute, where somebody reads it. */
function tellMetrics(
  { environment, print }: SidecarDependencies,
  running: AsyncDisposableStack,
  { registrar, transports, stack, sources, peers, faults, fault, now }: Measured,
): void {
  const namespace = environment[metricsVariable];
  if (namespace === undefined) return;
  const delay = monitorEventLoopDelay();
  delay.enable();
  running.defer(() => void delay.disable());
  const [dropped, failed] = [growth(sources.dropped), growth(faults)];
  running.defer(
    every(
      metricsInterval * 1_000,
      async () => {
        print(
          metricsLine(
            namespace,
            {
              Tasks: 1,
              Bindings: registrar.owned.size,
              Connections: transports.connections(),
              Transactions: stack.transactions(),
              Gateways: peers.pings.size,
              Trunks: peers.registrations.size,
              DroppedPackets: dropped(),
              Faults: failed(),
              Delay: Math.round(delay.percentile(99) / 1e6),
            },
            now(),
          ),
        );
        delay.reset();
      },
      fault,
    ),
  );
}

async function serveHealth(
  { host, ports }: Settings,
  membership: Membership,
  { fault, running }: { readonly fault: (error: unknown) => void; readonly running: AsyncDisposableStack },
): Promise<void> {
  const health = await serveHttp({ host, port: ports.health }, healthHandler(membership), fault);
  running.defer(() => health.close());
}

/** `/live`: the process answers. `/ready`: it takes work, and the load balancers may send it some. */
const healthHandler =
  (membership: Membership): HttpHandler =>
  async ({ path }) => {
    if (path === '/live') return { status: 200, body: {} };
    if (path === '/ready') return { status: membership.isReady ? 200 : 503, body: {} };
    return { status: 404, body: {} };
  };
