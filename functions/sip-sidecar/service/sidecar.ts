import { setTimeout as pause } from 'node:timers/promises';
import { metricsInterval, metricsVariable } from '#contract/sidecar-metrics.ts';
import { second } from '#schema/time.ts';
import { taskAsker } from '#sidecar/client.ts';
import { maxPacketBody } from '#sidecar/packets.ts';
import { controlKey } from '#sidecar/token.ts';
import { addressChallenges } from '../control/address-challenges.ts';
import { controlHandler } from '../control/control.ts';
import { serveHttp, type HttpHandler } from '../control/http.ts';
import { notify } from '../control/notify.ts';
import {
  maintainBindings,
  maintainCalls,
  maintainGeneration,
  maintainLines,
  maintainMessageWaiting,
  maintainPeers,
  type Peers,
} from './maintenance.ts';
import type { MessageWaiting } from '../message-waiting/message-waiting.ts';
import { LoopDelay, sampleInterval } from '../task/loop-delay.ts';
import { deltaOf, metricsLine } from '../task/metrics.ts';
import { runPeriodically } from '#concurrency/periodic.ts';
import type { Settings } from '../task/settings.ts';
import { openSipEndpoint, type SipEndpoint } from './sip-endpoint.ts';
import { newTag } from '../stack/sip-stack.ts';
import { privateAddress } from '../task/task-metadata.ts';
import { newTask, type SidecarDependencies, type Task } from '../task/task.ts';
import type { Transports } from '../transport/transports.ts';

/** Prints the metrics of the task once a minute, if a namespace is set. */
function reportMetrics(task: Task, { registrar, transports, stack, admission }: SipEndpoint, peers: Peers): void {
  const { dependencies, running, now, fault } = task;
  const namespace = dependencies.environment[metricsVariable];
  if (namespace === undefined) return;
  const delay = new LoopDelay();
  running.defer(runPeriodically(sampleInterval, async () => delay.sample(), fault));
  const [droppedPackets, faults] = [deltaOf(() => admission.droppedPackets()), deltaOf(task.faults)];
  const report = async (): Promise<void> => {
    const values = {
      Tasks: 1,
      Bindings: registrar.owned.size,
      Connections: transports.connections(),
      Transactions: stack.transactions(),
      Gateways: peers.gateways.size,
      Trunks: peers.trunks.size,
      DroppedPackets: droppedPackets(),
      Faults: faults(),
      Delay: delay.take(),
    };
    dependencies.print(metricsLine(namespace, values, now()));
  };
  running.defer(runPeriodically(metricsInterval * second, report, fault));
}

/** What a task knows of itself, without asking anything. */
type Health = {
  /** Whether it ends: it has got a signal. */
  readonly isStopping: () => boolean;
  /** Whether its sockets for SIP are open. */
  readonly isOpen: () => boolean;
};

/**
 * Health checks. `/live` is 200 while the process answers. `/ready` is 200 while the task can serve the packets that
 * load balancers send to it, else 503. Amazon ECS replaces tasks that fail it, also protected ones (README.md,
 * "Health"). So it depends neither on the table, an outage of which would end all tasks with their calls, nor on
 * whether the task has left its work to a newer generation.
 */
export const healthHandler =
  ({ isStopping, isOpen }: Health): HttpHandler =>
  async ({ path }) => {
    if (path === '/live') return { status: 200, body: {} };
    if (path === '/ready') return { status: isOpen() && !isStopping() ? 200 : 503, body: {} };
    return { status: 404, body: {} };
  };

/** What a task has in progress, and how many unexpected errors it has had. */
export type SidecarLoad = Readonly<
  Record<'transactions' | 'dialogs' | 'calls' | 'subscriptions' | 'connections' | 'faults', number>
>;

/** A running task. */
export type Sidecar = {
  readonly id: string;
  /** The addresses and ports of the SIP sockets. */
  readonly bound: Transports['bound'];
  readonly load: () => SidecarLoad;
  /** Releases the shards, finishes requests in progress, and stops. */
  readonly close: () => Promise<void>;
};

