/** Who may watch which lines (functions/sip-sidecar/README.md, "Busy lamps"). */

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
export type WatchingRight = {
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
