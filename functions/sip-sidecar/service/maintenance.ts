import { second } from '#schema/time.ts';
import { sealsFrom } from '#secrets/seals.ts';
import type { Calls } from '../calls/running/calls.ts';
import { causeNamed } from '../calls/call/causes.ts';
import { LostConnections } from '../calls/ending/lost-connections.ts';
import { MissingAudioWatch } from '../calls/hearing/missing-audio.ts';
import { LostParties } from '../calls/ending/lost-parties.ts';
import { endCallsOfDeleted, type CarriedCall } from '../calls/ending/deleted-resources.ts';
import { ConnectionHandOver } from '../leases/connection-hand-over.ts';
import { GenerationHandOver } from '../leases/generation-hand-over.ts';
import { contactOf } from '../calls/legs/invitation.ts';
import { GatewayPings } from '../gateways/gateway-pings.ts';
import { MessageWaiting } from '../message-waiting/message-waiting.ts';
import { runPeriodically } from '#concurrency/periodic.ts';
import { PhonePings } from '../registrar/phone-pings.ts';
import type { SipEndpoint } from './sip-endpoint.ts';
import { TaskProtection } from '../task/task-protection.ts';
import type { Task } from '../task/task.ts';
import { TrunkRegistrations } from '../trunks/trunk-registrations.ts';

/** Intervals of the periodic jobs, in milliseconds. */
const intervals = {
  expiry: second,
  phonePings: second,
  /** Sends message summaries to phones that have registered. */
  registrations: second / 2,
  subscriptionExpiry: second,
  /** Asks other tasks for the calls of watched lines, if they were not asked or did not answer. */
  lineRefresh: 2 * second,
  /** Repeats to other tasks which lines are watched. */
  lineRepetition: 45 * second,
  /** Checks which phones may still watch which lines. */
  lineRights: 20 * second,
  /** Checks which gateways of which shards to ping. */
  gatewayList: 500,
  trunkList: 3 * second,
  /** Checks which bindings dead tasks left behind. */
  orphans: 3 * second,
  /** Checks whether a task has died, whose calls end within 8 s. */
  takeovers: second / 4,
  /** Checks whether ECS must not stop this task, if not at once. */
  protection: 5 * second,
  /** Checks whether a newer generation has the work of this task. */
  generation: second / 4,
  /** Checks which calls need what was deleted. */
  deletedResources: 10 * second,
  /** Checks which calls may have a party that is not heard, or not connected, any more. */
  lostParties: second,
  /** Checks which calls have parties that may not be heard. */
  missingAudio: second,
  /** Checks whether this task still owns its bindings. */
  reconciliation: 60 * second,
} as const;

/** Runs a job until the task stops. */
const repeat = (
  { settings: { maxInterval }, running, fault }: Task,
  name: keyof typeof intervals,
  job: () => Promise<unknown>,
): void => running.defer(runPeriodically(Math.min(intervals[name], maxInterval), job, fault));

/** Expires and pings the bindings that this task owns, and takes over those of dead tasks. */
export function maintainBindings(task: Task, { registrar, orphans, stack }: SipEndpoint): void {
  const { context, domain, running } = task;
  const pings = new PhonePings({ context, owned: registrar.owned, stack, domain });
  repeat(task, 'expiry', () => registrar.expire());
  running.defer(() => pings.close());
  repeat(task, 'phonePings', () => pings.pingDue());
  repeat(task, 'reconciliation', () => registrar.reconcile());
  repeat(task, 'orphans', () => orphans.refresh());
}

/** Lets the phones of this task show which messages wait. */
export function maintainMessageWaiting(
  task: Task,
  { registrar: { owned }, stack, subscriptions }: SipEndpoint,
): MessageWaiting {
  const { context, domain, running, fault } = task;
  const waiting = new MessageWaiting({ context, owned, stack, subscriptions, domain, fault });
  owned.onRegistration((phone) => waiting.register(phone));
  running.defer(() => subscriptions.close());
  running.defer(() => waiting.close());
  repeat(task, 'registrations', async () => waiting.sendDue());
  repeat(task, 'reconciliation', async () => waiting.forgetLost());
  repeat(task, 'subscriptionExpiry', async () => subscriptions.expire());
  return waiting;
}

