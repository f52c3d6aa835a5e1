import { second } from '#schema/time.ts';
import { sealsFrom } from '#secrets/seals.ts';
import type { Calls } from './calls/running/calls.ts';
import { causeNamed } from './calls/call/causes.ts';
import { LostConnections } from './calls/ending/lost-connections.ts';
import { LostParties } from './calls/ending/lost-parties.ts';
import { endCallsOfDeleted, type CarriedCall } from './calls/ending/deleted-resources.ts';
import { GenerationHandOver } from './leases/generation-hand-over.ts';
import { GatewayPings } from './gateways/gateway-pings.ts';
import { MessageWaiting } from './message-waiting/message-waiting.ts';
import { runPeriodically } from './periodic.ts';
import { PhonePings } from './registrar/phone-pings.ts';
import type { SipEndpoint } from './sip-endpoint.ts';
import { TaskProtection } from './task-protection.ts';
import type { Task } from './task.ts';
import { TrunkRegistrations } from './trunks/trunk-registrations.ts';

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
  /** Checks whether ECS must not stop this task, if not at once. */
  protection: 5 * second,
  /** Checks whether a newer generation has the work of this task. */
  generation: second / 4,
  /** Checks which calls need what was deleted. */
  deletedResources: 10 * second,
  /** Checks which calls may have a party that is not heard, or not connected, any more. */
  lostParties: second,
  /** Checks whether this task still owns its bindings. */
  reconciliation: 60 * second,
} as const;

/** Expires and pings the bindings that this task owns, and takes over those of dead tasks. */
export function maintainBindings(
  { context, domain, running, fault }: Task,
  { registrar, orphans, stack }: SipEndpoint,
): void {
  const pings = new PhonePings({ context, owned: registrar.owned, stack, domain });
  running.defer(runPeriodically(intervals.expiry, () => registrar.expire(), fault));
  running.defer(() => pings.close());
  running.defer(runPeriodically(intervals.phonePings, () => pings.pingDue(), fault));
  running.defer(runPeriodically(intervals.reconciliation, () => registrar.reconcile(), fault));
  running.defer(runPeriodically(intervals.orphans, () => orphans.refresh(), fault));
}

/** Lets the phones of this task show which messages wait. */
export function maintainMessageWaiting(
  { context, domain, running, fault }: Task,
  { registrar: { owned }, stack, subscriptions }: SipEndpoint,
): MessageWaiting {
  const waiting = new MessageWaiting({ context, owned, stack, subscriptions, domain, fault });
  owned.onRegistration((phone) => waiting.register(phone));
  running.defer(() => subscriptions.close());
  running.defer(() => waiting.close());
  running.defer(runPeriodically(intervals.registrations, async () => waiting.sendDue(), fault));
  running.defer(runPeriodically(intervals.reconciliation, async () => waiting.forgetLost(), fault));
  running.defer(runPeriodically(intervals.subscriptionExpiry, async () => subscriptions.expire(), fault));
  return waiting;
}

/** Keeps the lines up to date that phones of this task watch. */
export function maintainLines({ running, fault }: Task, { lines, subscriptions }: SipEndpoint): void {
  running.defer(() => lines.close());
  running.defer(runPeriodically(intervals.lineRefresh, () => lines.refresh(), fault));
  running.defer(runPeriodically(intervals.lineRepetition, () => lines.repeat(), fault));
  running.defer(runPeriodically(intervals.lineRights, () => subscriptions.recheck('dialog', lines.mayWatch), fault));
}

/** Takes over the calls of dead tasks, and ends calls that need what was deleted. */
export function maintainCalls(
  { context, running, now, fault }: Task,
  { calls: { calls, takeover }, relay }: SipEndpoint,
): void {
  running.defer(runPeriodically(intervals.orphans, () => takeover.refresh(), fault));
  const lost = new LostParties(() => calls.all(), now);
  running.defer(runPeriodically(intervals.lostParties, () => lost.refresh(), fault));
  const connections = new LostConnections({ calls: () => calls.all(), isOpen: (flow) => relay.keep(flow), now });
  running.defer(runPeriodically(intervals.lostParties, () => connections.refresh(), fault));
  const endDeleted = () => endCallsOfDeleted({ ...context, calls: () => carriedCalls(calls) });
  running.defer(runPeriodically(intervals.deletedResources, endDeleted, fault));
}

/**
 * Gives the calls of a task to a newer generation, and protects the task from ECS while it has calls that it must not
 * lose: those that cannot move. One that takes no new calls loses none of those that ring, either.
 */
export function maintainGeneration(
  { context, membership, settings: { agentUri }, running, now, fault }: Task,
  { calls: { calls, offers }, onCallChange }: SipEndpoint,
): void {
  const needed = (): number => (membership.newerGeneration === undefined ? offers.immovable : calls.size);
  const protection = new TaskProtection({ agentUri, calls: needed, now });
  const handOver = new GenerationHandOver({
    id: membership.id,
    newer: () => membership.newerGeneration,
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
  running.defer(runPeriodically(intervals.protection, () => protection.refresh(), fault));
  running.defer(runPeriodically(intervals.generation, () => handOver.refresh(), fault));
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
  const { context, settings, membership, domain, running, now, fault } = task;
  const gateways = new GatewayPings({ context, outbound, hosts, domain, newTag: stack.newTag }, membership);
  const seals = sealsFrom(task.dependencies.secrets, now);
  const trunks = new TrunkRegistrations(
    { context, outbound, hosts, seals, advertised: settings.advertised },
    membership,
  );
  running.defer(() => trunks.close());
  running.defer(() => gateways.close());
  running.defer(runPeriodically(intervals.gatewayList, () => gateways.refresh(), fault));
  running.defer(runPeriodically(intervals.trunkList, () => trunks.refresh(), fault));
  return { gateways, trunks };
}
