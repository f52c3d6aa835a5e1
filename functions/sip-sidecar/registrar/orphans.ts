import { all } from '../../../shared/dynamodb/all.ts';
import { bindingRow, bindingsOfOwner, type BindingItem } from '../../telephony/rows/binding.ts';
import { withRefreshes } from '../../telephony/rows/binding-refresh.ts';
import { sipAccountRow } from '../../telephony/rows/sip-account.ts';
import type { SidecarTaskItem } from '../../../shared/dynamodb/rows/lease.ts';
import type { Membership, SidecarContext } from '../leases/membership.ts';
import { remoteOf } from '../path.ts';
import type { Flow } from '../transport/flow.ts';
import type { Registrar } from './registrar.ts';
import { takeoverWrites } from './store.ts';

export type OrphansDependencies = {
  readonly context: SidecarContext;
  readonly membership: Pick<Membership, 'id' | 'address' | 'dead' | 'isRightful' | 'bury'>;
  readonly registrar: Pick<Registrar, 'owned' | 'remove'>;
};

/** Milliseconds between two looks at what is left of a dead task. */
const tidyInterval = 30_000;

/**
 * Bindings whose owner died. Phones behind a NAT are reached from where they last sent to: the load balancer now gives
 * what they send to another task, which becomes their owner by the first packet that it hears of them.
 */
export class Orphans {
  readonly #dependencies: OrphansDependencies;
  readonly #byRemote = new Map<string, BindingItem>();
  /** When each dead task was last looked at. */
  readonly #lookedAt = new Map<string, number>();

  constructor(dependencies: OrphansDependencies) {
    this.#dependencies = dependencies;
  }

  /** Learns what dead tasks left, and tidies up what is left of those that fall to this task. */
  async refresh(): Promise<void> {
    const { membership, context } = this.#dependencies;
    const now = context.clock().getTime();
    for (const task of membership.dead) {
      const lookedAt = this.#lookedAt.get(task.id);
      const isOurs = membership.isRightful(task.id);
      if (lookedAt !== undefined && !(isOurs && now - lookedAt > tidyInterval)) continue;
      this.#lookedAt.set(task.id, now);
      await this.#look(task, isOurs);
    }
  }

  async #look(task: SidecarTaskItem, isOurs: boolean): Promise<void> {
    const { context, membership } = this.#dependencies;
    const table = context.tableOf(0);
    const left = await withRefreshes(
      table,
      await all((after) => table.queryIndex(bindingRow, 'GSI2', bindingsOfOwner(task.id), after)),
    );
    const now = context.clock().toISOString();
    for (const binding of left) {
      if (binding.expires_at > now) this.#byRemote.set(remoteOf(binding.flow as Flow), binding);
      else if (isOurs) await this.#expire(binding);
    }
    if (isOurs && left.length === 0) await membership.bury(task);
  }

  /** Something came on a flow: if its phone has no owner any more, this task is it from now on. */
  heard(flow: Flow): void {
    if (this.#byRemote.size === 0) return;
    const key = remoteOf(flow);
    const binding = this.#byRemote.get(key);
    if (binding === undefined) return;
    this.#byRemote.delete(key);
    this.#adopt(binding, flow).catch((error: unknown) =>
      this.#dependencies.context.log.fault(error, binding.device_id ?? '', 'a phone without owner was not taken over'),
    );
  }

  async #adopt(orphan: BindingItem, flow: Flow): Promise<void> {
    const { context, membership, registrar } = this.#dependencies;
    const organization = await this.#organizationOf(orphan);
    if (organization === undefined || orphan.expires_at <= context.clock().toISOString()) return;
    const binding = { ...orphan, owner: membership.id, owner_address: membership.address, flow };
    const failed = await context.tryCommit(organization, takeoverWrites(orphan, binding));
    if (failed.length === 0) registrar.owned.keep({ organization, binding });
  }

  async #expire(binding: BindingItem): Promise<void> {
    const organization = await this.#organizationOf(binding);
    if (organization !== undefined) await this.#dependencies.registrar.remove(organization, binding);
  }

  async #organizationOf({ sip_username }: BindingItem): Promise<number | undefined> {
    return (await this.#dependencies.context.tableOf(0).get(sipAccountRow, { sip_username }))?.org_id;
  }
}
