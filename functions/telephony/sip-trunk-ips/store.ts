import type { EffectOf } from '#contract/resource.ts';
import type { ReadName } from '#contract/effects.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { listedSource, type ListedOrganizations } from '#dynamodb/listed-resources.ts';
import {
  addressWrites,
  allUnproven,
  readOwners,
  trunkIpsRow,
  unprovenBelow,
  type AddressChange,
  type TrunkIpsItem,
} from '../rows/trunk-ip.ts';
import { trunkRow, type TrunkItem } from '#dynamodb/rows/trunk.ts';
import type { Range, Slice, Table } from '#dynamodb/table.ts';
import { checkCondition, replace } from '#dynamodb/write.ts';
import type { TrunkIp } from '#telephony/trunk-addresses.ts';
import type { sipTrunkIps } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof sipTrunkIps>>>;

type ListedIp = TrunkIp & { readonly trunk_id: string; readonly org_id: number };

/** Where a page of the addresses of all trunks begins: after a trunk, or after some addresses of the next one. */
type Position = { readonly cursor: string | undefined; readonly skipped: number };

const start: Position = { cursor: undefined, skipped: 0 };

/** The trunks of these organizations: of others than the caller's, those with an address that lacks proof. */
const trunksOf = (table: Reads, listed: ListedOrganizations) =>
  listedSource<TrunkIpsItem>(
    listed,
    {
      own: (range: Range) => table.query(trunkIpsRow, {}, range),
      below: (parent) => (range) => table.queryIndex(trunkIpsRow, 'GSI1', unprovenBelow(parent), range),
      all: (range) => table.queryIndex(trunkIpsRow, 'GSI2', allUnproven, range),
    },
    ({ trunk_id: trunk }) => trunk,
  );

/** The addresses of trunks, each trunk's in their order. */
async function readAllIps(
  table: Reads,
  listed: ListedOrganizations,
  { limit = 100, after }: Range,
): Promise<Slice<ListedIp>> {
  const { cursor, skipped } = after === undefined ? start : (JSON.parse(after) as Position);
  const trunks = await trunksOf(table, listed)({ limit, ...(cursor === undefined ? {} : { after: cursor }) });
  const positionAfter = (trunk: number, ip: number, count: number): Position =>
    ip + 1 < count
      ? { cursor: trunk === 0 ? cursor : trunks.cursorAt(trunk - 1), skipped: ip + 1 }
      : { cursor: trunks.cursorAt(trunk), skipped: 0 };
  const read = trunks.items
    .flatMap(({ trunk_id, ips, org_id = table.organization }, at) =>
      ips.map((ip, index) => ({
        item: { ...ip, trunk_id, org_id },
        next: JSON.stringify(positionAfter(at, index, ips.length)),
      })),
    )
    .slice(skipped);
  const taken = read.slice(0, limit);
  const isLast = taken.length === read.length && trunks.cursor === undefined;
  return {
    items: taken.map(({ item }) => item),
    cursor: isLast ? undefined : (taken.at(-1)?.next ?? JSON.stringify({ cursor: trunks.cursor, skipped: 0 })),
    cursorAt: (position) => taken[position]?.next ?? '',
  };
}

export const trunkIpStore = (table: Reads) => ({
  trunk: (id: string) => table.get(trunkRow, { id }),
  ips: (trunk: string) => table.get(trunkIpsRow, { trunk_id: trunk }),
  page: (request: PageRequest, listed: ListedOrganizations, keep: (ip: ListedIp) => boolean) =>
    readPage(request, { read: (range) => readAllIps(table, listed, range), keep }),
  /** The organizations that have proven an address, at any port. */
  provenBy: async (address: string): Promise<readonly number[]> =>
    (await readOwners(table, address)).flatMap(({ owners }) =>
      owners.flatMap(({ proven, org_id: organization }) => (proven === true ? [organization] : [])),
    ),
  /** The writes of a change of a trunk's addresses. @throws AppError IP_IN_USE */
  changeWrites: (change: AddressChange) => addressWrites(table, change),
});

/**
 * The trunk of changed addresses. Its type is unchanged, as that decides who may share a source address. Its claims
 * about callers count no more: the seller has agreed to other addresses.
 * @param isSeller whether the seller makes the change
 * @param now ISO 8601
 */
export function trunkWrite(trunk: TrunkItem, isSeller: boolean, now: string) {
  if (!isSeller && trunk.trusts_verstat === true)
    return replace(trunkRow, { ...trunk, trusts_verstat: false, updated_at: now, version: trunk.version + 1 }, trunk);
  const isUntrusted = 'attribute_not_exists(trusts_verstat) OR trusts_verstat = :false';
  return checkCondition(trunkRow, trunk, {
    expression: isSeller ? '#type = :type' : `#type = :type AND (${isUntrusted})`,
    names: { '#type': 'type' },
    values: { ':type': trunk.type, ...(isSeller ? {} : { ':false': false }) },
  });
}
