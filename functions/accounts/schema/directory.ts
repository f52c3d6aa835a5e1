import { beginsWith, foldText } from '#schema/searched-text.ts';

/** Entries of the client directory: users and outside contacts (functions/accounts/README.md, "Client directory"). */

export const presenceStatuses = ['available', 'busy', 'away', 'dnd', 'offline'] as const;

/** Fields that a user's entry repeats from the user. */
export type CopiedFields = {
  readonly username: string | null;
  readonly display_name: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly extension: string | null;
  readonly direct_number: string | null;
  readonly timezone: string | null;
};

/** Fields that only the directory has. */
export type OwnFields = {
  readonly department: string | null;
  readonly title: string | null;
  readonly location: string | null;
  /** As last set; null: never. */
  readonly presence: {
    readonly status: (typeof presenceStatuses)[number];
    readonly message: string | null;
    /** ISO 8601. */
    readonly updated_at: string;
  } | null;
  readonly mobile_phone: string | null;
  readonly work_phone: string | null;
  readonly fax: string | null;
  readonly avatar: string | null;
};

export type DirectoryEntry = CopiedFields &
  OwnFields & {
    /** Of a user, or any other id of a contact. */
    readonly id: string;
    readonly kind: 'user' | 'contact';
    /** ISO 8601. */
    readonly created_at: string;
    readonly updated_at: string;
    readonly version: number;
  };

/** The fields of an entry that only the directory has, before any is set. */
export const noOwnFields: OwnFields = {
  department: null,
  title: null,
  location: null,
  presence: null,
  mobile_phone: null,
  work_phone: null,
  fax: null,
  avatar: null,
};

/** What searches find an entry by: the first words come first where several match. */
export const nameFields = ['display_name', 'first_name', 'last_name', 'username', 'email', 'extension'] as const;
export const numberFields = ['direct_number', 'mobile_phone', 'work_phone', 'fax'] as const;
export type SearchField = (typeof nameFields)[number] | (typeof numberFields)[number];

/** Characters of a folded text that are indexed: a sort key has at most 1,024 bytes. */
const indexedCharacters = 100;

/** A folded text as it is indexed, and a search as it is looked up. */
export const indexedText = (value: string): string => foldText(value).slice(0, indexedCharacters).toWellFormed();

/** The searchable values of an entry: folded texts, and numbers as they are. */
export function searchValues(entry: Partial<DirectoryEntry>): Partial<Record<SearchField, string>> {
  const filled = <F extends SearchField>(fields: readonly F[], form: (value: string) => string) =>
    fields.flatMap((field): [F, string][] => {
      const value = form(entry[field] ?? '');
      return value === '' ? [] : [[field, value]];
    });
  return Object.fromEntries([...filled(nameFields, indexedText), ...filled(numberFields, (value) => value)]);
}

/** The first field of an entry that begins with a text, as case and accents do not count; undefined if none does. */
export const matchingField = (entry: DirectoryEntry, text: string): SearchField | undefined => {
  return nameFields.find((field) => beginsWith(entry[field] ?? '', text));
};
