import { setTimeout as pause } from 'node:timers/promises';
import { second } from '#schema/time.ts';
import { taskAsker } from '#sidecar/client.ts';
import { maxPacketBody } from '#sidecar/packets.ts';
import { controlKey } from '#sidecar/token.ts';
import { addressChallenges } from './control/address-challenges.ts';
import { controlHandler } from './control/control.ts';
import { serveHttp } from './control/http.ts';
import { notify } from './control/notify.ts';
import { healthHandler } from './health.ts';
import {
  maintainBindings,
  maintainCalls,
  maintainGeneration,
  maintainLines,
  maintainMessageWaiting,
  maintainPeers,
} from './maintenance.ts';
import { reportMetrics } from './metrics-report.ts';
import type { MessageWaiting } from './message-waiting/message-waiting.ts';
import type { Settings } from './settings.ts';
import { openSipEndpoint, type SipEndpoint } from './sip-endpoint.ts';
import { newTag } from './sip-stack.ts';
import { privateAddress } from './task-metadata.ts';
import { newTask, type SidecarDependencies, type Task } from './task.ts';
import type { Transports } from './transport/transports.ts';

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
      await Promise.all([pause(drainTime), offers.drain(drainTime)]);
      await pause(Math.max(0, (offers.movedAt ?? 0) + passingTime - task.now()));
      await running.disposeAsync();
    },
  };
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
    healthHandler({ isDraining: () => membership.isDraining, isOpen: () => transports.isOpen() }),
    fault,
  );
  running.defer(() => health.close());
}
