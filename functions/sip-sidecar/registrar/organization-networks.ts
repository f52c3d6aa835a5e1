import { BlockList, isIPv6 } from 'node:net';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { addOrganizationIpUse, organizationIpRow } from '#dynamodb/rows/organization-ip.ts';
import type { OrganizationIp } from '#schema/organization-ip.ts';
import { second } from '#schema/time.ts';
import { cacheResults } from '#concurrency/cache.ts';
import type { SidecarContext } from '../leases/membership.ts';

/** A change of the networks takes effect within the ttl. */
const limits = { ttl: 20 * second, max: 10_000 } as const;

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv6(address) ? 'ipv6' : 'ipv4');

/** A listed network that can be compared with addresses. */
type Network = Pick<OrganizationIp, 'id' | 'type'> & { readonly block: BlockList };

function networkOf({ id, type, ip_address: address, cidr }: OrganizationIp): Network {
  const block = new BlockList();
  block.addSubnet(address, cidr, familyOf(address));
  return { id, type, block };
}

const isListed = (networks: readonly Pick<Network, 'type'>[], type: Network['type']): boolean =>
  networks.some((network) => network.type === type);

type Use = { readonly organization: number; readonly requests: number; readonly at: number };

/**
 * From which addresses the phones of an organization may send requests that are authenticated: those of its
 * `whitelist`, if it has any, without those of its `blacklist`. Counts the requests of each network.
 */
export class OrganizationNetworks {
  readonly #context: Pick<SidecarContext, 'tryCommit' | 'clock'>;
  readonly #networksOf: (organization: number) => Promise<readonly Network[]>;
  /** By network, since they were stored last. */
  #uses = new Map<string, Use>();

  constructor(context: Pick<SidecarContext, 'tableOf' | 'tryCommit' | 'clock'>) {
    this.#context = context;
    this.#networksOf = cacheResults(
      async (organization: number) => {
        const table = context.tableOf(organization);
        return (await readToEnd((after) => table.query(organizationIpRow, {}, after))).map(networkOf);
      },
      limits,
      () => context.clock().getTime(),
    );
  }

  /** Whether the phones of the organization may send from this address. */
  async admits(organization: number, address: string): Promise<boolean> {
    const networks = await this.#networksOf(organization);
    const matched = networks.filter(({ block }) => block.check(address, familyOf(address)));
    for (const { id } of matched) this.#count(organization, id, 1);
    if (isListed(matched, 'blacklist')) return false;
    return isListed(matched, 'whitelist') || !isListed(networks, 'whitelist');
  }

  #count(organization: number, id: string, more: number): void {
    const requests = (this.#uses.get(id)?.requests ?? 0) + more;
    this.#uses.set(id, { organization, requests, at: this.#context.clock().getTime() });
  }

  /** Adds the counts to the stored ones. What cannot be stored is tried again with the next ones. */
  async store(): Promise<void> {
    const uses = [...this.#uses];
    this.#uses = new Map();
    for (const [id, { organization, requests, at }] of uses) {
      try {
        await this.#context.tryCommit(organization, [addOrganizationIpUse(id, requests, at)]);
      } catch (error) {
        for (const [left, use] of uses.slice(uses.findIndex(([each]) => each === id)))
          this.#count(use.organization, left, use.requests);
        throw error;
      }
    }
  }
}
