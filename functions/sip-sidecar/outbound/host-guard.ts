import { addressExpiry, addressTtl, hostUseRow } from '#dynamodb/rows/host-use.ts';
import { organizationRow, resellerOf } from '#dynamodb/rows/organization.ts';
import { overwrite, remove } from '#dynamodb/write.ts';
import { hour, second } from '#schema/time.ts';
import { hostKey, mustProve, type HostClaim, type HostUse, type HostUses } from '#telephony/shared-host.ts';
import { cacheResults } from '#concurrency/cache.ts';
import type { SidecarContext } from '../leases/membership.ts';
import type { Peer } from './outbound.ts';

/** What of a task the guard uses. */
type Context = Pick<SidecarContext, 'tableOf' | 'tryCommit' | 'clock'>;

/** An address to which a request goes. */
type HostAddress = { readonly address: string; readonly port: number };

/** Milliseconds for which the uses of a host are not read again, and for which the addresses of a peer are not. */
const ttls = { uses: 15 * second, reseller: hour, addresses: hour } as const;
const max = 20_000;
/** Uses that are read of a host. Organizations beyond need the consent of the operator. */
const maxUses = 200;

const noUses: HostUses = { uses: [], isWhole: true };

/** Knows which hosts several organizations use, and adds the addresses that their names have. */
export class HostGuard {
  readonly #context: Context;
  readonly #fault: (error: unknown) => void;
  readonly #usesOf: (host: string) => Promise<HostUses>;
  readonly #resellerOf: (organization: number) => Promise<number | null>;
  /** When something was last done, in Unix milliseconds. */
  readonly #done = new Map<string, number>();

  constructor(context: Context, fault: (error: unknown) => void) {
    this.#context = context;
    this.#fault = fault;
    this.#usesOf = cacheResults(
      (host) => this.#readUses(host),
      { ttl: ttls.uses, max },
      () => this.#now(),
    );
    this.#resellerOf = cacheResults(
      (organization) => this.#readReseller(organization),
      { ttl: ttls.reseller, max },
      () => this.#now(),
    );
  }

  /**
   * Whether the server at an address must ask for credentials before a request is served there, as another organization
   * uses it. Reads nothing while the uses of host and address are cached.
   */
  async mustProve(claim: HostClaim, { host, port }: Pick<Peer, 'host' | 'port'>, at: HostAddress): Promise<boolean> {
    const [name, address] = [hostKey(host, port), hostKey(at.address, at.port)];
    const [reseller, named, addressed] = await Promise.all([
      this.#resellerOf(claim.org_id),
      this.#usesOf(name),
      name === address ? noUses : this.#usesOf(address),
    ]);
    if (name !== address) this.#note(claim, { address, reseller, uses: addressed.uses });
    return mustProve(claim, reseller, { named, addressed });
  }

  /**
   * Notes all addresses of a peer, once an hour: its name may have another one for each request.
   * @param addresses resolves the name of the peer
   */
  async noteAll(
    claim: HostClaim & { readonly id: string },
    { host, port }: Pick<Peer, 'host' | 'port'>,
    addresses: () => Promise<readonly string[]>,
  ): Promise<void> {
    if (!this.#isDue(`resolve ${claim.id} ${hostKey(host, port)}`, ttls.addresses)) return;
    for (const address of await addresses()) await this.mustProve(claim, { host, port }, { address, port });
  }

  /** The sidecar also indexes what earlier versions stored without an index. */
  #note(
    { id, org_id, consent, since }: HostClaim,
    { address: host, reseller, uses }: { address: string; reseller: number | null; uses: readonly HostUse[] },
  ): void {
    if (id === null || since === null) return;
    const now = this.#now();
    const old = uses.find((use) => use.id === id);
    const isFresh = old !== undefined && (old.expires ?? Infinity) > addressExpiry(now - addressTtl / 2);
    if (isFresh && old.consent === consent) return;
    // Until the uses are read again, calls do not see what the first of them wrote.
    if (!this.#isDue(`write ${id} ${host} ${consent}`, ttls.uses)) return;
    // An address counts from the time at which it was seen: a name may get that of another organization at any time.
    const use = { host, org_id, reseller, id, consent, since: old?.since ?? new Date(now).toISOString() };
    const writes = [
      ...(old === undefined || old.consent === consent ? [] : [remove(hostUseRow, old)]),
      overwrite(hostUseRow, { ...use, expires: addressExpiry(now) }),
    ];
    this.#context.tryCommit(0, writes).catch(this.#fault);
  }

  /** Whether something was not done within an interval, in milliseconds. Then it counts as done now. */
  #isDue(key: string, interval: number): boolean {
    const now = this.#now();
    if ((this.#done.get(key) ?? 0) > now - interval) return false;
    const [oldest] = this.#done.keys();
    if (oldest !== undefined && this.#done.size >= max) this.#done.delete(oldest);
    this.#done.set(key, now);
    return true;
  }

  async #readUses(host: string): Promise<HostUses> {
    const { items, cursor } = await this.#context
      .tableOf(0)
      .query<'host', HostUse, { host: string }>(hostUseRow, { host }, { limit: maxUses, order: 'asc' });
    const now = this.#now() / second;
    return {
      uses: items.filter(({ expires }) => expires === undefined || expires > now),
      isWhole: cursor === undefined,
    };
  }

  async #readReseller(organization: number): Promise<number | null> {
    const owner = await this.#context.tableOf(organization).get(organizationRow, {});
    return owner === undefined ? null : resellerOf(owner);
  }

  #now(): number {
    return this.#context.clock().getTime();
  }
}
