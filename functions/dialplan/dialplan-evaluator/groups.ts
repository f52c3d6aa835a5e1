/** Groups as the plan knows them (users.md, Groups). */

export type Group = { readonly id: string; readonly name: string; readonly status: 'active' | 'inactive' };

/** Finds groups by id or name, case ignored. */
export type GroupDirectory = { find(entry: string): Group | undefined };

/** A directory of an organization's groups; an id goes before a name that looks like it. */
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
 * The ids to remember for a policy's `user_groups` when it is saved, by the lower-case entry, and the
 * entries that are no group: those are answered with a warning and match a caller's entry of that name.
 */
export function rememberedGroups(
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
 * What a policy's entry asks of a caller. A remembered group is asked for by its id alone, so it goes on
 * matching under a new name, and matches nobody once it is deleted, whoever takes its name.
 */
export const groupKey = (entry: string, rememberedId: string | undefined): string =>
  rememberedId === undefined ? nameKey(entry) : idKey(rememberedId);

/** What a caller's entries answer to. An inactive group answers to nothing; what is no group, to its name. */
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
