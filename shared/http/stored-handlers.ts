import type * as z from 'zod';
import type { Endpoint, EndpointSpec, Route } from '../contract/endpoint.ts';
import type { Resource } from '../contract/resource.ts';
import type { Scope } from '../contract/scopes.ts';
import type { Stored } from '../contract/stored.ts';
import { readPage } from '../dynamodb/page.ts';
import { createWrites, replaceWrites, rowsOf, type StoredItem } from '../dynamodb/stored-rows.ts';
import { AppError, found, type ErrorDetail } from '../errors.ts';
import { deletions, recordStored } from '../runtime/stored-cascade.ts';
import { omit } from '../schema/omit.ts';
import { numberOriginOf } from '../telephony/number-format.ts';
import { assertNoEmergencyExtensions } from '../telephony/own-extensions.ts';
import { foldText } from '../schema/searched-text.ts';
import { organizationText } from '../schema/values.ts';
import { commits, created, ok, page } from './answers/answer.ts';
import type { AnyHandler, Context, Request } from './handlers.ts';
import { assertPinnedVersion } from './pinned-version.ts';

/** What handlers see of the endpoints of any stored resource. */
type Declared = EndpointSpec & { readonly scope: Scope };
type ListRequest = Request<Endpoint<Route, Declared & { readonly query: { readonly q: z.ZodOptional<z.ZodString> } }>>;
type ItemSpec = Declared & { readonly params: { readonly id: z.ZodString } };
type ItemRequest = Request<Endpoint<Route, ItemSpec>>;
type Body = z.ZodType<{ readonly name: string; readonly user_id?: string | null }>;
type SaveRequest = Request<Endpoint<Route, ItemSpec & { readonly body: Body }>>;
type StoredContext = Pick<Context<Resource>, 'table' | 'nextId'>;

const present = (item: StoredItem, { organization }: Pick<ItemRequest, 'organization'>) => ({
  ...omit(item, 'version'),
  organization_id: organizationText(organization.org_id),
});

/** @throws AppError NOT_FOUND */
const findItem = async (of: Stored, { params }: Pick<ItemRequest, 'params'>, { table }: StoredContext) =>
  found(await table.get(rowsOf(of).row, { id: params.id }), of.noun);

/** The fields of the body; an item of a caller that is limited to its own records is its own by default. */
function wantedBy(of: Stored, { body, own }: SaveRequest) {
  const wanted = body();
  return of.owner === 'user' && own.limitedTo !== null
    ? { ...wanted, user_id: wanted.user_id ?? own.limitedTo }
    : wanted;
}

/** @throws AppError VALIDATION_FAILED if a new extension is an emergency number */
const assertCallable = (before: StoredItem | undefined, after: StoredItem, { organization }: SaveRequest): void =>
  assertNoEmergencyExtensions(
    { extension: before?.extension },
    { extension: after.extension },
    numberOriginOf(organization),
  );

/** @throws AppError UNSUPPORTED_MEDIA_TYPE if the body is a text, which has not all fields */
async function create(of: Stored, request: SaveRequest, context: StoredContext, { violations }: Rules) {
  if (request.text !== undefined) throw new AppError('UNSUPPORTED_MEDIA_TYPE', `A new ${of.noun} is application/json`);
  const at = request.now.toISOString();
  const item = { ...wantedBy(of, request), id: context.nextId(of.prefix), created_at: at, updated_at: at, version: 1 };
  assertCallable(undefined, item, request);
  await assertNone(violations, item, context);
  return commits(
    [...createWrites(of, item), recordStored(of, request.record, { after: item })],
    created(present(item, request), { version: 1 }),
  );
}

/** What a body that is a text changes: some fields of an item, which has the others as before. */
export type FieldsOfText = (
  text: string,
  now: Date,
) => { readonly fields: Readonly<Record<string, unknown>>; readonly warnings: readonly string[] };

/** Rules of a resource besides those of its schema. */
type Rules = {
  /** What a body of its `bodyText` changes. */
  readonly fieldsOf?: FieldsOfText;
  /** Looks up what its fields name. */
  readonly violations?: (item: StoredItem, table: StoredContext['table']) => Promise<readonly ErrorDetail[]>;
};

/** @throws AppError VALIDATION_FAILED */
async function assertNone(violations: Rules['violations'], item: StoredItem, { table }: StoredContext): Promise<void> {
  const details = (await violations?.(item, table)) ?? [];
  const [first] = details;
  if (first !== undefined) throw new AppError('VALIDATION_FAILED', `${first.path} ${first.message}`, { details });
}

/** The fields of the body. @throws AppError NOT_FOUND if a text is to change an item that does not exist */
function wantedFields(of: Stored, request: SaveRequest, before: StoredItem, fieldsOf: FieldsOfText | undefined) {
  if (request.text === undefined || fieldsOf === undefined) return { wanted: wantedBy(of, request), warnings: [] };
  const { fields, warnings } = fieldsOf(request.text, request.now);
  return { wanted: { ...before, ...fields }, warnings };
}

async function replace(of: Stored, request: SaveRequest, context: StoredContext, { fieldsOf, violations }: Rules) {
  const before = await findItem(of, request, context);
  const { wanted, warnings } = wantedFields(of, request, before, fieldsOf);
  const after = {
    ...wanted,
    id: before.id,
    created_at: before.created_at,
    updated_at: request.now.toISOString(),
    version: before.version + 1,
  };
  assertPinnedVersion(before, request.pinnedVersion);
  assertCallable(before, after, request);
  await assertNone(violations, after, context);
  return commits(
    [...replaceWrites(of, before, after), recordStored(of, request.record, { before, after })],
    ok(present(after, request), { version: after.version, ...(warnings.length === 0 ? {} : { warnings }) }),
  );
}

/**
 * The handlers of a stored resource: `serve(calendars, { ...handlersOf(calendar) }, dependencies)`.
 */
export function handlersOf<const S extends Stored>(
  of: S,
  rules: Rules = {},
): { readonly [K in S['endpoints'][number]['route']]: AnyHandler } {
  const [list, get, save, remove] = of.endpoints;
  const handlers: Readonly<Record<string, AnyHandler>> = {
    [list.route]: async (request: ListRequest, { table }: StoredContext) => {
      const text = foldText(request.query.q ?? '');
      const items = await readPage(request.page(), {
        read: (range) => table.query(rowsOf(of).row, {}, range),
        keep: ({ name }) => foldText(name).includes(text),
      });
      return page({ ...items, items: items.items.map((item) => present(item, request)) });
    },
    [get.route]: async (request: ItemRequest, context: StoredContext) => {
      const item = await findItem(of, request, context);
      return ok(present(item, request), { version: item.version });
    },
    [save.route]: async (request: SaveRequest, context: StoredContext) =>
      request.params.id === 'new' ? create(of, request, context, rules) : replace(of, request, context, rules),
    [remove.route]: async (request: ItemRequest, context: StoredContext) => {
      const item = await findItem(of, request, context);
      assertPinnedVersion(item, request.pinnedVersion);
      return commits(deletions(of, request.record, [item]), ok({ id: item.id, deleted_at: request.now.toISOString() }));
    },
  };
  // The assertion is safe: the keys are the routes of the tuple.
  return handlers as { readonly [K in S['endpoints'][number]['route']]: AnyHandler };
}
