import { readToEnd } from '#dynamodb/read-to-end.ts';
import { bindingRow, bindingsOfOwner, type PresentBinding } from '../../telephony/rows/binding.ts';
import { withRefreshes } from '../../telephony/rows/binding-refresh.ts';
import { sipAccountRow } from '../../telephony/rows/sip-account.ts';
import type { SidecarTaskItem } from '#dynamodb/rows/lease.ts';
import { omit } from '#schema/omit.ts';
import { second } from '#schema/time.ts';
import type { Membership, SidecarContext, SidecarWrite } from '../leases/membership.ts';
import { remoteKey } from '../stack/transaction-flow.ts';
import type { Endpoint, Flow } from '../transport/flow.ts';
import type { Registrar } from './registrar.ts';
import { newCommitBatcher, type CommitBatcher } from '#runtime/commit-batcher.ts';
import { takeoverWrites } from './store.ts';

/** The dependencies of the takeover of bindings. */
export type OrphansDependencies = {
  readonly context: SidecarContext;
  readonly membership: Pick<Membership, 'id' | 'address' | 'dead' | 'others' | 'isAssigned' | 'removeTask'>;
  readonly registrar: Pick<Registrar, 'owned' | 'remove'>;
  /** The bound address of this task's UDP socket. */
  readonly socket: () => Endpoint | undefined;
  /** Whether nothing but bindings may be left of a task. */
  readonly isFinished: (task: string) => Promise<boolean>;
};

/**
 * Intervals between two cleanups of a dead task's bindings, and between two reads of those of a task that takes no new
 * work, in milliseconds: phones still register there.
 */
const intervals = { cleanup: 30 * second, leaving: 10 * second };

/**
 * Phones unknown here from which a packet is remembered, and milliseconds for which it is: a balancer chooses another
 * task for a phone seconds before that has read whose phone it is.
 */
const heard = { max: 10_000, time: 60 * second } as const;

/** The host of `host:port`. */
const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(':'));

/**
 * Bindings whose owner is dead, or takes no new work. A phone behind NAT can be reached only by the task that it sends
 * to. After its owner's death the load balancer sends its packets to another task, which becomes the owner when the
 * first one arrives; it may do so as soon as the owner is not ready. A task that was restarted on its machine has the
 * socket of the owner, so it becomes the owner at once.
 */
export class Orphans {
  readonly #dependencies: OrphansDependencies;
  readonly #byRemote = new Map<string, PresentBinding>();
  /** The last packets of clients unknown here, over UDP: the latest last. */
  readonly #heard = new Map<string, { readonly flow: Flow; readonly at: number }>();
  /** When the bindings of each dead task were last read. */
  readonly #readAt = new Map<string, number>();
  /** When the bindings of each live task that takes no new work were last read. */
  readonly #leavingReadAt = new Map<string, number>();
  /** Tasks whose bindings of this task's socket have been adopted. */
  readonly #adopted = new Set<string>();
  readonly #commit: CommitBatcher<SidecarWrite>;

  constructor(dependencies: OrphansDependencies) {
    this.#dependencies = dependencies;
    this.#commit = newCommitBatcher(dependencies.context);
  }

  /**
   * Adopts the bindings of this task's socket, reads the bindings of dead tasks, and cleans up after those that are
   * assigned to this task.
   */
  async refresh(): Promise<void> {
    const { membership, context } = this.#dependencies;
    const now = context.clock().getTime();
    for (const task of [...membership.others, ...membership.dead]) await this.#adoptSocketOf(task);
    for (const task of membership.dead) {
      const readAt = this.#readAt.get(task.id);
      const isOurs = membership.isAssigned(task.id);
      if (readAt !== undefined && !(isOurs && now - readAt > intervals.cleanup)) continue;
      this.#readAt.set(task.id, now);
      await this.#read(task, isOurs);
    }
    for (const task of membership.others) if (task.draining) await this.#readLeaving(task, now);
  }

  async #readLeaving(task: SidecarTaskItem, now: number): Promise<void> {
    const readAt = this.#leavingReadAt.get(task.id);
    if (readAt !== undefined && now - readAt <= intervals.leaving) return;
    this.#leavingReadAt.set(task.id, now);
    for (const binding of await this.#bindingsOf(task)) if (binding.flow.transport === 'udp') this.#add(binding);
  }

