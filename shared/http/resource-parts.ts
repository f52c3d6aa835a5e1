import type { Page } from '../dynamodb/page.ts';
import type { Write } from '../dynamodb/write.ts';
import { recordCreation, recordDeletion, recordUpdate, type EventFields } from '../runtime/change-events.ts';
import type { Audit } from '../schema/audit.ts';
import { commits, created, ok, page, type Extras } from './answers/answer.ts';
import type { Request } from './handlers.ts';
import { assertPinnedVersion } from './pinned-version.ts';

/**
 * Handlers of what resources have in common (functions/README.md, "Parts"). A handler that has a rule of its own uses
 * the others, and commits its change by `commitCreation`, `commitUpdate` or `commitDeletion`.
 */

type Item = { readonly id: string; readonly version: number };
type Changing = Pick<Request, 'record' | 'now' | 'pinnedVersion'>;
/** A request whose path names an item. */
export type ById = { readonly params: { readonly id: string } };
/** A request within an organization. */
export type InOrganization = { readonly organization: { readonly org_id: number } };
type Awaitable<T> = T | Promise<T>;

/** What follows from a change: its writes, what its answer shows, and more fields of the answer and of the event. */
type Consequence<N extends string> = Extras & {
  readonly writes: readonly Write<N>[];
  /** Of the event. */
  readonly fields?: EventFields;
};
type Shown<N extends string, S> = Consequence<N> & { readonly shown: S };

const sentence = (message: string | undefined) => message !== undefined && { message };

/** Commits an item that is created, with its event. */
export function commitCreation<I extends Item, C extends string, N extends string, S>(
  audit: Audit<I, C>,
  { record }: Pick<Changing, 'record'>,
  item: I,
  { writes, shown, fields, ...extras }: Shown<N, S>,
) {
  return commits<ReturnType<typeof created<S>>, N | `event:${C}`>(
    [...writes, recordCreation(audit, record, item, fields)],
    created(shown, { ...sentence(audit.messageOf('created')), version: item.version, ...extras }),
  );
}

/** Commits the next version of an item, with its event. @throws AppError VERSION_CONFLICT */
export function commitUpdate<I extends Item, U extends string, N extends string, S>(
  audit: Audit<I, string, U>,
  { record, pinnedVersion }: Pick<Changing, 'record' | 'pinnedVersion'>,
  { before, after }: { readonly before: I; readonly after: I },
  { writes, shown, fields, ...extras }: Shown<N, S>,
) {
  assertPinnedVersion(before, pinnedVersion);
  return commits<ReturnType<typeof ok<S>>, N | `event:${U}`>(
    [...writes, recordUpdate(audit, record, { before, after }, fields)],
    ok(shown, { ...sentence(audit.messageOf('updated')), version: after.version, ...extras }),
  );
}

/** Commits the deletion of an item, with its event. @throws AppError VERSION_CONFLICT */
export function commitDeletion<I extends Item, D extends string, N extends string>(
  audit: Audit<I, string, string, D>,
  { record, now, pinnedVersion }: Changing,
  item: I,
  { writes, fields, ...extras }: Consequence<N>,
) {
  assertPinnedVersion(item, pinnedVersion);
  const deletion = { id: item.id, deleted_at: now.toISOString() };
  return commits<ReturnType<typeof ok<typeof deletion>>, N | `event:${D}`>(
    [...writes, recordDeletion(audit, record, item, fields)],
    ok(deletion, { ...sentence(audit.messageOf('deleted')), ...extras }),
  );
}

/** Answers a page of items. */
export const listOf =
  <Read, Presented, A, B, I, S>(
    read: (request: Read, context: A) => Promise<Page<I>>,
    present: (item: I, request: Presented, context: B) => S,
  ) =>
  async (request: Read & Presented, context: A & B) => {
    const listed = await read(request, context);
    return page({ ...listed, items: listed.items.map((item) => present(item, request, context)) });
  };

/** Finds an item. @throws AppError NOT_FOUND */
type Find<Asked, Using, I> = (request: Asked, context: Using) => Promise<I>;
type Present<Asked, Using, I, S> = (item: I, request: Asked, context: Using) => Awaitable<S>;

/** Answers an item. */
export const getOf =
  <Found, Presented, A, B, I extends Item, S>(find: Find<Found, A, I>, present: Present<Presented, B, I, S>) =>
  async (request: Found & Presented, context: A & B) => {
    const item = await find(request, context);
    return ok(await present(item, request, context), { version: item.version });
  };

/** Deletes an item. @param conclude throws if the item is in use */
export const deleteOf =
  <Found, Concluded, A, B, I extends Item, D extends string, N extends string>(
    audit: Audit<I, string, string, D>,
    find: Find<Found, A, I>,
    conclude: (item: I, request: Concluded, context: B) => Awaitable<Consequence<N>>,
  ) =>
  async (request: Changing & Found & Concluded, context: A & B) => {
    const item = assertPinnedVersion(await find(request, context), request.pinnedVersion);
    return commitDeletion(audit, request, item, await conclude(item, request, context));
  };

/** Creates an item with the id `new`, or replaces the one of another id. */
export const createOrReplace =
  <A extends ById, B, Using, C, R>(
    create: (request: A, context: Using) => Promise<C>,
    replace: (request: B, context: Using) => Promise<R>,
  ) =>
  (request: A & B, context: Using): Promise<C | R> =>
    request.params.id === 'new' ? create(request, context) : replace(request, context);

type Saving<F, D, W, P, A, B, C, I, N extends string, S> = {
  readonly find: Find<F, A, I>;
  /** The item that the request wants. @param before undefined: a new one. @throws AppError for a broken rule */
  readonly decide: (before: I | undefined, request: D, context: B) => Awaitable<I>;
  readonly conclude: (before: I | undefined, after: I, request: W, context: C) => Awaitable<Consequence<N>>;
  readonly present: Present<P, C, I, S>;
};

/** Creates an item with the id `new`, or replaces the one of another id, as its domain decides. */
export const saveOf =
  <F, D, W, P, A, B, C, I extends Item, Created extends string, Updated extends string, N extends string, S>(
    audit: Audit<I, Created, Updated>,
    { find, decide, conclude, present }: Saving<F, D, W, P, A, B, C, I, N, S>,
  ) =>
  async (request: ById & Changing & F & D & W & P, context: A & B & C) => {
    const before = request.params.id === 'new' ? undefined : await find(request, context);
    const after = await decide(before, request, context);
    if (before !== undefined) assertPinnedVersion(before, request.pinnedVersion);
    const consequence = await conclude(before, after, request, context);
    const change = { ...consequence, shown: await present(after, request, context) };
    return before === undefined
      ? commitCreation(audit, request, after, change)
      : commitUpdate(audit, request, { before, after }, change);
  };

/** Finds an item in the version that the client names, before anything else is checked. */
export const findPinned =
  <Asked, Using, I extends Item>(find: Find<Asked, Using, I>) =>
  async (request: Asked & Pick<Changing, 'pinnedVersion'>, context: Using): Promise<I> =>
    assertPinnedVersion(await find(request, context), request.pinnedVersion);
