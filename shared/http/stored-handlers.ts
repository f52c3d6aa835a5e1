import type * as z from 'zod';
import type { Endpoint, EndpointSpec, Route } from '../contract/endpoint.ts';
import type { Resource } from '../contract/resource.ts';
import type { Scope } from '../contract/scopes.ts';
import type { Stored } from '../contract/stored.ts';
import { readPage } from '../dynamodb/page.ts';
import type { OrganizationItem } from '../dynamodb/rows/organization.ts';
import { deleteWrites, rowsOf, saveWrites, type StoredItem } from '../dynamodb/rows/stored-rows.ts';
import { AppError, found, type ErrorDetail } from '../errors.ts';
import { storedAudit } from '../runtime/stored-cascade.ts';
import { omit } from '../schema/omit.ts';
import { numberOriginOf } from '../telephony/number-format.ts';
import { assertNoEmergencyExtensions } from '../telephony/own-extensions.ts';
import { foldText } from '../schema/searched-text.ts';
import { organizationText } from '../schema/values.ts';
import type { AnyHandler, Context, Request } from './handlers.ts';
import { assertPinnedVersion } from './pinned-version.ts';
import { assertListsRemoveFew } from './removal.ts';
import { deleteOf, getOf, listOf, saveOf } from './resource-parts.ts';

/** What handlers see of the endpoints of any stored resource. */
type Declared = EndpointSpec & { readonly scope: Scope };
type ListRequest = Request<Endpoint<Route, Declared & { readonly query: { readonly q: z.ZodOptional<z.ZodString> } }>>;
type ItemSpec = Declared & { readonly params: { readonly id: z.ZodString } };
type ItemRequest = Request<Endpoint<Route, ItemSpec>>;
type Body = z.ZodType<{
  readonly name: string;
  readonly user_id?: string | null;
  readonly confirm_removal?: boolean;
}>;
type SaveRequest = Request<Endpoint<Route, ItemSpec & { readonly body: Body }>>;
type StoredContext = Pick<Context<Resource>, 'table' | 'nextId'>;

const present = (item: StoredItem, { organization }: Pick<ItemRequest, 'organization'>) => ({
  ...omit(item, 'version'),
  organization_id: organizationText(organization.org_id),
});

/** The fields of the body; an item of a caller that is limited to its own records is its own by default. */
function wantedBy(of: Stored, { body, own }: SaveRequest) {
  const wanted = omit(body(), 'confirm_removal');
  return of.owner === 'user' && own.limitedTo !== null
    ? { ...wanted, user_id: wanted.user_id ?? own.limitedTo }
    : wanted;
}

/** The next version of an item. @param fields all that its declaration has */
export const nextStored = (before: StoredItem, fields: Pick<StoredItem, 'name'>, now: Date): StoredItem => ({
  ...fields,
  id: before.id,
  created_at: before.created_at,
  updated_at: now.toISOString(),
  version: before.version + 1,
});

/** @throws AppError VALIDATION_FAILED if a new extension is an emergency number */
const assertCallable = (before: StoredItem | undefined, after: StoredItem, { organization }: SaveRequest): void =>
  assertNoEmergencyExtensions(
    { extension: before?.extension },
    { extension: after.extension },
    numberOriginOf(organization),
  );

/** Rules of a resource besides those of its schema. */
type Rules = {
  /** Looks up what its fields name. @param organization that has it */
  readonly violations?: (
    item: StoredItem,
    table: StoredContext['table'],
    organization: OrganizationItem,
  ) => Promise<readonly ErrorDetail[]>;
};

/** @throws AppError VALIDATION_FAILED */
async function assertNone(
  { violations }: Rules,
  item: StoredItem,
  { organization }: SaveRequest,
  { table }: StoredContext,
): Promise<void> {
  const details = (await violations?.(item, table, organization)) ?? [];
  const [first] = details;
  if (first !== undefined) throw new AppError('VALIDATION_FAILED', `${first.path} ${first.message}`, { details });
}

function newItem(of: Stored, request: SaveRequest, { nextId }: StoredContext): StoredItem {
  const at = request.now.toISOString();
  return { ...wantedBy(of, request), id: nextId(of.prefix), created_at: at, updated_at: at, version: 1 };
}

function replacement(of: Stored, before: StoredItem, request: SaveRequest): StoredItem {
  const after = nextStored(before, wantedBy(of, request), request.now);
  assertPinnedVersion(before, request.pinnedVersion);
  if (of.hasLongLists === true) assertListsRemoveFew(before, after, request);
  return after;
}

/** The parts of a stored resource, for a handler that has a rule of its own. */
export function storedParts(of: Stored, rules: Rules = {}) {
  const audit = storedAudit(of);
  /** @throws AppError NOT_FOUND */
  const find = async ({ params }: Pick<ItemRequest, 'params'>, { table }: Pick<StoredContext, 'table'>) =>
    found(await table.get(rowsOf(of).row, { id: params.id }), of.noun);
  /** Those whose name contains a text. */
  const read = (request: ListRequest, { table }: StoredContext) => {
    const text = foldText(request.query.q ?? '');
    return readPage(request.page(), {
      read: (range) => table.query(rowsOf(of).row, {}, range),
      keep: ({ name }) => foldText(name).includes(text),
    });
  };
  const decide = async (before: StoredItem | undefined, request: SaveRequest, context: StoredContext) => {
    const after = before === undefined ? newItem(of, request, context) : replacement(of, before, request);
    assertCallable(before, after, request);
    await assertNone(rules, after, request, context);
    return after;
  };
  const writes = saveWrites(of);
  return {
    audit,
    find,
    present,
    writes,
    list: listOf(read, present),
    get: getOf(find, present),
    save: saveOf(audit, {
      find,
      decide,
      conclude: (before, after) => ({ writes: writes(before, after) }),
      present,
    }),
    remove: deleteOf(audit, find, (item) => ({ writes: deleteWrites(of, [item]) })),
  };
}

/**
 * The handlers of a stored resource: `serve(calendars, { ...handlersOf(calendar) }, dependencies)`.
 */
export function handlersOf<const S extends Stored>(
  of: S,
  rules: Rules = {},
): { readonly [K in S['endpoints'][number]['route']]: AnyHandler } {
  const [list, get, save, remove] = of.endpoints;
  const parts = storedParts(of, rules);
  const handlers: Readonly<Record<string, AnyHandler>> = {
    [list.route]: parts.list,
    [get.route]: parts.get,
    [save.route]: parts.save,
    [remove.route]: parts.remove,
  };
  // The assertion is safe: the keys are the routes of the tuple.
  return handlers as { readonly [K in S['endpoints'][number]['route']]: AnyHandler };
}
