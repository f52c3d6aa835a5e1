import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { conceal, erasedPseudonym, personsIn, reveal, valueKey, type PersonKeys } from './pseudonym.ts';

/** The entries of the event log and their chain: what an auditor needs to verify the log without the platform. */

/** An entry's position in its chain, and its hash. */
export type ChainLink = { readonly seq: number; readonly hash: string };

/** An entry without its position in the chain. Its form never changes, because its hash depends on it. */
export type UnsealedEntry = {
  readonly event_log_id: string;
  readonly org_id: number;
  readonly event_type: string;
  readonly severity: string;
  readonly actor: {
    readonly id: string;
    readonly type: 'user' | 'api' | 'system';
    readonly name: string | null;
    readonly email: string | null;
  };
  readonly resource: { readonly type: string | null; readonly id: string | null; readonly name: string | null } | null;
  readonly description: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly recorded_by: string;
  readonly request_id: string | null;
  readonly created_at: string;
};

/** What an entry has in place of each value that may name a person, after that person was erased. */
export const erasedValues = {
  'actor.name': null,
  'actor.email': null,
  'resource.id': null,
  'resource.name': null,
  description: 'Erased',
  metadata: {},
  ip_address: null,
  user_agent: null,
} as const;
/** The place of a value that may name a person. */
export type PersonalPath = keyof typeof erasedValues;
export const personalPaths = Object.keys(erasedValues).filter((path): path is PersonalPath => path in erasedValues);

type ByPath = Readonly<Partial<Record<PersonalPath, string>>>;

/**
 * An entry as it is stored, with erased values in place of those that have a pseudonym, and as it is answered, with
 * the values of persons who are not erased, and with the keys that prove them.
 */
export type EventLogEntry = UnsealedEntry & {
  readonly chain: {
    readonly state: 'sealed';
    readonly seq: number;
    readonly prev_hash: string;
    readonly hash: string;
    readonly pseudonyms?: ByPath;
    /** In answers: the key of each value that is shown and has a pseudonym. */
    readonly keys?: ByPath;
  };
};

/** The predecessor of the first entry of a chain. */
export const startOfChain: ChainLink = { seq: 0, hash: '0'.repeat(64) };

