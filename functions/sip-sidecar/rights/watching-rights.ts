import { readToEnd } from '#dynamodb/read-to-end.ts';
import { deviceRow, extensionOwnerRow } from '#dynamodb/rows/device.ts';
import { groupMemberRow, groupRow, type GroupItem } from '#dynamodb/rows/group.ts';
import { blfListRow } from '#dynamodb/rows/subscription.ts';
import { userExtensionRow, userRow } from '#dynamodb/rows/user.ts';
import { cacheResults } from '#concurrency/cache.ts';
import { isLiveList, presentTargets } from '#schema/blf-list.ts';
import { accountLines } from '#schema/device.ts';
import { second } from '#schema/time.ts';
import { slotOfLine } from '#telephony/parking.ts';
import { anyAccountRow, type AnyAccountItem } from '../../telephony/rows/sip-account.ts';
import type { SidecarContext } from '../leases/membership.ts';

/** Who may watch which lines, as it is stored. */

/** Who may watch which lines (functions/sip-sidecar/line-states/README.md). */

/** A phone that wants to watch lines. Extensions and groups are those of its organization. */
export type Watcher = {
  readonly user: string | null;
  /** The lines of the phone itself. */
  readonly own: readonly string[];
  /** Its lines of type `blf`. */
  readonly named: readonly string[];
  /** The live BLF list of the device, else that of its user. */
  readonly listed: readonly string[];
  /** Ids of the groups of its user. */
  readonly groups: readonly string[];
};

/** A line that may be watched. */
export type OwnedLine = {
  readonly extension: string;
  /** The user whose extension it is. */
  readonly user: string | null;
  /** Ids of the groups of its user. */
  readonly groups: readonly string[];
};

/**
 * `user`: whose calls are calls of the line. `showsParties`: whether the watcher sees the other parties. `isNear`: it
 * is a line of its own, or of one of its groups.
 */
type WatchingRight = {
  readonly user: string | null;
  readonly showsParties: boolean;
  readonly isNear: boolean;
};

/** The right to watch a line: its own, named by a line of type `blf` or a list, or of a group that both are in. */
export function watchingRight(watcher: Watcher, { extension, user, groups }: OwnedLine): WatchingRight | undefined {
  const isOwn = watcher.own.includes(extension) || (user !== null && user === watcher.user);
  const isShared = groups.some((group) => watcher.groups.includes(group));
  const isNear = isOwn || isShared;
  if (isNear || watcher.named.includes(extension)) return { user, showsParties: true, isNear };
  return watcher.listed.includes(extension) ? { user, showsParties: false, isNear } : undefined;
}

type Table = ReturnType<SidecarContext['tableOf']>;

/** Milliseconds for which a right is cached, and how many are. */
const cache = { ttl: 20 * second, max: 20_000 } as const;

/** A line that a phone wants to watch. */
export type Wanted = { readonly organization: number; readonly username: string; readonly extension: string };

/** The right of a phone to watch a line; undefined: it has none. */
export type RightOf = (wanted: Wanted) => Promise<WatchingRight | undefined>;

const groupCategories: ReadonlySet<GroupItem['category']> = new Set(['department', 'call_center']);

/** The groups whose members watch one another: departments and call centers, as long as they are active. */
async function groupsOf(table: Table, user: string): Promise<string[]> {
  const memberships = await readToEnd((after) =>
    table.queryIndex(groupMemberRow, 'GSI1', [String(table.organization), user], after),
  );
  const groups = await table.getAll(
    groupRow,
    memberships.map(({ group_id: id }) => ({ id })),
  );
  return groups.flatMap((group) =>
    group?.status === 'active' && groupCategories.has(group.category) ? [group.id] : [],
  );
}

/** The extensions of a BLF list: that of the device, else that of its user. */
async function listedExtensions(table: Table, entities: readonly string[], now: Date): Promise<string[]> {
  const lists = await table.getAll(
    blfListRow,
    entities.map((entity_id) => ({ entity_id })),
  );
  const list = lists.find((each) => each !== undefined);
  if (list === undefined || !isLiveList(list, now)) return [];
  const ids = new Set(list.targets.flatMap(({ target_id: id }) => id ?? []));
  const people = await table.getAll(
    userRow,
    [...ids].map((id) => ({ id })),
  );
  return presentTargets(list.targets, people).flatMap(({ extension }) => extension ?? []);
}

async function watcherOf(table: Table, account: AnyAccountItem, now: Date): Promise<Watcher> {
  const { user_id: user } = account;
  const device = account.kind === 'line' ? undefined : await table.get(deviceRow, { id: account.device_id });
  const entities = [...(device === undefined ? [] : [device.id]), ...(user === null ? [] : [user])];
  const lines = device?.lines ?? [];
  const [listed, groups] = await Promise.all([
    listedExtensions(table, entities, now),
    user === null ? [] : groupsOf(table, user),
  ]);
  return {
    user,
    own: accountLines(lines).map(({ extension }) => extension),
    named: lines.filter(({ type }) => type === 'blf').map(({ extension }) => extension),
    listed,
    groups,
  };
}

/** The users of an extension. Extensions that do not exist have none. */
async function ownedLineOf(table: Table, extension: string): Promise<OwnedLine> {
  const [ofUser, ofDevices] = await Promise.all([
    table.get(userExtensionRow, { extension }),
    table.get(extensionOwnerRow, { extension }),
  ]);
  const user = ofUser?.owner.startsWith('usr_') === true ? ofUser.owner : null;
  const owner = user ?? (ofDevices?.owner.startsWith('usr_') === true ? ofDevices.owner : null);
  return { extension, user, groups: owner === null ? [] : await groupsOf(table, owner) };
}

/** Reads rights. Each part is cached: many phones that watch one line cost little, and one that watches many too. */
export function watchingRights({ tableOf, clock }: Pick<SidecarContext, 'tableOf' | 'clock'>): RightOf {
  const now = () => clock().getTime();
  type Phone = Omit<Wanted, 'extension'>;
  const watcher = cacheResults<Phone, Watcher | undefined>(
    async ({ organization, username: sip_username }) => {
      const account = await tableOf(0).get(anyAccountRow, { sip_username });
      return account?.org_id === organization ? watcherOf(tableOf(organization), account, clock()) : undefined;
    },
    cache,
    now,
    ({ organization, username }) => `${organization} ${username}`,
  );
  const line = cacheResults<Omit<Wanted, 'username'>, OwnedLine>(
    ({ organization, extension }) => ownedLineOf(tableOf(organization), extension),
    cache,
    now,
    ({ organization, extension }) => `${organization} ${extension}`,
  );
  return async ({ organization, username, extension }) => {
    // Which call is in a slot is shown to no one.
    if (slotOfLine(extension) !== undefined)
      return (await watcher({ organization, username })) && { user: null, showsParties: false, isNear: false };
    const [by, of] = await Promise.all([watcher({ organization, username }), line({ organization, extension })]);
    return by === undefined ? undefined : watchingRight(by, of);
  };
}
