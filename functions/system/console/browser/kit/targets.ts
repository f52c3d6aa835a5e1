import { isObject, textIn } from '../../json-value.ts';
import { resources } from '../resources/resources.ts';

/** What calls are sent to and what fields name, and by which names a person knows it. */

/** Where a call is sent: what it is, and which. @param to number, id, or name of the mailbox */
export type Target = { readonly kind: string; readonly to: string };

/** Resources whose names are listed, and by which field of them one is named. */
type Source = {
  readonly resource: string;
  readonly namedBy: 'id' | 'extension' | 'mailbox';
  /** Filters of the list. */
  readonly query?: Readonly<Record<string, string>>;
};
type Kind = { readonly label: string; readonly sources: readonly Source[] };

const byId = (resource: string): Kind['sources'] => [{ resource, namedBy: 'id' }];

/** Those of users by the name of the user, then all others. */
const mailboxes: Kind['sources'] = [
  { resource: 'users', namedBy: 'extension' },
  { resource: 'mailboxes', namedBy: 'mailbox' },
];

/** By the type of a route. */
const kinds: Readonly<Record<string, Kind>> = {
  user: { label: 'a user', sources: byId('users') },
  device: { label: 'a phone', sources: byId('devices') },
  ring_group: { label: 'a ring group', sources: byId('ringgroups') },
  flow: { label: 'a call flow', sources: byId('callflows') },
  voicemail: { label: 'a mailbox', sources: mailboxes },
  mailbox: { label: 'hearing a mailbox', sources: mailboxes },
  trunk: { label: 'a trunk', sources: byId('siptrunk') },
  policy_group: { label: 'a group with a dial plan', sources: byId('groups') },
  schedule: { label: 'a schedule', sources: byId('schedules') },
  sound: {
    label: 'a sound',
    sources: [{ resource: 'files', namedBy: 'id', query: { kind: 'sound', state: 'ready' } }],
  },
  template: { label: 'a template', sources: byId('emailtemplates') },
};

/** Fields that have the id of something, by their name. */
const kindsOfFields: Readonly<Record<string, string>> = {
  user_id: 'user',
  userId: 'user',
  flow: 'flow',
  trunk_id: 'trunk',
  schedule: 'schedule',
  mailbox: 'voicemail',
};

/** The kind of what a field names; undefined: it names nothing that is known here. */
export const kindOfField = (name: string): string | undefined => kindsOfFields[name];

/** The kind of what a field of several ids names, such as `user_ids`. */
export const kindOfListField = (name: string): string | undefined =>
  name.endsWith('_ids') ? kindOfField(name.slice(0, -1)) : undefined;

/** Whether a kind is known, by the type of a route. */
export const isKind = (name: string): boolean => Object.hasOwn(kinds, name);

/** As a person reads a kind. */
export const labelOfKind = (kind: string): string =>
  kind === 'number' ? 'a number or extension' : (kinds[kind]?.label ?? kind);

export type Place = Pick<Source, 'namedBy' | 'query'> & { readonly path: string; readonly scopes: readonly string[] };

/** Where the names of a kind are; none: nothing has a name. */
export const placesOf = (kind: string): readonly Place[] =>
  (kinds[kind]?.sources ?? []).flatMap(({ resource, ...how }) => {
    const found = resources.find(({ key }) => key === resource);
    if (found === undefined) return [];
    return [{ path: found.path, scopes: found.scope === null ? [] : [found.scope], ...how }];
  });

/** What is typed may be chosen, too: a name that no list has. */
export const isFree = (places: readonly Place[]): boolean => places.some(({ namedBy }) => namedBy !== 'id');

export type Choice = { readonly value: string; readonly label: string };

const nameIn = (row: Readonly<Record<string, unknown>>): string =>
  ['display_name', 'name', 'username', 'label', 'mac_address'].map((field) => textIn(row[field])).find(Boolean) ?? '';

/** What a row of the list is chosen as; undefined: it cannot be chosen. */
export function choiceOf({ namedBy }: Pick<Place, 'namedBy'>, row: unknown): Choice | undefined {
  if (!isObject(row)) return undefined;
  const [value, extension] = [textIn(row[namedBy]), textIn(row['extension'])];
  if (value === '') return undefined;
  const name = nameIn(row) || value;
  return { value, label: extension === '' ? name : `${name} (${extension})` };
}

/** Each value once, as it is called first. */
export const distinct = (choices: readonly Choice[]): readonly Choice[] =>
  choices.filter(({ value }, at) => choices.findIndex((other) => other.value === value) === at);
