/** The archive of policies and templates: one entry for each change, kept for ever. */

export const archivedTypes = ['template', 'policy'] as const;
export const archiveActions = ['create', 'update', 'delete', 'restore'] as const;

/** Old and new value of each changed field, by its dotted path (`conditions.user_groups`). */
export type FieldChanges = Readonly<Record<string, { readonly old: unknown; readonly new: unknown }>>;

export type ArchiveEntry = {
  /** `hist_…` */
  readonly id: string;
  readonly type: (typeof archivedTypes)[number];
  readonly entity_id: string;
  readonly entity_name: string;
  /** The version that the change made. A deletion makes one too. */
  readonly version: number;
  readonly action: (typeof archiveActions)[number];
  readonly changed_by: { readonly user_id: string; readonly username: string };
  /** Null for a creation. */
  readonly changes: FieldChanges | null;
  /** The fields after the change; before it for a deletion. */
  readonly snapshot: Readonly<Record<string, unknown>>;
  /** ISO 8601 UTC. */
  readonly archived_at: string;
};

/** Author and time of a change. */
export type Author = {
  readonly id: string;
  readonly username: string;
  /** ISO 8601 UTC. */ readonly at: string;
  /** Id of the archive entry. */ readonly entryId: string;
};

type ArchivedChange = Pick<ArchiveEntry, 'type' | 'entity_id' | 'entity_name' | 'version' | 'action'> & {
  /** The fields before the change; absent for a creation. */
  readonly before?: object;
  /** The fields after the change; absent for a deletion. */
  readonly after?: object;
};

/** The archive entry of a change. */
export const archiveEntry = (
  { before, after, ...of }: ArchivedChange,
  { id, username, at, entryId }: Author,
): ArchiveEntry => ({
  ...of,
  id: entryId,
  changed_by: { user_id: id, username },
  changes: before === undefined ? null : fieldChanges(before, after ?? {}),
  snapshot: { ...(after ?? before) },
  archived_at: at,
});

/** The fields that differ between two states. A list counts as one value; an absent field is null. */
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

/** The same text for equal values: DynamoDB does not keep the order of keys. */
const canonical = (value: unknown): string =>
  JSON.stringify(value ?? null, (_name, inner: unknown) =>
    isObject(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );

/** The changes of an entry as sentences, sorted by path. */
export const changeSentences = ({ changes }: Pick<ArchiveEntry, 'changes'>): string[] =>
  changes === null
    ? ['Initial creation']
    : Object.keys(changes)
        .sort()
        .map((path) => `Updated ${path}`);
