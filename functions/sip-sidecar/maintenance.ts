import { second } from '../../shared/schema/time.ts';
import { sealsFrom } from '../../shared/secrets/seals.ts';
import { GatewayPings } from './gateways/gateway-pings.ts';
import { systemResolver } from './outbound/dns.ts';
import { Outbound } from './outbound/outbound.ts';
import { runPeriodically } from './periodic.ts';
import { PhonePings } from './registrar/phone-pings.ts';
import type { SipEndpoint } from './sip-endpoint.ts';
import type { Task } from './task.ts';
import { TrunkRegistrations } from './trunks/trunk-registrations.ts';

/** Intervals of the periodic jobs, in milliseconds. */
const intervals = {
  expiry: second,
  phonePings: second,
  /** Checks which gateways of which shards to ping. */
  gatewayList: 500,
  trunkList: 3 * second,
  /** Checks which bindings dead tasks left behind. */
  orphans: 3 * second,
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

/** The gateways and trunks that this task looks after. */
export type Peers = {
  readonly gateways: Pick<GatewayPings, 'size'>;
  readonly trunks: Pick<TrunkRegistrations, 'size'>;
};

/** Pings the gateways and registers the trunks in the shards of this task. */
export function maintainPeers(task: Task, { stack, transports }: SipEndpoint): Peers {
  const { context, settings, membership, domain, running, now, fault } = task;
  const outbound = new Outbound({
    stack,
    transports,
    resolver: systemResolver(now),
    random: context.random,
    allowPrivateHosts: settings.allowPrivateHosts,
  });
  const gateways = new GatewayPings({ context, outbound, domain, newTag: stack.newTag }, membership);
  const seals = sealsFrom(task.dependencies.secrets, now);
  const trunks = new TrunkRegistrations({ context, outbound, seals, advertised: settings.advertised }, membership);
  running.defer(() => trunks.close());
  running.defer(() => gateways.close());
  running.defer(runPeriodically(intervals.gatewayList, () => gateways.refresh(), fault));
  running.defer(runPeriodically(intervals.trunkList, () => trunks.refresh(), fault));
  return { gateways, trunks };
}
