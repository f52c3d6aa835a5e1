/** The archive of policies and templates: each change leaves one entry, for ever (dialplan.md, "Archive"). */

export const archivedTypes = ['template', 'policy'] as const;
export const archiveActions = ['create', 'update', 'delete', 'restore'] as const;

/** Old and new value of each field that differs, by its dotted path (`conditions.user_groups`). */
export type FieldChanges = Readonly<Record<string, { readonly old: unknown; readonly new: unknown }>>;

export type ArchiveEntry = {
  /** `hist_…` */
  readonly id: string;
  readonly type: (typeof archivedTypes)[number];
  readonly entity_id: string;
  readonly entity_name: string;
  /** The version that the change made; a deletion makes one too. */
  readonly version: number;
  readonly action: (typeof archiveActions)[number];
  readonly changed_by: { readonly user_id: string; readonly username: string };
  /** Null for a creation. */
  readonly changes: FieldChanges | null;
  /** The fields after the change; before it, if it deletes. */
  readonly snapshot: Readonly<Record<string, unknown>>;
  /** ISO 8601 UTC. */
  readonly archived_at: string;
};

/** Who changes something, and when: what an entry tells beside the change. */
export type Author = {
  readonly id: string;
  readonly username: string;
  /** ISO 8601 UTC. */ readonly at: string;
  /** Id of the entry. */ readonly entryId: string;
};

type Archived = Pick<ArchiveEntry, 'type' | 'entity_id' | 'entity_name' | 'version' | 'action'> & {
  /** The fields before and after; one of them is missing for a creation or a deletion. */
  readonly before?: object;
  readonly after?: object;
};

/** The entry that a change leaves. */
export const archived = ({ before, after, ...of }: Archived, { id, username, at, entryId }: Author): ArchiveEntry => ({
  ...of,
  id: entryId,
  changed_by: { user_id: id, username },
  changes: before === undefined ? null : fieldChanges(before, after ?? {}),
  snapshot: { ...(after ?? before) },
  archived_at: at,
});

/** What differs between two states; lists are compared whole, an absent field is null. */
export function fieldChanges(before: object, after: object, path = ''): FieldChanges {
  const old: Readonly<Record<string, unknown>> = { ...before };
  const now: Readonly<Record<string, unknown>> = { ...after };
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return Object.fromEntries(
    names.flatMap((name) => Object.entries(valueChanges(old[name], now[name], `${path}${name}`))),
  );
}

function valueChanges(old: unknown, now: unknown, path: string): FieldChanges {
  if (isObject(old) && isObject(now)) return fieldChanges(old, now, `${path}.`);
  return canonical(old) === canonical(now) ? {} : { [path]: { old: old ?? null, new: now ?? null } };
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The same text for the same value, whatever the order in which a store gives its keys. */
const canonical = (value: unknown): string =>
  JSON.stringify(value ?? null, (_, inner: unknown) =>
    isObject(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );

/** An entry's changes as sentences, by path: a store keeps no order of keys. */
export const changeSentences = ({ changes }: Pick<ArchiveEntry, 'changes'>): string[] =>
  changes === null
    ? ['Initial creation']
    : Object.keys(changes)
        .sort()
        .map((path) => `Updated ${path}`);
