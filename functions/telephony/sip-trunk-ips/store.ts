import type { EffectOf } from '../../../shared/contract/resource.ts';
import type { ReadName } from '../../../shared/contract/effects.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import {
  ipsWrites,
  ownerWrites,
  trunkAddressRow,
  trunkIpsRow,
  type TrunkAddressItem,
  type TrunkIpsItem,
} from '../rows/trunk-ip.ts';
import { trunkRow, type TrunkItem } from '../../../shared/dynamodb/rows/trunk.ts';
import type { Range, Slice, Table } from '../../../shared/dynamodb/table.ts';
import { checkCondition } from '../../../shared/dynamodb/write.ts';
import { ownersAfter, affectedPlaces, type Place, type TrunkIp } from '../../../shared/telephony/trunk-addresses.ts';
import type { sipTrunkIps } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof sipTrunkIps>>>;

type ListedIp = TrunkIp & { readonly trunk_id: string };

/** Where a page of the addresses of all trunks begins: after a trunk, or after some addresses of the next one. */
type Position = { readonly cursor: string | undefined; readonly skipped: number };

const start: Position = { cursor: undefined, skipped: 0 };

/** The addresses of all trunks, each trunk's in their order. */
async function readAllIps(table: Reads, { limit = 100, after }: Range): Promise<Slice<ListedIp>> {
  const { cursor, skipped } = after === undefined ? start : (JSON.parse(after) as Position);
  const trunks = await table.query(trunkIpsRow, {}, { limit, ...(cursor === undefined ? {} : { after: cursor }) });
  const positionAfter = (trunk: number, ip: number, count: number): Position =>
    ip + 1 < count
      ? { cursor: trunk === 0 ? cursor : trunks.cursorAt(trunk - 1), skipped: ip + 1 }
      : { cursor: trunks.cursorAt(trunk), skipped: 0 };
  const read = trunks.items
    .flatMap(({ trunk_id: trunk, ips }, at) =>
      ips.map((ip, index) => ({
        item: { ...ip, trunk_id: trunk },
        next: JSON.stringify(positionAfter(at, index, ips.length)),
      })),
    )
    .slice(skipped);
  const listed = read.slice(0, limit);
  const isLast = listed.length === read.length && trunks.cursor === undefined;
  return {
    items: listed.map(({ item }) => item),
    cursor: isLast ? undefined : (listed.at(-1)?.next ?? JSON.stringify({ cursor: trunks.cursor, skipped: 0 })),
    cursorAt: (position) => listed[position]?.next ?? '',
  };
}

export const trunkIpStore = (table: Reads) => ({
  trunk: (id: string) => table.get(trunkRow, { id }),
  ips: (trunk: string) => table.get(trunkIpsRow, { trunk_id: trunk }),
  page: (request: PageRequest, keep: (ip: ListedIp) => boolean) =>
    readPage(request, { read: (range) => readAllIps(table, range), keep }),
  /** The owners of the places that a change of the list affects. */
  owners: async (before: readonly TrunkIp[], after: readonly TrunkIp[]): Promise<readonly PlaceOwners[]> => {
    const places = affectedPlaces(before, after);
    const read = await table.getAll(trunkAddressRow, places);
    return places.map((place, at) => ({ place, read: read[at] }));
  },
});

type PlaceOwners = { readonly place: Place; readonly read: TrunkAddressItem | undefined };
type Save = {
  readonly organization: number;
  readonly trunk: TrunkItem;
  readonly read: TrunkIpsItem | undefined;
  readonly ips: readonly TrunkIp[];
  readonly owners: readonly PlaceOwners[];
};

/**
 * Replaces a trunk's addresses and the owners of the affected places, on condition that the trunk's type is unchanged:
 * it decides who may share a place.
 * @throws AppError IP_IN_USE
 */
export const saveWrites = ({ organization, trunk, read, ips, owners }: Save) => [
  checkCondition(trunkRow, trunk, {
    expression: '#type = :type',
    names: { '#type': 'type' },
    values: { ':type': trunk.type },
  }),
  ...ipsWrites(trunk.id, read, ips),
  ...owners.flatMap(({ place, read: before }) =>
    ownerWrites(
      place,
      before,
      ownersAfter(before?.owners ?? [], place, { org_id: organization, trunk_id: trunk.id, type: trunk.type }, ips),
    ),
  ),
];
