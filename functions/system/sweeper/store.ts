import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { indexShards, readShards } from '#dynamodb/index-shards.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import {
  catchUpRow,
  deleteDue,
  duePartition,
  dueRow,
  dueUntil,
  indexDue,
  indexingKey,
  indexingRow,
  sweepKey,
  sweepRow,
  type DueItem,
  type IndexingItem,
} from '#dynamodb/rows/due.ts';
import { eventRow, pendingPartition } from '#dynamodb/rows/event.ts';
import type { Slice, Table } from '#dynamodb/table.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { gatewayHost, hostUseOf, hostUseRow, hostUseWrites } from '#dynamodb/rows/host-use.ts';
import { organizationRow, resellerOf, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { checkReadCondition, overwrite, replace, type Write } from '#dynamodb/write.ts';
import { trunkIpsRow, type TrunkIpsItem } from '../../telephony/rows/trunk-ip.ts';
import { firstIdAt, lastIdAt } from '#dynamodb/ulid.ts';
import { billingProfileRow, openClosingWrite, profileOf } from '../../billing/rows/billing-profile.ts';
import type { sweeper } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof sweeper>>>;

/** The oldest events that one run takes, of all shards together; the next run continues. */
const maxEvents = 4_000;

/** Pending events of all organizations that were recorded before an instant (Unix milliseconds). */
export async function overdueEvents(
  table: Reads,
  before: number,
): Promise<{ readonly org_id: number; readonly id: string }[]> {
  const shards = readShards.map((shard) =>
    table.queryIndex(eventRow, 'GSI2', pendingPartition(shard), {
      order: 'asc',
      limit: Math.ceil(maxEvents / indexShards()),
      between: [firstIdAt('evt', 0), lastIdAt('evt', before)],
    }),
  );
  return (await Promise.all(shards)).flatMap(({ items }) => items.map(({ org_id, id }) => ({ org_id, id })));
}

/** The mark; undefined before the first sweep. */
export const readProgress = async (table: Reads): Promise<number | undefined> =>
  (await table.get(sweepRow, sweepKey))?.minute;

export const progressWrite = (minute: number): Write<'lease'> => overwrite(sweepRow, { ...sweepKey, minute });

/** Pointers that are read, queued and deleted at once, of all shards together. */
const roundSize = 800;

/**
 * The next pointers of a shard by their instant, oldest first.
 * @param until Unix minute, included; @param after cursor of the last slice
 */
export const dueSlice = (
  table: Reads,
  shard: number,
  until: number,
  after: string | undefined,
): Promise<Slice<DueItem>> =>
  table.queryIndex(dueRow, 'GSI2', duePartition(shard), {
    order: 'asc',
    limit: Math.ceil(roundSize / indexShards()),
    between: dueUntil(until),
    ...(after === undefined ? {} : { after }),
  });

/** Writes that remove queued pointers. */
export const removeWrites = (items: readonly DueItem[]): Write<'due'>[] => items.map(deleteDue);

export const readIndexing = (table: Reads): Promise<IndexingItem | undefined> => table.get(indexingRow, indexingKey);

export const indexingWrite = (next: number | null, until: number): Write<'lease'> =>
  overwrite(indexingRow, { ...indexingKey, next, until });

export const indexWrites = (items: readonly DueItem[]): Write<'due'>[] => items.map(indexDue);

/** Shards of a minute in versions before the index. */
const formerShards = 8;

/** The pointers of a minute by their keys, whether or not they have index keys. */
export async function pointersOf(table: Reads, minute: number): Promise<DueItem[]> {
  const shards = Array.from({ length: formerShards }, (_, shard) =>
    readToEnd((after) =>
      table.query<'due', DueItem, { minute: number; shard: number }>(dueRow, { minute, shard }, after),
    ),
  );
  return (await Promise.all(shards)).flat();
}

/** Progress of the catch-up: earlier versions of the platform created profiles without a due closing. */
const catchUpKey = { kind: 'catch-up', id: 'period.close' } as const;

/** Profiles in one run. */
const profilesAtOnce = 90;

/**
 * Writes that make the closing of the next profiles due, with the progress; null at the end. Making a closing due twice
 * is one pointer. @param now Unix milliseconds
 */
export async function closingsToCatchUp(
  table: Reads,
  now: number,
  environment: Parameters<typeof openClosingWrite>[2],
): Promise<Write<'due' | 'lease'>[] | null> {
  const item = await table.get(catchUpRow, catchUpKey);
  if (item?.after === null) return null;
  const { items, cursor = null } = await table.queryIndex(billingProfileRow, 'GSI2', ['all'], {
    order: 'asc',
    limit: profilesAtOnce,
    ...(item === undefined ? {} : { after: item.after }),
  });
  return [
    ...items.map((each) => openClosingWrite(profileOf(each), now, environment)),
    overwrite(catchUpRow, { ...catchUpKey, after: cursor }),
  ];
}

/** Organizations in one slice of the catch-up. */
const organizationsAtOnce = 25;

/** Progress in completing what earlier versions stored of organizations. */
const organizationsKey = { kind: 'catch-up', id: 'organizations' } as const;

/** The cursor after the last organization that is complete; undefined: none is; null: all are. */
export const organizationsCaughtUp = async (table: Reads): Promise<string | null | undefined> =>
  (await table.get(catchUpRow, organizationsKey))?.after;

export const organizationsCaughtUpWrite = (after: string | null): Write<'lease'> =>
  overwrite(catchUpRow, { ...organizationsKey, after });

/** The organizations after a cursor. */
export const nextOrganizations = (table: Reads, after: string | undefined): Promise<Slice<OrganizationItem>> =>
  table.queryIndex(organizationRow, 'GSI2', ['all'], {
    order: 'asc',
    limit: organizationsAtOnce,
    ...(after === undefined ? {} : { after }),
  });

/** Trunks of an earlier version: their addresses without proof are in no list of sellers. */
export const trunksWithoutOwner = async (table: Reads): Promise<readonly string[]> =>
  (await readToEnd((after) => table.query(trunkIpsRow, {}, after))).flatMap(({ trunk_id: trunk, parent_id: parent }) =>
    parent === undefined ? [trunk] : [],
  );

/** A trunk with its addresses, as they are now. */
export const readTrunkIps = (table: Reads, trunk_id: string) =>
  Promise.all([table.get(trunkIpsRow, { trunk_id }), table.get(trunkRow, { id: trunk_id })]);

/** Puts a trunk's addresses that lack proof into the lists of its sellers. */
export const ownerWrite = (read: TrunkIpsItem, { org_id, parent_id }: OrganizationItem): Write<'trunkip'> =>
  replace(trunkIpsRow, { ...read, org_id, parent_id, version: read.version + 1 }, read);

const asRead = ({ version }: { readonly version: number }) => ({
  expression: '#version = :read',
  names: { '#version': 'version' },
  values: { ':read': version },
});

/** The gateways and trunks of an organization with a host of their own. */
async function readHostUsers(table: Reads) {
  const [gateways, trunks] = await Promise.all([
    readToEnd((after) => table.query(gatewayRow, {}, after)),
    readToEnd((after) => table.query(trunkRow, {}, after)),
  ]);
  return [
    ...gateways.flatMap((gateway) => {
      const user = gatewayHost(gateway);
      return user === undefined ? [] : [{ user, check: checkReadCondition(gatewayRow, gateway, asRead(gateway)) }];
    }),
    // Trunks of the first form have no owner: it is the organization of their partition.
    ...trunks.map((trunk) => ({
      user: { ...trunk, org_id: table.organization },
      check: checkReadCondition(trunkRow, trunk, asRead(trunk)),
    })),
  ];
}

/**
 * A transaction for each gateway and trunk of an earlier version whose host is not indexed: since its creation. It
 * fails if the gateway or trunk has changed since, which has indexed it.
 */
export async function hostsToCatchUp(
  table: Reads,
  organization: OrganizationItem,
): Promise<readonly (readonly Write<'host' | 'check:gateway' | 'check:trunk'>[])[]> {
  const reseller = resellerOf(organization);
  const old = (await readHostUsers(table)).filter(({ user }) => user.host_since === undefined);
  const uses = await table.getAll(
    hostUseRow,
    old.map(({ user }) => hostUseOf(user, reseller)),
  );
  return old
    .filter((_, at) => uses[at] === undefined)
    .map(({ user, check }) => [check, ...hostUseWrites(undefined, user, reseller)]);
}
