import { readToEnd } from '../../../shared/dynamodb/read-to-end.ts';
import { bindingRow, bindingsOfOwner, type PresentBinding } from '../../telephony/rows/binding.ts';
import { withRefreshes } from '../../telephony/rows/binding-refresh.ts';
import { sipAccountRow } from '../../telephony/rows/sip-account.ts';
import type { SidecarTaskItem } from '../../../shared/dynamodb/rows/lease.ts';
import { omit } from '../../../shared/schema/omit.ts';
import { second } from '../../../shared/schema/time.ts';
import type { Membership, SidecarContext } from '../leases/membership.ts';
import { remoteKey } from '../transaction-flow.ts';
import type { Flow } from '../transport/flow.ts';
import type { Registrar } from './registrar.ts';
import { takeoverWrites } from './store.ts';

/** The dependencies of the takeover of bindings. */
export type OrphansDependencies = {
  readonly context: SidecarContext;
  readonly membership: Pick<Membership, 'id' | 'address' | 'dead' | 'isAssigned' | 'removeTask'>;
  readonly registrar: Pick<Registrar, 'owned' | 'remove'>;
};

/** Interval between two cleanups of a dead task's bindings, in milliseconds. */
const cleanupInterval = 30 * second;

/**
 * Bindings whose owner is dead. A phone behind NAT can be reached only by the task that it sends to. After its owner's
 * death the load balancer sends its packets to another task, which becomes the owner when the first one arrives.
 */
export class Orphans {
  readonly #dependencies: OrphansDependencies;
  readonly #byRemote = new Map<string, PresentBinding>();
  /** When the bindings of each dead task were last read. */
  readonly #readAt = new Map<string, number>();

  constructor(dependencies: OrphansDependencies) {
    this.#dependencies = dependencies;
  }

  /** Reads the bindings of dead tasks, and cleans up after those that are assigned to this task. */
  async refresh(): Promise<void> {
    const { membership, context } = this.#dependencies;
    const now = context.clock().getTime();
    for (const task of membership.dead) {
      const readAt = this.#readAt.get(task.id);
      const isOurs = membership.isAssigned(task.id);
      if (readAt !== undefined && !(isOurs && now - readAt > cleanupInterval)) continue;
      this.#readAt.set(task.id, now);
      await this.#read(task, isOurs);
    }
  }

  async #read(task: SidecarTaskItem, isOurs: boolean): Promise<void> {
    const { context, membership } = this.#dependencies;
    const table = context.tableOf(0);
    const bindings = await withRefreshes(
      table,
      await readToEnd((after) => table.queryIndex(bindingRow, 'GSI2', bindingsOfOwner(task.id), after)),
    );
    const now = context.clock().toISOString();
    for (const binding of bindings) {
      if (binding.expires_at > now) this.#byRemote.set(remoteKey(binding.flow as Flow), binding);
      else if (isOurs) await this.#expire(binding);
    }
    if (isOurs && bindings.length === 0) await membership.removeTask(task);
  }

  /** Whether a binding of a dead task was registered on the flow. */
  hasFlow(flow: Flow): boolean {
    return this.#byRemote.has(remoteKey(flow));
  }

  /** Takes over the binding of a flow, if its owner is dead. */
  onArrival(flow: Flow): void {
    if (this.#byRemote.size === 0) return;
    const key = remoteKey(flow);
    const binding = this.#byRemote.get(key);
    if (binding === undefined) return;
    this.#byRemote.delete(key);
    this.#adopt(binding, flow).catch((error: unknown) =>
      this.#dependencies.context.log.fault(
        error,
        binding.device_id ?? '',
        'taking over the binding of a dead task failed',
      ),
    );
  }

  async #adopt(orphan: PresentBinding, flow: Flow): Promise<void> {
    const { context, membership, registrar } = this.#dependencies;
    const organization = await this.#organizationOf(orphan);
    if (organization === undefined || orphan.expires_at <= context.clock().toISOString()) return;
    const binding = { ...omit(orphan, 'written'), owner: membership.id, owner_address: membership.address, flow };
    const failed = await context.tryCommit(organization, takeoverWrites(orphan, binding));
    if (failed.length === 0) registrar.owned.set({ organization, binding });
  }

  async #expire(binding: PresentBinding): Promise<void> {
    const organization = await this.#organizationOf(binding);
    if (organization !== undefined) await this.#dependencies.registrar.remove(organization, binding);
  }

  async #organizationOf({ sip_username }: PresentBinding): Promise<number | undefined> {
    return (await this.#dependencies.context.tableOf(0).get(sipAccountRow, { sip_username }))?.org_id;
  }
}
