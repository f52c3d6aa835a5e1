import { isObject, textIn } from '../../json-value.ts';
import { t } from '../texts/texts.ts';

/** What calls are sent to and what fields name, and by which names a person knows it. */

/** Where a call is sent: what it is, and which. @param to number, id, or name of the mailbox */
export type Target = { readonly kind: string; readonly to: string };

/**
 * Lists of names by the key of their pages: the path, and the scope that reads it. The definitions of the pages say the
 * same, with all their forms, which no picker needs.
 */
export const lists = {
  users: ['/users', 'users:read'],
  groups: ['/groups', 'users:read'],
  mailboxes: ['/voicemailprefs', 'messaging:read'],
  emailtemplates: ['/emailtemplates', 'messaging:read'],
  devices: ['/devices', 'telephony:read'],
  ringgroups: ['/ringgroups', 'telephony:read'],
  callflows: ['/callflows', 'telephony:read'],
  siptrunk: ['/siptrunk', 'telephony:read'],
  sipgateways: ['/sipgateways', 'telephony:read'],
  schedules: ['/schedules', 'telephony:read'],
  files: ['/files', 'files:read'],
  tariffs: ['/tariffs', 'billing:read'],
} as const;
type List = keyof typeof lists;

/** Resources whose names are listed, and by which field of them one is named. */
type Source = {
  readonly resource: List;
  readonly namedBy: 'id' | 'extension' | 'mailbox';
  /** Filters of the list. */
  readonly query?: Readonly<Record<string, string>>;
};
type Kind = { readonly label: string; readonly sources: readonly Source[] };

const byId = (resource: List): Kind['sources'] => [{ resource, namedBy: 'id' }];

/** Those of users by the name of the user, then all others. */
const mailboxes: Kind['sources'] = [
  { resource: 'users', namedBy: 'extension' },
  { resource: 'mailboxes', namedBy: 'mailbox' },
];

/** Files by what they are used as. */
const fileKinds = (uses: Readonly<Record<string, string>>): Readonly<Record<string, Kind>> =>
  Object.fromEntries(
    Object.entries(uses).map(([name, kind]) => [
      name,
      { label: t('a file'), sources: [{ resource: 'files', namedBy: 'id', query: { kind, state: 'ready' } }] },
    ]),
  );

/** By the type of a route. */
const kinds: Readonly<Record<string, Kind>> = {
  user: { label: t('a user'), sources: byId('users') },
  device: { label: t('a phone'), sources: byId('devices') },
  ring_group: { label: t('a ring group'), sources: byId('ringgroups') },
  flow: { label: t('a call flow'), sources: byId('callflows') },
  extension: { label: t('an extension'), sources: [{ resource: 'users', namedBy: 'extension' }] },
  voicemail: { label: t('a mailbox'), sources: mailboxes },
  mailbox: { label: t('hearing a mailbox'), sources: mailboxes },
  trunk: { label: t('a trunk'), sources: byId('siptrunk') },
  gateway: { label: t('a gateway'), sources: byId('sipgateways') },
  policy_group: { label: t('a group with a dial plan'), sources: byId('groups') },
  schedule: { label: t('a schedule'), sources: byId('schedules') },
  sound: {
    label: t('a sound'),
    sources: [{ resource: 'files', namedBy: 'id', query: { kind: 'sound', state: 'ready' } }],
  },
  template: { label: t('a template'), sources: byId('emailtemplates') },
  tariff: { label: t('a price list'), sources: byId('tariffs') },
  ...fileKinds({ attachment: 'attachment', greeting: 'greeting', drop: 'voicemail_drop' }),
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
  kind === 'number' ? t('a number or extension') : (kinds[kind]?.label ?? kind);

export type Place = Pick<Source, 'namedBy' | 'query'> & { readonly path: string; readonly scopes: readonly string[] };

/** Where the names of a kind are; none: nothing has a name. */
export const placesOf = (kind: string): readonly Place[] =>
  (kinds[kind]?.sources ?? []).map(({ resource, ...how }) => {
    const [path, scope] = lists[resource];
    return { path, scopes: [scope], ...how };
  });

/** Whether a text is an id. The dial plan may have the name of a gateway instead, which nothing is read by. */
export const isId = (text: string): boolean => /^[a-z]+_[0-9A-HJKMNP-TV-Z]{26}$/.test(text);

/** What is typed may be chosen, too: a name that no list has. */
export const isFree = (places: readonly Place[]): boolean => places.some(({ namedBy }) => namedBy !== 'id');

/** The page of what a call is sent to; undefined: it has none. */
export function pageOfTarget({ kind, to }: Target): { readonly key: string; readonly id: string } | undefined {
  const resource = kinds[kind]?.sources.at(-1)?.resource;
  return resource === undefined || to === '*' ? undefined : { key: resource, id: to };
}

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