  /** A phone that has sent to this task of late is taken over at once. */
  #add(binding: PresentBinding): void {
    const key = remoteKey(binding.flow);
    this.#byRemote.set(key, binding);
    const last = this.#lastOf(key);
    if (last !== undefined) this.onArrival(last);
  }

  /** The flow of the last packet from a client unknown here; undefined: it has sent none of late. */
  #lastOf(key: string): Flow | undefined {
    const last = this.#heard.get(key);
    return last !== undefined && this.#now() - last.at <= heard.time ? last.flow : undefined;
  }

  #now(): number {
    return this.#dependencies.context.clock().getTime();
  }

  /**
   * Adopts the UDP bindings of a task on the same machine that had the socket which this task has now: it has ended,
   * even if its heartbeat is still valid, as two processes cannot bind one port.
   */
  async #adoptSocketOf(task: SidecarTaskItem): Promise<void> {
    const { context, membership } = this.#dependencies;
    const socket = this.#dependencies.socket();
    if (socket === undefined || this.#adopted.has(task.id) || hostOf(task.address) !== hostOf(membership.address))
      return;
    const now = context.clock().toISOString();
    const bindings = (await this.#bindingsOf(task)).filter(
      ({ flow: { transport, local }, expires_at: expires }) =>
        transport === 'udp' && local.address === socket.address && local.port === socket.port && expires > now,
    );
    const accounts = await context.tableOf(0).getAll(sipAccountRow, bindings);
    await Promise.all(
      bindings.map((binding, at) => this.#take(binding, binding.flow, accounts[at]?.org_id, { isSilent: true })),
    );
    this.#adopted.add(task.id);
  }

  async #bindingsOf(task: SidecarTaskItem): Promise<PresentBinding[]> {
    const table = this.#dependencies.context.tableOf(0);
    return withRefreshes(
      table,
      await readToEnd((after) => table.queryIndex(bindingRow, 'GSI2', bindingsOfOwner(task.id), after)),
    );
  }

  async #read(task: SidecarTaskItem, isOurs: boolean): Promise<void> {
    const { context, membership } = this.#dependencies;
    const bindings = await this.#bindingsOf(task);
    const now = context.clock().toISOString();
    for (const binding of bindings) {
      if (binding.expires_at > now) this.#add(binding);
      else if (isOurs) await this.#expire(binding);
    }
    const isLast = isOurs && bindings.length === 0;
    if (isLast && (await this.#dependencies.isFinished(task.id))) await membership.removeTask(task);
  }

  /** Whether a binding of a task that is dead, or takes no new work, was registered on the flow. */
  hasFlow(flow: Flow): boolean {
    return this.#byRemote.has(remoteKey(flow));
  }

  /** Whether a client that is unknown here has sent a packet of late: a balancer has chosen this task for it. */
  hasHeard(flow: Flow): boolean {
    return this.#lastOf(remoteKey(flow)) !== undefined;
  }

  /** Takes over the binding of a flow, if its owner is dead or takes no new work. */
  onArrival(flow: Flow): void {
    const key = remoteKey(flow);
    const binding = this.#byRemote.get(key);
    if (binding === undefined) {
      this.#remember(key, flow);
      return;
    }
    this.#byRemote.delete(key);
    this.#adopt(binding, flow).catch((error: unknown) =>
      this.#dependencies.context.log.fault(
        error,
        binding.device_id ?? '',
        'taking over the binding of a dead task failed',
      ),
    );
  }

  /** Only where there are other tasks, whose phone it may be. */
  #remember(key: string, flow: Flow): void {
    const { membership, registrar } = this.#dependencies;
    if (flow.transport !== 'udp' || membership.others.length === 0 || registrar.owned.hasFlow(flow)) return;
    this.#heard.delete(key);
    this.#heard.set(key, { flow, at: this.#now() });
    const [first] = this.#heard.keys();
    if (this.#heard.size > heard.max && first !== undefined) this.#heard.delete(first);
  }

  async #adopt(orphan: PresentBinding, flow: Flow): Promise<void> {
    if (orphan.expires_at > this.#dependencies.context.clock().toISOString())
      await this.#take(orphan, flow, await this.#organizationOf(orphan));
  }

  /**
   * Becomes the owner, unless the binding has changed.
   * @param isSilent whether the phone has sent nothing to this task
   */
  async #take(
    orphan: PresentBinding,
    flow: Flow,
    organization: number | undefined,
    { isSilent = false }: { readonly isSilent?: boolean } = {},
  ): Promise<void> {
    const { membership, registrar } = this.#dependencies;
    if (organization === undefined) return;
    const { id: owner, address: owner_address } = membership;
    const binding = { ...omit(orphan, 'written'), owner, owner_address, flow };
    const writes = takeoverWrites(orphan, binding);
    const failed = await this.#commit({ organization, writes, key: binding.device_id ?? binding.contact_key });
    // A REGISTER may have been faster.
    if (failed.length === 0 && registrar.owned.get(binding.contact_key) === undefined)
      registrar.owned.set({ organization, binding, isSilent });
  }

  async #expire(binding: PresentBinding): Promise<void> {
    const organization = await this.#organizationOf(binding);
    if (organization !== undefined) await this.#dependencies.registrar.remove(organization, binding);
  }

  async #organizationOf({ sip_username }: PresentBinding): Promise<number | undefined> {
    return (await this.#dependencies.context.tableOf(0).get(sipAccountRow, { sip_username }))?.org_id;
  }
}