/** Keeps the lines up to date that phones of this task watch. */
export function maintainLines(task: Task, { lines, subscriptions }: SipEndpoint): void {
  task.running.defer(() => lines.close());
  repeat(task, 'lineRefresh', () => lines.refresh());
  repeat(task, 'lineRepetition', () => lines.repeat());
  repeat(task, 'lineRights', () => subscriptions.recheck('dialog', lines.mayWatch));
}

/** Takes over the calls of dead tasks, and ends calls that need what was deleted. */
export function maintainCalls(task: Task, { calls: { calls, takeover }, relay }: SipEndpoint): void {
  const { context, now } = task;
  repeat(task, 'takeovers', () => takeover.refresh());
  const lost = new LostParties(() => calls.all(), now);
  repeat(task, 'lostParties', () => lost.refresh());
  const missing = new MissingAudioWatch({ calls: () => calls.all(), recorderOf: context.recorderOf, now });
  repeat(task, 'missingAudio', () => missing.refresh());
  const connections = new LostConnections({ calls: () => calls.all(), isOpen: (flow) => relay.keep(flow), now });
  repeat(task, 'lostParties', () => connections.refresh());
  const endDeleted = () => endCallsOfDeleted({ ...context, calls: () => carriedCalls(calls) });
  repeat(task, 'deletedResources', endDeleted);
}

/**
 * Gives the calls of a task to a newer generation, and protects the task from ECS while it has calls that it must not
 * lose: those that cannot move, and those of other tasks whose phones have connections here.
 */
export function maintainGeneration(
  task: Task,
  { calls: { calls, offers }, transports, onCallChange }: SipEndpoint,
): void {
  const { context, membership, settings, now, fault } = task;
  const { agentUri } = settings;
  const newer = () => membership.newerGeneration;
  const connections = new ConnectionHandOver({
    ...{ newer, calls, offers, now },
    connections: transports,
    isLeft: () => membership.isDraining && membership.workers.length > 0,
  });
  const protection = new TaskProtection({ agentUri, calls: () => connections.needed, now });
  const handOver = new GenerationHandOver({
    id: membership.id,
    newer,
    calls,
    offers,
    protect: () => protection.refresh(),
    log: context.log,
    now,
  });
  // When the sessions of the call have followed its change.
  onCallChange((id) => void setImmediate(() => protectAtOnce(id)));
  const protectAtOnce = (id: string): void => {
    if (!protection.isOn && offers.isBound(id)) protection.refresh().catch(fault);
  };
  repeat(task, 'protection', () => protection.refresh());
  repeat(task, 'generation', async () => connections.refresh());
  repeat(task, 'generation', () => handOver.refresh());
}

const carriedCalls = (calls: Calls): CarriedCall[] =>
  [...calls.all()].map((call) => ({
    record: call.record,
    end: (cause) => call.end(causeNamed(cause), 'system'),
  }));

/** The gateways and trunks that this task looks after. */
export type Peers = {
  readonly gateways: Pick<GatewayPings, 'size'>;
  readonly trunks: Pick<TrunkRegistrations, 'size'>;
};

/** Pings the gateways and registers the trunks in the shards of this task. */
export function maintainPeers(task: Task, { stack, outbound, hosts }: SipEndpoint): Peers {
  const { context, settings, membership, domain, running, now } = task;
  const contact = contactOf(task, 'tls');
  const gateways = new GatewayPings({ context, outbound, hosts, domain, contact, newTag: stack.newTag }, membership);
  const seals = sealsFrom(task.dependencies.secrets, now);
  const trunks = new TrunkRegistrations(
    { context, outbound, hosts, seals, advertised: settings.advertised },
    membership,
  );
  running.defer(() => trunks.close());
  running.defer(() => gateways.close());
  repeat(task, 'gatewayList', () => gateways.refresh());
  repeat(task, 'trunkList', () => trunks.refresh());
  return { gateways, trunks };
}
