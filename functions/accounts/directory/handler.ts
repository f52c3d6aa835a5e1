import { found } from '#errors.ts';
import type { UserItem } from '#dynamodb/rows/user.ts';
import { noOwnFields, type DirectoryEntry, type OwnFields } from '../schema/directory.ts';
import { commits, created, ok } from '#http/answers/answer.ts';
import { noSources, readRightsSources } from '#http/authorization/rights.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import { assertNoEmergencyExtensions } from '#telephony/own-extensions.ts';
import {
  deleteDirectoryEntry,
  directory,
  getDirectoryEntry,
  listDirectory,
  saveDirectoryEntry,
  updateDirectoryEntry,
} from './contract.ts';
import {
  assertOnlyOwnFields,
  changeContact,
  changeOwnFields,
  changesUser,
  changeUser,
  describedEntry,
  entryNameOf,
  matches,
  newContact,
  ownFieldsOf,
  type EntryChange,
  type NewEntry,
} from './entry.ts';
import { presentEntry } from './entry-answer.ts';
import {
  blankEntryOf,
  createContactWrites,
  deleteContactWrites,
  directorySearch,
  directoryStore,
  entryAfter,
  unlistUserWrites,
  updateContactWrites,
  updateUserEntryWrites,
} from './store.ts';

type DirectoryContext = Context<typeof directory>;
type Writing = Request<typeof updateDirectoryEntry> | Request<typeof saveDirectoryEntry>;

const entityOf = (id: string) => ({ type: 'directory', id });

const notFoundName = 'Directory entry';

/** The page that a query selects, by the index that serves it. */
function pageOf({ query, page: request }: Request<typeof listDirectory>, { table }: DirectoryContext) {
  const { q, number, department } = query;
  const keep = (entry: DirectoryEntry): boolean => matches(entry, query);
  if (number !== undefined) return directorySearch(table).byNumber(request(), number, keep);
  if (q !== undefined) return directorySearch(table).byText(request(), q, keep);
  return directoryStore(table).byName(request(), department === undefined ? undefined : keep);
}

async function list(request: Request<typeof listDirectory>, context: DirectoryContext) {
  const { items, ...figures } = await pageOf(request, context);
  const { total, limit, offset, nextToken } = figures;
  return ok(
    {
      entries: items.map((entry) => presentEntry(entry, request.organization, request.query.view)),
      pagination: { total, limit, offset, hasMore: nextToken !== '' },
    },
    { figures },
  );
}

async function get({ params, query, organization }: Request<typeof getDirectoryEntry>, { table }: DirectoryContext) {
  const store = directoryStore(table);
  const id = found(await store.idOf(entryNameOf(params.entity)), notFoundName);
  const { entry } = await store.entry(id);
  return ok(presentEntry(found(entry, notFoundName), organization, query.view));
}

type UserChange = {
  readonly user: UserItem;
  readonly entry: DirectoryEntry;
  readonly wanted: EntryChange;
  /** Fields that only the directory has, after the change. */
  readonly own: OwnFields;
};

/** An entry of a user is a part of its account; a contact has none. @throws AppError CANNOT_MANAGE_USER */
async function assertManagesEntry(
  { assertManages }: Pick<Writing, 'assertManages'>,
  table: DirectoryContext['table'],
  user: UserItem | undefined,
): Promise<void> {
  if (user === undefined) assertManages([], noSources);
  else assertManages([user], await readRightsSources(table, [user]));
}

/** Writes of a user's entry, and the entry after them. @throws AppError CANNOT_MANAGE_USER */
async function changeUserEntry(request: Writing, { table }: DirectoryContext, change: UserChange) {
  const { caller, organization, now, record } = request;
  const { user, entry, wanted, own } = change;
  const concernsUser = changesUser(wanted);
  const isOwn = user.id === caller.id && organization.org_id === caller.organization;
  // Presence and contact data of one's own need no right.
  if (concernsUser || !isOwn) await assertManagesEntry(request, table, user);
  else request.assertManages([], noSources);
  const after: UserItem = { ...changeUser(user, { wanted, now: now.toISOString() }), listed: true };
  assertCallable(user, after, organization);
  const event = {
    entity: { type: 'user', id: user.id },
    description: `User ${after.username} updated`,
    before: user,
    after,
  };
  return {
    shown: entryAfter(entry, after, own),
    writes: [
      ...updateUserEntryWrites(user, after, organization.org_id, { before: ownFieldsOf(entry), after: own }),
      ...(concernsUser ? [record('user.updated', event)] : []),
    ],
  };
}

