import { isObject, textIn } from '../../json-value.ts';
import { resources } from '../resources/resources.ts';

/** What calls are sent to and what fields name, and by which names a person knows it. */

/** Where a call is sent: what it is, and which. @param to number, id, or name of the mailbox */
export type Target = { readonly kind: string; readonly to: string };

type Kind = {
  readonly label: string;
  /** Key of the resources whose names are listed. */
  readonly resource: string;
  /** It is named by this field of them, and may be one that no list has. Default: by its id. */
  readonly namedBy?: 'extension';
};

/** By the type of a route. */
const kinds: Readonly<Record<string, Kind>> = {
  user: { label: 'a user', resource: 'users' },
  device: { label: 'a phone', resource: 'devices' },
  ring_group: { label: 'a ring group', resource: 'ringgroups' },
  flow: { label: 'a call flow', resource: 'callflows' },
  voicemail: { label: 'a mailbox', resource: 'users', namedBy: 'extension' },
  mailbox: { label: 'hearing a mailbox', resource: 'users', namedBy: 'extension' },
  trunk: { label: 'a trunk', resource: 'siptrunk' },
  policy_group: { label: 'a group with a dial plan', resource: 'groups' },
  schedule: { label: 'a schedule', resource: 'schedules' },
};

/** Fields that have the id of something, by their name. */
const kindsOfFields: Readonly<Record<string, string>> = {
  user_id: 'user',
  trunk_id: 'trunk',
  schedule: 'schedule',
  mailbox: 'voicemail',
};

/** The kind of what a field names; undefined: it names nothing that is known here. */
export const kindOfField = (name: string): string | undefined => kindsOfFields[name];

/** As a person reads a kind. */
export const labelOfKind = (kind: string): string => kinds[kind]?.label ?? kind;

type Place = {
  readonly path: string;
  readonly scopes: readonly string[];
  /** What is typed may be chosen, too. */
  readonly isFree: boolean;
};

/** Where the names of a kind are; undefined: nothing has a name. */
export function placeOf(kind: string): Place | undefined {
  const { resource, namedBy } = kinds[kind] ?? {};
  const found = resources.find(({ key }) => key === resource);
  if (found === undefined) return undefined;
  return { path: found.path, scopes: found.scope === null ? [] : [found.scope], isFree: namedBy !== undefined };
}

export type Choice = { readonly value: string; readonly label: string };

const nameIn = (row: Readonly<Record<string, unknown>>): string =>
  ['display_name', 'name', 'username', 'label', 'mac_address'].map((field) => textIn(row[field])).find(Boolean) ?? '';

/** What a row of the list is chosen as; undefined: it cannot be chosen. */
export function choiceOf(kind: string, row: unknown): Choice | undefined {
  if (!isObject(row)) return undefined;
  const { namedBy = 'id' } = kinds[kind] ?? {};
  const [value, extension] = [textIn(row[namedBy]), textIn(row['extension'])];
  if (value === '') return undefined;
  const name = nameIn(row) || value;
  return { value, label: extension === '' ? name : `${name} (${extension})` };
}
