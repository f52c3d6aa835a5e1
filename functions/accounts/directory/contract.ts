import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { savesUser } from '#contract/user-effects.ts';
import { pageQuery } from '#schema/query.ts';
import { E164, Email, IdInUrl, Timestamp } from '#schema/values.ts';
import { accountsErrors } from '../schema/errors.ts';
import { EntryChange, NewEntry } from './entry.ts';
import { Entry, EntryPage, views } from './entry-answer.ts';
import { examples } from './examples.ts';

const view = z.enum(views).optional().describe('Fields of an entry: full (default), summary or contact');
const id = IdInUrl.describe('Id of a user or contact');

/** Entries of users change with their users. */
const changes = [reads('user'), reads('group'), reads('role'), ...savesUser, writes('role'), writes('count')] as const;

export const listDirectory = endpoint('GET /clientdirectory', {
  id: 'listDirectory',
  summary: 'List and search the directory',
  description:
    'Entries match all given filters. They are ordered by name, without case and accents; with `q` by the ' +
    'text that matches. Switches find callers by `number`. `next_page_token` continues beyond 10,000 entries.',
  scope: 'users:read',
  query: {
    ...pageQuery,
    q: z
      .string()
      .max(254)
      .optional()
      .describe('Prefix of display name, names, username, e-mail or extension; case and accents do not count'),
    number: E164.optional().describe('Only entries with this number: direct, mobile, work or fax'),
    department: z.string().max(100).optional().describe('Only this department; case and accents do not count'),
    view,
  },
  pagesData: true,
  listField: 'entries',
  answers: { 200: EntryPage },
  errors: [],
  effects: [reads('directory'), reads('directory', 'GSI1'), reads('directory-word', 'GSI1')],
});

export const getDirectoryEntry = endpoint('GET /clientdirectory/{entity}', {
  id: 'getDirectoryEntry',
  summary: 'Get an entry by the id, extension or e-mail address of a user or contact',
  scope: 'users:read',
  params: {
    entity: z
      .union([IdInUrl, z.string().regex(/^[0-9]{2,8}$/), Email], 'must be an id, an extension or an e-mail address')
      .describe('Id, extension or e-mail address'),
  },
  query: { view },
  answers: { 200: Entry },
  errors: [],
  effects: [reads('directory'), reads('user'), reads('user-email'), reads('user-extension')],
});

export const updateDirectoryEntry = endpoint('PUT /clientdirectory/{entity}', {
  id: 'updateDirectoryEntry',
  summary: 'Update a directory entry',
  description:
    "Names, e-mail, extension, direct number and time zone of a user's entry are the user's, and change there " +
    "too; this needs at least the rights of the user. Other fields are the entry's own: `mobile` of a user " +
    'is not `contactInfo.mobilePhone`.\n\n' +
    'A user changes `presence` and `contactInfo` of its own entry without a scope.',
  scope: 'users:write',
  unversioned: true,
  ownRecord: 'entity',
  params: { entity: id },
  body: EntryChange,
  answers: { 200: Entry },
  errors: ['INSUFFICIENT_SCOPE', 'CANNOT_MANAGE_USER', 'EMAIL_TAKEN', 'EXTENSION_TAKEN'],
  actsOn: 'found',
  effects: [...changes, records('directory.updated'), records('user.updated')],
});

export const saveDirectoryEntry = endpoint('POST /clientdirectory/{entity}', {
  id: 'saveDirectoryEntry',
  summary: 'Create or replace a directory entry',
  description:
    '`new`, or an id that no user has, makes an outside contact; an existing contact is replaced.\n\n' +
    'With the id of a user, its entry is listed again if it was deleted. Absent fields of a contact are ' +
    'cleared, those of a user stay. An organization has at most 20,000 contacts.',
  scope: 'users:write',
  unversioned: true,
  params: { entity: z.union([z.literal('new'), id], 'must be new or a well-formed id').describe('`new`, or an id') },
  nullIsAbsent: true,
  body: NewEntry,
  answers: { 200: Entry, 201: Entry },
  errors: ['CANNOT_MANAGE_USER', 'LIMIT_EXCEEDED', 'EMAIL_TAKEN', 'EXTENSION_TAKEN'],
  actsOn: 'found',
  effects: [...changes, records('directory.created'), records('directory.updated'), records('user.updated')],
});

export const deleteDirectoryEntry = endpoint('DELETE /clientdirectory/{entity}', {
  id: 'deleteDirectoryEntry',
  summary: 'Delete a directory entry',
  description: 'A user stays and can be listed again by POST.',
  scope: 'users:write',
  unversioned: true,
  params: { entity: id },
  answers: {
    200: z
      .object({
        userId: z.string().describe('Id of the user or contact'),
        deletedAt: Timestamp.describe('Time of the deletion'),
      })
      .meta({
        id: 'DirectoryDeletion',
        example: { userId: 'dir_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', deletedAt: '2026-01-31T12:00:00.000Z' },
      }),
  },
  errors: [],
  actsOn: 'found',
  effects: [...changes, records('directory.deleted')],
});

export const directory = resource('directory', {
  area: 'users',
  format: 'reference',
  errors: accountsErrors,
  endpoints: [listDirectory, getDirectoryEntry, updateDirectoryEntry, saveDirectoryEntry, deleteDirectoryEntry],
  examples,
  cascades: [
    cascadeAfter('user.deleted', [reads('directory-word'), writes('directory-word')]),
    cascadeAfter('org.closed', [
      reads('directory'),
      writes('directory'),
      writes('directory-word'),
      writes('user-email'),
      writes('user-extension'),
    ]),
  ],
});