const describe = (before: DirectoryEntry | undefined, after: DirectoryEntry) => ({
  entity: entityOf(after.id),
  description: `Directory entry ${after.display_name} ${before === undefined ? 'created' : 'updated'}`,
  ...(before === undefined ? {} : { before: describedEntry(before) }),
  after: describedEntry(after),
});

async function update(request: Request<typeof updateDirectoryEntry>, context: DirectoryContext) {
  const { params, body, caller, organization, now, record } = request;
  const { entry: stored, user } = await directoryStore(context.table).entry(params.entity);
  const entry = found(stored, notFoundName);
  const wanted = body();
  if (!caller.scopes.has('users:write')) assertOnlyOwnFields(wanted);
  const change = { wanted, now: now.toISOString() };
  const own = changeOwnFields(ownFieldsOf(entry), change);
  if (user === undefined) request.assertManages([], noSources);
  const { shown, writes } =
    user === undefined
      ? contactChange(entry, changeContact(entry, change), request)
      : await changeUserEntry(request, context, { user, entry, wanted, own });
  return commits(
    [...writes, record('directory.updated', describe(entry, shown))],
    ok(presentEntry(shown, organization), { message: 'Directory entry updated successfully' }),
  );
}

type WithExtension = { readonly extension: string | null };

/** @throws AppError VALIDATION_FAILED if a new extension is an emergency number */
const assertCallable = (
  before: WithExtension | undefined,
  { extension }: WithExtension,
  organization: Writing['organization'],
): void => assertNoEmergencyExtensions({ extension: before?.extension }, { extension }, numberOriginOf(organization));

function contactChange(before: DirectoryEntry, after: DirectoryEntry, { organization }: Pick<Writing, 'organization'>) {
  assertCallable(before, after, organization);
  return { shown: after, writes: updateContactWrites(before, after) };
}

/** Creates a contact, replaces one, or replaces a user's entry, which is listed again. */
async function save(request: Request<typeof saveDirectoryEntry>, context: DirectoryContext) {
  const { params, body, organization, now, record } = request;
  const at = now.toISOString();
  const id = params.entity === 'new' ? context.nextId('dir') : params.entity;
  const { entry, user } = await directoryStore(context.table).entry(id);
  if (user === undefined) request.assertManages([], noSources);
  const wanted: NewEntry = body();
  const message = { message: `Directory entry ${entry === undefined ? 'created' : 'replaced'} successfully` };
  if (user === undefined && entry === undefined) {
    const contact = newContact(id, wanted, at);
    assertCallable(undefined, contact, organization);
    const event = record('directory.created', describe(undefined, contact));
    return commits([...createContactWrites(contact), event], created(presentEntry(contact, organization), message));
  }
  const { shown, writes } =
    user === undefined
      ? contactChange(found(entry, notFoundName), newContact(id, wanted, at, entry), request)
      : await changeUserEntry(request, context, {
          user,
          entry: entry ?? blankEntryOf(user, at),
          wanted,
          own: changeOwnFields(noOwnFields, { wanted, now: at }),
        });
  const presented = presentEntry(shown, organization);
  if (entry === undefined)
    return commits([...writes, record('directory.created', describe(undefined, shown))], created(presented, message));
  return commits([...writes, record('directory.updated', describe(entry, shown))], ok(presented, message));
}

async function remove(request: Request<typeof deleteDirectoryEntry>, { table }: DirectoryContext) {
  const { params, organization, now, record } = request;
  const { entry: stored, user } = await directoryStore(table).entry(params.entity);
  const entry = found(stored, notFoundName);
  await assertManagesEntry(request, table, user);
  const at = now.toISOString();
  return commits(
    [
      ...(user === undefined ? deleteContactWrites(entry) : unlistUserWrites(user, entry, organization.org_id, at)),
      record('directory.deleted', {
        entity: entityOf(entry.id),
        description: `Directory entry ${entry.display_name} deleted`,
        before: describedEntry(entry),
      }),
    ],
    ok({ userId: entry.id, deletedAt: at }, { message: 'Directory entry deleted successfully' }),
  );
}

export const directoryHandler = (dependencies: Dependencies = dependenciesFromEnvironment()) =>
  serve(
    directory,
    {
      [listDirectory.route]: list,
      [getDirectoryEntry.route]: get,
      [updateDirectoryEntry.route]: update,
      [saveDirectoryEntry.route]: save,
      [deleteDirectoryEntry.route]: remove,
    },
    dependencies,
  );

export const handler = directoryHandler();