type Linked = UnsealedEntry & {
  readonly chain: { readonly seq: number; readonly prev_hash: string; readonly pseudonyms?: ByPath };
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function valueAt(entry: UnsealedEntry, path: PersonalPath): unknown {
  const [outer = '', inner] = path.split('.');
  const value = new Map<string, unknown>(Object.entries(entry)).get(outer);
  return inner === undefined || !isObject(value) ? value : value[inner];
}

function withValue<E extends UnsealedEntry>(entry: E, path: PersonalPath, value: unknown): E {
  const [outer = '', inner] = path.split('.');
  const before = new Map<string, unknown>(Object.entries(entry)).get(outer);
  return { ...entry, [outer]: inner === undefined || !isObject(before) ? value : { ...before, [inner]: value } };
}

const pathsIn = (values: ByPath = {}): PersonalPath[] => personalPaths.filter((path) => values[path] !== undefined);

const eraseValues = <E extends UnsealedEntry>(entry: E, paths: readonly PersonalPath[]): E =>
  paths.reduce((erased, path) => withValue(erased, path, erasedValues[path]), entry);

const isErased = (entry: UnsealedEntry, path: PersonalPath): boolean =>
  canonicalJson(valueAt(entry, path) ?? null) === canonicalJson(erasedValues[path]);

/**
 * The SHA-256 (hex) of an entry's canonical JSON (RFC 8785) without `chain.state`, `chain.hash` and `chain.keys`, and
 * with erased values where it has pseudonyms: the same before and after a person is erased.
 */
export function entryHash({ chain: { seq, prev_hash, pseudonyms }, ...entry }: Linked): string {
  const chain = { seq, prev_hash, ...(pseudonyms === undefined ? {} : { pseudonyms }) };
  return createHash('sha256')
    .update(canonicalJson({ ...eraseValues(entry, pathsIn(pseudonyms)), chain }))
    .digest('hex');
}

const valuePathOf = ({ org_id: organization, event_log_id: entry }: UnsealedEntry, path: PersonalPath) => ({
  organization,
  entry,
  path,
});

/** Whom each value of an entry names. Values without an owner stay as they are. */
export type Owners = Readonly<Partial<Record<PersonalPath, readonly string[]>>>;

/**
 * Bytes of a value, as JSON, that has a pseudonym: a third longer, it must fit into an item of 400 KB. Larger ones,
 * which would keep the event from ever being sealed, are left out.
 */
const maxValue = 280_000;

/**
 * An entry with pseudonyms in place of the values of persons.
 * @param keys of all owners but those who are erased, whose values are left out
 */
export function concealValues(entry: UnsealedEntry, owners: Owners, keys: PersonKeys) {
  const paths = personalPaths.filter((path) => (owners[path]?.length ?? 0) > 0 && !isErased(entry, path));
  if (paths.length === 0) return { entry, pseudonyms: undefined };
  const pseudonymOf = (path: PersonalPath): string => {
    const persons = [...new Set(owners[path])];
    const value = valueAt(entry, path);
    return persons.every((person) => keys.has(person)) && Buffer.byteLength(canonicalJson(value)) <= maxValue
      ? conceal(value, persons, keys, valuePathOf(entry, path))
      : erasedPseudonym;
  };
  const pseudonyms: ByPath = Object.fromEntries(paths.map((path) => [path, pseudonymOf(path)]));
  return { entry: eraseValues(entry, paths), pseudonyms };
}

/** The persons whose keys show the values of a stored entry. */
export const personsOf = ({ chain: { pseudonyms } }: Pick<EventLogEntry, 'chain'>): readonly string[] => [
  ...new Set(Object.values(pseudonyms ?? {}).flatMap(personsIn)),
];

/**
 * A stored entry with the values whose persons have keys, and the keys of these values.
 * @param only the values at these paths
 */
export function showValues(stored: EventLogEntry, keys: PersonKeys, only?: readonly PersonalPath[]): EventLogEntry {
  const { pseudonyms } = stored.chain;
  let entry = stored;
  const shown: Partial<Record<PersonalPath, string>> = {};
  for (const path of only ?? personalPaths) {
    if (pseudonyms?.[path] === undefined) continue;
    const [pseudonym, valuePath] = [pseudonyms[path], valuePathOf(stored, path)];
    const key = valueKey(personsIn(pseudonym), keys, valuePath);
    const value = key === undefined ? undefined : reveal(pseudonym, key, valuePath);
    if (key === undefined || value === undefined) continue;
    entry = withValue(entry, path, JSON.parse(value));
    shown[path] = key;
  }
  return entry === stored ? stored : { ...entry, chain: { ...stored.chain, keys: shown } };
}

/** The values that are shown, but are not those of their pseudonyms. */
function falseValues(entry: EventLogEntry): PersonalPath[] {
  const { pseudonyms, keys } = entry.chain;
  return pathsIn(pseudonyms).filter((path) => {
    const key = keys?.[path];
    if (key === undefined) return !isErased(entry, path);
    return (
      reveal(pseudonyms?.[path] ?? '', key, valuePathOf(entry, path)) !== canonicalJson(valueAt(entry, path) ?? null)
    );
  });
}

/** An entry that breaks its chain, and the reason. */
export type ChainBreak = { readonly entry: EventLogEntry; readonly problem: string };

/** What is wrong with an entry, by itself and as successor of the entry before it. */
function problemsOf(entry: EventLogEntry, before: ChainLink): string[] {
  const { seq, prev_hash, hash } = entry.chain;
  if (seq === before.seq) return ['has the sequence number of another entry: the chain forks here'];
  return [
    ...(seq > before.seq + 1 ? [`follows ${before.seq}: ${seq - before.seq - 1} missing in between`] : []),
    ...(seq === before.seq + 1 && prev_hash !== before.hash ? ['does not follow the entry before it'] : []),
    ...(entryHash(entry) === hash ? [] : ['was changed: its hash does not match its content']),
    ...falseValues(entry).map((path) => `was changed: ${path} does not match its pseudonym`),
  ];
}

/**
 * Verifies the chain of one organization, and the values of persons, as far as they are shown. Entries may be in any
 * order.
 * @param before the predecessor of the first entry: for a chain whose beginning was purged, `last_seq` and `last_hash`
 * of the event `archiving.purged`
 * @returns the breaks of the chain; none if it is valid
 */
export function chainBreaks(entries: readonly EventLogEntry[], before: ChainLink = startOfChain): ChainBreak[] {
  let last = before;
  return entries
    .toSorted((one, other) => one.chain.seq - other.chain.seq)
    .flatMap((entry) => {
      const problems = problemsOf(entry, last);
      last = entry.chain;
      return problems.map((problem) => ({ entry, problem }));
    });
}
