import * as z from 'zod';
import { foldText } from '#schema/searched-text.ts';
import { AppError } from '#errors.ts';
import { definedFields } from '#schema/defined-fields.ts';
import {
  matchingField,
  noOwnFields,
  numberFields,
  presenceStatuses,
  type DirectoryEntry,
  type OwnFields,
} from '../schema/directory.ts';
import { omit } from '#schema/omit.ts';
import { storedAddress } from '#schema/email-address.ts';
import { E164, Email, Extension, HttpsUrl, text, TimeZone } from '#schema/values.ts';
import { changeAccount } from '../users/account.ts';
import type { StoredAccount } from '../users/account-answer.ts';

/** What is decided about entries of the client directory (functions/accounts/README.md, "Client directory"). */

/** Outside contacts of one organization. */
export const maxContacts = 20_000;

const label = text(100).nullable();
const extensionForm = /^[0-9]{2,8}$/;

const optional = {
  firstName: label.describe('First name, up to 100 characters'),
  lastName: label.describe('Last name, up to 100 characters'),
  extension: Extension.nullable().describe(
    'Extension of 2–8 digits, unique in the organization among users and contacts',
  ),
  directNumber: E164.nullable().describe('Direct number (E.164)'),
  department: label.describe('Department, up to 100 characters'),
  title: label.describe('Title, up to 100 characters'),
  location: label.describe('Location, up to 100 characters'),
  timezone: TimeZone.nullable().describe("Time zone (IANA). Default: the organization's"),
  presence: z
    .object({
      status: z.enum(presenceStatuses).describe('Presence'),
      message: text(140).nullable().optional().describe('What others see with it, up to 140 characters'),
    })
    .nullable()
    .describe('Presence; null: as if never set'),
  contactInfo: z
    .object({
      mobilePhone: E164.nullable().describe('Mobile number (E.164)'),
      workPhone: E164.nullable().describe('Number at work (E.164)'),
      fax: E164.nullable().describe('Fax number (E.164)'),
    })
    .partial()
    .describe('Further numbers; those that are absent stay'),
  avatar: HttpsUrl.nullable().describe('https URL of a picture, up to 1,024 characters; it is never fetched'),
} as const;

const displayName = text(100, 1).describe('Name by which the directory is sorted');
const emailMeaning = 'E-mail address, unique in the organization among users and contacts';

/** Body of `PUT /clientdirectory/{entity}`. */
export const EntryChange = z
  .object({ displayName, email: Email.nullable().describe(emailMeaning), ...optional })
  .partial()
  .meta({ id: 'DirectoryEntryChange' });
export type EntryChange = z.output<typeof EntryChange>;

/** Body of `POST /clientdirectory/{entity}`. */
export const NewEntry = z
  .object(optional)
  .partial()
  .extend({ displayName, email: Email.describe(emailMeaning) })
  .meta({ id: 'NewDirectoryEntry' });
export type NewEntry = z.output<typeof NewEntry>;

/** Fields that a user may change in its own entry without `users:write`. */
const ownFieldsOfUser: ReadonlySet<string> = new Set(['presence', 'contactInfo']);

/** @throws AppError INSUFFICIENT_SCOPE for another field than `presence` and `contactInfo` */
export function assertOnlyOwnFields(wanted: EntryChange): void {
  const others = Object.keys(wanted).filter((name) => !ownFieldsOfUser.has(name));
  if (others.length > 0)
    throw new AppError(
      'INSUFFICIENT_SCOPE',
      'Without users:write only presence and contactInfo of the own entry change',
      {
        details: others.map((path) => ({ path, message: 'needs users:write' })),
      },
    );
}

type Change = { readonly wanted: EntryChange; /** ISO 8601. */ readonly now: string };

/** The fields that only the directory has, after a change. */
export function changeOwnFields(before: OwnFields, { wanted, now }: Change): OwnFields {
  const { presence, contactInfo: numbers = {} } = wanted;
  return {
    ...before,
    ...definedFields({
      department: wanted.department,
      title: wanted.title,
      location: wanted.location,
      avatar: wanted.avatar,
      mobile_phone: numbers.mobilePhone,
      work_phone: numbers.workPhone,
      fax: numbers.fax,
      presence: presence && { status: presence.status, message: presence.message ?? null, updated_at: now },
    }),
  };
}

/** Only the fields that the directory has for itself. */
export const ownFieldsOf = (entry: DirectoryEntry): OwnFields => ({
  department: entry.department,
  title: entry.title,
  location: entry.location,
  presence: entry.presence,
  mobile_phone: entry.mobile_phone,
  work_phone: entry.work_phone,
  fax: entry.fax,
  avatar: entry.avatar,
});

/** The fields of a change that are a user's. */
const userFields = (wanted: EntryChange) =>
  definedFields({
    display_name: wanted.displayName,
    first_name: wanted.firstName,
    last_name: wanted.lastName,
    email: wanted.email,
    extension: wanted.extension,
    direct_number: wanted.directNumber,
    timezone: wanted.timezone,
  });

/** Whether a change concerns fields of the user itself. */
export const changesUser = (wanted: EntryChange): boolean => Object.keys(userFields(wanted)).length > 0;

/** The user of an entry after a change of the entry; also for a change of own fields, as the version counts both. */
export const changeUser = <U extends StoredAccount>(user: U, { wanted, now }: Change): U =>
  changeAccount(user, userFields(wanted), now);

/** A contact as it is first stored, or with an earlier version as it is replaced. */
export function newContact(id: string, wanted: NewEntry, now: string, earlier?: DirectoryEntry): DirectoryEntry {
  const blank: DirectoryEntry = {
    ...noOwnFields,
    id,
    kind: 'contact',
    username: null,
    display_name: wanted.displayName,
    first_name: null,
    last_name: null,
    email: null,
    extension: null,
    direct_number: null,
    timezone: null,
    created_at: earlier?.created_at ?? now,
    updated_at: now,
    version: earlier?.version ?? 0,
  };
  return changeContact(blank, { wanted, now });
}

/** The next version of a contact. */
export const changeContact = (before: DirectoryEntry, change: Change): DirectoryEntry => ({
  ...before,
  ...userFields(change.wanted),
  ...changeOwnFields(ownFieldsOf(before), change),
  updated_at: change.now,
  version: before.version + 1,
});

export type EntryFilter = {
  readonly q?: string | undefined;
  readonly number?: string | undefined;
  readonly department?: string | undefined;
};

/** Whether an entry matches the filters of a list. */
export const matches = (entry: DirectoryEntry, { q, number, department }: EntryFilter): boolean =>
  (q === undefined || matchingField(entry, q) !== undefined) &&
  (number === undefined || numberFields.some((field) => entry[field] === number)) &&
  (department === undefined || foldText(entry.department ?? '') === foldText(department));

/** How a path names an entry. */
export type EntryName = { readonly by: 'id' | 'extension' | 'email'; readonly value: string };

/** An id, an extension, or an e-mail address. */
export function entryNameOf(entity: string): EntryName {
  if (extensionForm.test(entity)) return { by: 'extension', value: entity };
  const address = storedAddress(entity);
  return address === undefined ? { by: 'id', value: entity } : { by: 'email', value: address };
}

/** An entry without what only its storage needs, for events. */
export const describedEntry = (entry: DirectoryEntry) => omit(entry, 'kind', 'version');