/** Starts a task. @throws Error if a port is in use or the store cannot be reached */
export async function startSidecar(settings: Settings, dependencies: SidecarDependencies): Promise<Sidecar> {
  const running = new AsyncDisposableStack();
  try {
    return await start(await newTask(settings, dependencies, running));
  } catch (error) {
    await running.disposeAsync();
    throw error;
  }
}

/**
 * Milliseconds for which a task passes messages on after it has moved a call: until its parties know the new Contact,
 * and the next heartbeat of the other task shows that this one is gone.
 */
const passingTime = 3 * second;

async function start(task: Task): Promise<Sidecar> {
  const { settings, context, membership, running } = task;
  const endpoint = await openSipEndpoint(task);
  const waiting = maintainMessageWaiting(task, endpoint);
  await membership.start(await serveControl(task, endpoint, waiting));
  running.defer(() => membership.stop());
  endpoint.begin();
  maintainBindings(task, endpoint);
  maintainCalls(task, endpoint);
  maintainGeneration(task, endpoint);
  maintainLines(task, endpoint);
  reportMetrics(task, endpoint, maintainPeers(task, endpoint));
  await serveHealth(task, endpoint);
  context.log.note('ready', { task: membership.id, address: membership.address });
  return {
    id: membership.id,
    bound: endpoint.transports.bound,
    load: () => loadOf(task, endpoint),
    close: async () => {
      await membership.drain();
      const { offers } = endpoint.calls;
      const drainTime = settings.drainSeconds * second;
      await Promise.all([pause(drainTime), offers.drain(drainTime), connectionsFree(task, endpoint)]);
      await pause(Math.max(0, (offers.movedAt ?? 0) + passingTime - task.now()));
      await running.disposeAsync();
    },
  };
}

/** As many times as long as load balancers need, connections may be used by calls of other tasks. */
const connectionTimes = 3;
const checkInterval = second / 4;

/** Waits until no call of any task uses a connection of a task that stops, if another one is there. */
async function connectionsFree({ settings, membership, now }: Task, { transports }: SipEndpoint): Promise<void> {
  const end = now() + connectionTimes * settings.drainSeconds * second;
  while (transports.inCalls() > 0 && membership.workers.length > 0 && now() < end) await pause(checkInterval);
}

/** A dialog of a subscription counts as a subscription. */
const loadOf = ({ faults }: Task, { stack, calls, subscriptions, transports }: SipEndpoint): SidecarLoad => ({
  transactions: stack.transactions(),
  dialogs: calls.dialogs(),
  calls: calls.calls.size,
  subscriptions: subscriptions.size,
  connections: transports.connections(),
  faults: faults(),
});

/** Serves the control interface. @returns its `host:port` inside the VPC */
async function serveControl(
  task: Task,
  { registrar, stack, calls, lines, relay, outbound }: SipEndpoint,
  waiting: Pick<MessageWaiting, 'send'>,
): Promise<string> {
  const { settings, dependencies, context, membership, domain, running, fault } = task;
  const { secrets } = dependencies;
  const ask = taskAsker({ secrets, clock: context.clock, fetch });
  const control = await serveHttp(
    { host: settings.internalHost, port: settings.ports.control, max: maxPacketBody },
    controlHandler({
      task: membership.id,
      key: controlKey(secrets, context.clock),
      clock: context.clock,
      takePackets: (packets) => relay.take(packets),
      handlers: {
        notify: (command) => notify({ context, owned: registrar.owned, membership, stack, domain, ask }, command),
        'message-summary': async (command) => {
          await waiting.send(command);
          return { kind: 'sent' };
        },
        ...addressChallenges({ outbound, owned: registrar.owned, domain, newTag }),
        ...lines.commands,
        ...calls.commands,
      },
    }),
    fault,
  );
  running.defer(() => control.close());
  const { metadataUri, controlHost } = settings;
  const host = metadataUri === undefined ? controlHost : await privateAddress(metadataUri);
  return `${host}:${control.port}`;
}

async function serveHealth({ settings, membership, running, fault }: Task, { transports }: SipEndpoint): Promise<void> {
  const health = await serveHttp(
    { host: settings.internalHost, port: settings.ports.health },
    healthHandler({ isStopping: () => membership.isStopping, isOpen: () => transports.isOpen() }),
    fault,
  );
  running.defer(() => health.close());
}
