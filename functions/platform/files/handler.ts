import { fileObject, type FileItem } from '#dynamodb/rows/file.ts';
import { found } from '#errors.ts';
import type { Caller } from '#http/admission/caller.ts';
import { holdsOn } from '#dynamodb/rows/legal-hold.ts';
import { commits, created, ok, page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { serve } from '#http/serve.ts';
import { linksFromEnvironment } from '#objects/links.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { fileState, isCallRecording, purgesAfter, type FileReference } from '#schema/file.ts';
import { deleteFile, files, getFile, listFiles, putFile } from './contract.ts';
import { assertUnused, assertUploadable, downloadName, newFile, replaceFile } from './file.ts';
import { presentFile } from './presented-file.ts';
import { createWrites, deleteWrites, fileStore, prefetch, replaceWrites } from './store.ts';

type FilesContext = Context<typeof files>;
type Store = ReturnType<typeof fileStore>;

const entityOf = ({ id }: FileItem) => ({ type: 'file', id });

/** Whether a file exists for a caller. Recordings of calls need a scope of their own. */
const isVisible = (file: FileItem, caller: Caller): boolean =>
  !isCallRecording(file) || caller.scopes.has('recordings:read');

/** @throws AppError NOT_FOUND */
async function findFile(store: Store, id: string, caller: Caller) {
  const file = await store.get(id);
  return found(file !== undefined && isVisible(file, caller) ? file : undefined, 'File');
}

async function list(
  { query: { kind, state, q }, page: pageOf, caller, organization }: Request<typeof listFiles>,
  { table }: FilesContext,
) {
  const store = fileStore(table);
  const matches = (file: FileItem): boolean =>
    isVisible(file, caller) &&
    (kind === undefined || file.kind === kind) &&
    (state === undefined || fileState(file) === state) &&
    (q === undefined || file.name.toLowerCase().includes(q.toLowerCase()));
  const read = await store.page(pageOf(), matches);
  const references = await Promise.all(read.items.map(store.references));
  return page({
    ...read,
    items: read.items.map((file, at) => presentFile(file, organization.org_id, references[at] ?? [])),
  });
}

async function get({ params, caller, organization, now }: Request<typeof getFile>, { table, links }: FilesContext) {
  const store = fileStore(table);
  const file = await findFile(store, params.id, caller);
  const presented = presentFile(file, organization.org_id, await store.references(file));
  if (file.content === null) return ok(presented, { version: file.version });
  const object = fileObject(organization.org_id, file.id, file.content.number);
  const name = downloadName({ name: file.name, content_type: file.content.content_type });
  return ok({ ...presented, download: await links.downloadOf({ ...object, name }, now) }, { version: file.version });
}

/** The answer of PUT: the file, and the link for its upload. */
async function answerOf(
  file: FileItem,
  references: readonly FileReference[],
  { organization, now }: Pick<Request<typeof putFile>, 'organization' | 'now'>,
  { links }: FilesContext,
) {
  const presented = presentFile(file, organization.org_id, references);
  if (file.upload === null) return presented;
  const { number, content_type: type, size } = file.upload;
  const object = fileObject(organization.org_id, file.id, number);
  return { ...presented, upload: await links.uploadTo({ ...object, type, size }, now) };
}

async function create(request: Request<typeof putFile>, context: FilesContext) {
  const { body, record, now, organization, caller } = request;
  assertUploadable(body(), caller.credential.upload);
  const file = newFile(body(), { id: context.nextId('file'), created_by: caller.id, now: now.toISOString() });
  return commits(
    [
      ...createWrites(organization.org_id, file, now),
      record('file.created', {
        entity: entityOf(file),
        description: `File ${file.name} created`,
        after: presentFile(file, organization.org_id, []),
      }),
    ],
    created(await answerOf(file, [], request, context), {
      message: 'File created; upload its bytes to the link',
      version: file.version,
    }),
  );
}

async function replace(request: Request<typeof putFile>, context: FilesContext) {
  const { params, body, record, now, organization, caller, pinnedVersion } = request;
  const store = fileStore(context.table);
  const before = await findFile(store, params.id, caller);
  assertUploadable(body(), caller.credential.upload);
  const after = replaceFile(before, body(), now.toISOString());
  assertPinnedVersion(before, pinnedVersion);
  return commits(
    [
      ...replaceWrites(organization.org_id, { before, after, purges: purgesAfter(before, after, now), now }),
      record('file.replaced', {
        entity: entityOf(after),
        description: `File ${after.name} replaced`,
        before: presentFile(before, organization.org_id, []),
        after: presentFile(after, organization.org_id, []),
      }),
    ],
    ok(await answerOf(after, await store.references(before), request, context), {
      message: 'File replaced; upload its bytes to the link',
      version: after.version,
    }),
  );
}

async function remove(
  { params, query, caller, organization, record, now, pinnedVersion }: Request<typeof deleteFile>,
  { table }: FilesContext,
) {
  const store = fileStore(table);
  const file = await findFile(store, params.id, caller);
  if (query.force !== true) assertUnused(await store.references(file));
  assertPinnedVersion(file, pinnedVersion);
  return commits(
    [
      ...deleteWrites(organization.org_id, file, await holdsOn(table, 'recordings'), now),
      record('file.deleted', {
        entity: entityOf(file),
        description: `File ${file.name} deleted`,
        before: presentFile(file, organization.org_id, []),
      }),
    ],
    ok({ id: file.id, deleted_at: now.toISOString() }, { message: 'File deleted' }),
  );
}

export const filesHandler = (
  dependencies: Dependencies = dependenciesFromEnvironment({ links: linksFromEnvironment() }),
) =>
  serve(
    files,
    {
      [listFiles.route]: list,
      [getFile.route]: get,
      [putFile.route]: (request, context) =>
        request.params.id === 'new' ? create(request, context) : replace(request, context),
      [deleteFile.route]: remove,
    },
    { ...dependencies, prefetch },
  );

export const handler = filesHandler();
