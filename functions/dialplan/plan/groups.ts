/** Groups as the plan contains them. */

export type Group = { readonly id: string; readonly name: string; readonly status: 'active' | 'inactive' };

/** Finds groups by id or name, case ignored. */
export type GroupDirectory = { find(entry: string): Group | undefined };

/** A directory of groups. An id takes precedence over an equal name. */
export function groupDirectory(groups: readonly Group[]): GroupDirectory {
  const byId = new Map(groups.map((group) => [group.id.toLowerCase(), group]));
  const byName = new Map(groups.map((group) => [group.name.toLowerCase(), group]));
  return {
    find(entry) {
      const key = entry.toLowerCase();
      return byId.get(key) ?? byName.get(key);
    },
  };
}

/**
 * Resolves the entries of `user_groups` to ids, by the lower-case entry. An unknown entry is saved with a warning and
 * matches a caller's entry of the same name.
 */
export function resolveGroups(
  userGroups: readonly string[],
  directory: GroupDirectory,
): { ids: Record<string, string>; unknown: string[] } {
  const found = userGroups.map((entry) => ({ entry, group: directory.find(entry) }));
  return {
    ids: Object.fromEntries(
      found.flatMap(({ entry, group }) => (group === undefined ? [] : [[entry.toLowerCase(), group.id]])),
    ),
    unknown: found.filter(({ group }) => group === undefined).map(({ entry }) => entry),
  };
}

/**
 * The key of a policy's entry, which a caller must have. A resolved entry has the key of its id: it still matches after
 * a rename, and matches no one after the group is deleted, even if another group takes the name.
 */
export const groupKey = (entry: string, id: string | undefined): string =>
  id === undefined ? nameKey(entry) : idKey(id);

/** The keys that a caller's entries have. An inactive group has none, an unknown entry that of its name. */
export function membership(entries: readonly string[], directory: GroupDirectory): ReadonlySet<string> {
  return new Set(
    entries.flatMap((entry) => {
      const group = directory.find(entry);
      if (group === undefined) return [nameKey(entry)];
      return group.status === 'active' ? [idKey(group.id), nameKey(group.name)] : [];
    }),
  );
}

const idKey = (id: string): string => `id ${id.toLowerCase()}`;
const nameKey = (name: string): string => `name ${name.toLowerCase()}`;
