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
import { unchanged } from '../../../shared/dynamodb/write.ts';
import { ownersAfter, affectedPlaces, type Place, type TrunkIp } from '../../../shared/telephony/trunk-addresses.ts';
import type { sipTrunkIps } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof sipTrunkIps>>>;

type ListedIp = TrunkIp & { readonly trunk_id: string };

/** The addresses of all trunks one by one, a trunk's in their order; a cursor names a trunk and a place in its list. */
async function allIps(table: Reads, { limit = 100, after }: Range): Promise<Slice<ListedIp>> {
  const { cursor, taken } =
    after === undefined
      ? { cursor: undefined, taken: 0 }
      : (JSON.parse(after) as { cursor: string | undefined; taken: number });
  const trunks = await table.query(trunkIpsRow, {}, { limit, ...(cursor === undefined ? {} : { after: cursor }) });
  const listed = trunks.items
    .flatMap(({ trunk_id: trunk, ips }, at) =>
      ips.map((ip, place) => ({
        item: { ...ip, trunk_id: trunk },
        behind: JSON.stringify(
          place + 1 < ips.length
            ? { cursor: at === 0 ? cursor : trunks.cursorAt(at - 1), taken: place + 1 }
            : { cursor: trunks.cursorAt(at), taken: 0 },
        ),
      })),
    )
    .slice(taken);
  const shown = listed.slice(0, limit);
  const isLast = shown.length === listed.length && trunks.cursor === undefined;
  return {
    items: shown.map(({ item }) => item),
    cursor: isLast ? undefined : (shown.at(-1)?.behind ?? JSON.stringify({ cursor: trunks.cursor, taken: 0 })),
    cursorAt: (position) => shown[position]?.behind ?? '',
  };
}

export const trunkIpStore = (table: Reads) => ({
  trunk: (id: string) => table.get(trunkRow, { id }),
  ips: (trunk: string) => table.get(trunkIpsRow, { trunk_id: trunk }),
  page: (request: PageRequest, keep: (ip: ListedIp) => boolean) =>
    readPage(request, { read: (range) => allIps(table, range), keep }),
  /** Who speaks for the places that a change of the list concerns. */
  spoken: async (before: readonly TrunkIp[], after: readonly TrunkIp[]): Promise<readonly Spoken[]> => {
    const places = affectedPlaces(before, after);
    const read = await table.getAll(trunkAddressRow, places);
    return places.map((place, at) => ({ place, read: read[at] }));
  },
});

type Spoken = { readonly place: Place; readonly read: TrunkAddressItem | undefined };
type Writing = {
  readonly organization: number;
  readonly trunk: TrunkItem;
  readonly read: TrunkIpsItem | undefined;
  readonly ips: readonly TrunkIp[];
  readonly spoken: readonly Spoken[];
};

/** The writes of a change of a trunk's list, with who speaks for its places then. @throws AppError IP_IN_USE */
export const writing = ({ organization, trunk, read, ips, spoken }: Writing) => [
  unchanged(trunkRow, trunk, {
    expression: '#type = :type',
    names: { '#type': 'type' },
    values: { ':type': trunk.type },
  }),
  ...ipsWrites(trunk.id, read, ips),
  ...spoken.flatMap(({ place, read: before }) =>
    ownerWrites(
      place,
      before,
      ownersAfter(before?.owners ?? [], place, { org_id: organization, trunk_id: trunk.id, type: trunk.type }, ips),
    ),
  ),
];
