import { withGroupedReads } from '#dynamodb/grouped-reads.ts';
import { contextOf } from '#runtime/background-context.ts';
import type { Dependencies } from '#runtime/dependencies.ts';
import type { Outbound } from '#outbound/outbound.ts';
import type { Invoke } from '#runtime/invoke.ts';
import type { Secrets } from '#secrets/secrets.ts';
import { platformDomain } from '#sip-domain.ts';
import { second } from '#schema/time.ts';
import { timersOf, type Timers } from '#sip/transaction/timers.ts';
import { sipSidecar } from '../contract.ts';
import { Membership, type SidecarContext } from '../leases/membership.ts';
import { countFaults } from './metrics.ts';
import type { Settings } from './settings.ts';
import { taskRevision } from './task-metadata.ts';

/** The dependencies of the process. */
export type SidecarDependencies = Dependencies & {
  readonly invoke: Invoke<'flow-sms' | 'flow-webhooks' | 'mailbox-log-ins' | 'speech'>;
  readonly secrets: Secrets<'sidecar-control' | 'sealing-keys'>;
  readonly outbound: Outbound;
  /** Reads a secret of the operator by its name. @throws the store's error, also if there is none */
  readonly readSecret: (name: string) => Promise<string>;
  /** Writes a line to the log unchanged. */
  readonly print: (line: string) => void;
};

/** What the parts of a task share. */
export type Task = {
  readonly settings: Settings;
  readonly dependencies: SidecarDependencies;
  readonly context: SidecarContext;
  readonly membership: Membership;
  /** Realm of organizations without a domain of their own. */
  readonly domain: string;
  /** The started parts. They stop in the reverse order of their start. */
  readonly running: AsyncDisposableStack;
  /** Of its transactions and sessions. */
  readonly timers: Timers;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Logs an unexpected error. */
  readonly fault: (error: unknown) => void;
  /** Unexpected errors since the start. */
  readonly faults: () => number;
};

/** What a task was started from. */
const generationOf = async ({ metadataUri, generation }: Settings): Promise<string> =>
  metadataUri === undefined ? generation : taskRevision(metadataUri);

/** A task that is not started yet. @throws Error if its metadata endpoint does not answer */
export async function newTask(
  settings: Settings,
  given: SidecarDependencies,
  running: AsyncDisposableStack,
): Promise<Task> {
  const dependencies = { ...given, store: withGroupedReads(given.store) };
  const { log, faults } = countFaults(dependencies.log);
  const context = contextOf(sipSidecar, { ...dependencies, log });
  const membership = new Membership(context, {
    generation: await generationOf(settings),
    settleTime: settings.drainSeconds * second,
  });
  return {
    settings,
    dependencies,
    context,
    membership,
    domain: platformDomain(dependencies.environment),
    running,
    timers: timersOf(settings.t1),
    now: () => context.clock().getTime(),
    fault: (error) => context.log.fault(error, membership.id),
    faults,
  };
}
