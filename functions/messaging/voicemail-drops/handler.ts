import { fileObject, readReadyFile } from '#dynamodb/rows/file.ts';
import { found } from '#errors.ts';
import { commits, created, ok, page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { serve } from '#http/serve.ts';
import { linksFromEnvironment } from '#objects/links.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { deletedDetails, updatedDetails, type Drop } from '#schema/voicemail-drop.ts';
import { deleteDropWrites, dropObject, unreferWrites } from '#dynamodb/rows/voicemail-drop.ts';
import {
  deleteVoicemailDrop,
  getVoicemailDrop,
  listVoicemailDrops,
  saveVoicemailDrop,
  voicemailDrops,
} from './contract.ts';
import { createWrites, dropStore, replaceWrites } from './store.ts';
import { newDrop, presentDrop, recordingName, replaceDrop } from './voicemail-drop.ts';

type DropsContext = Context<typeof voicemailDrops>;

/** @throws AppError NOT_FOUND */
const findDrop = async ({ table }: DropsContext, id: string): Promise<Drop> =>
  found(await dropStore(table).get(id), 'Voicemail drop');

async function list(request: Request<typeof listVoicemailDrops>, { table }: DropsContext) {
  const { query, page: pageOf, organization } = request;
  const text = query.q?.toLowerCase() ?? '';
  const drops = await dropStore(table).page(pageOf(), ({ name }) => name.toLowerCase().includes(text));
  return page({ ...drops, items: drops.items.map((drop) => presentDrop(drop, organization.org_id)) });
}

/** A link to what the drop plays; undefined while it plays nothing. */
async function downloadOf(drop: Drop, organization: number, { links, table }: DropsContext, now: Date) {
  if (drop.content !== null) {
    const name = recordingName(drop, drop.content);
    return links.downloadOf({ ...dropObject(organization, drop.id, drop.content.number), name }, now);
  }
  const file = drop.file === null ? undefined : await readReadyFile(table, drop.file.id);
  if (file === undefined) return undefined;
  const name = recordingName(drop, file.content);
  return links.downloadOf({ ...fileObject(organization, file.id, file.content.number), name }, now);
}

async function get(request: Request<typeof getVoicemailDrop>, context: DropsContext) {
  const { params, organization, now } = request;
  const drop = await findDrop(context, params.id);
  const download = await downloadOf(drop, organization.org_id, context, now);
  const shown = presentDrop(drop, organization.org_id);
  return ok(download === undefined ? shown : { ...shown, download }, { version: drop.version });
}

type SaveRequest = Request<typeof saveVoicemailDrop>;

/** The answer of a PUT: the drop, and the link for its upload. */
async function answerOf(drop: Drop, { organization, now }: SaveRequest, { links }: DropsContext) {
  const shown = presentDrop(drop, organization.org_id);
  if (drop.upload === null) return { ...shown, upload: null };
  const { number, content_type: type, size } = drop.upload;
  const upload = await links.uploadTo({ ...dropObject(organization.org_id, drop.id, number), type, size }, now);
  return { ...shown, upload: { ...upload, headers: { ...upload.headers } } };
}

const fileIn = async ({ table }: DropsContext, id: string | null | undefined) =>
  id == null ? undefined : dropStore(table).file(id);

/** The body; a drop of a caller limited to its own records is its own unless it says otherwise. */
function wantedBy({ body, own }: SaveRequest) {
  const wanted = body();
  return own.limitedTo === null ? wanted : { ...wanted, user_id: wanted.user_id ?? own.limitedTo };
}

async function create(request: SaveRequest, context: DropsContext) {
  const { organization, now, record } = request;
  const wanted = wantedBy(request);
  const file = await fileIn(context, wanted.file_id);
  const drop = newDrop(wanted, file, { id: context.nextId('vmd'), now: now.toISOString() });
  return commits(
    [
      ...createWrites(organization.org_id, drop, now),
      record('voicemaildrop.created', {
        entity: { type: 'voicemaildrop', id: drop.id },
        description: `Voicemail drop ${drop.name} created`,
        after: drop,
      }),
    ],
    created(await answerOf(drop, request, context), { message: 'Voicemail drop created successfully', version: 1 }),
  );
}

async function replace(request: SaveRequest, context: DropsContext) {
  const { params, organization, now, record, pinnedVersion } = request;
  const before = await findDrop(context, params.id);
  const wanted = wantedBy(request);
  const file = await fileIn(context, wanted.file_id);
  const after = replaceDrop(before, wanted, file, now.toISOString());
  assertPinnedVersion(before, pinnedVersion);
  return commits(
    [
      ...replaceWrites(organization.org_id, { before, after, now }),
      record('voicemaildrop.updated', updatedDetails(before, after)),
    ],
    ok(await answerOf(after, request, context), {
      message: 'Voicemail drop updated successfully',
      version: after.version,
    }),
  );
}

async function remove(request: Request<typeof deleteVoicemailDrop>, context: DropsContext) {
  const { params, now, record, pinnedVersion } = request;
  const drop = await findDrop(context, params.id);
  assertPinnedVersion(drop, pinnedVersion);
  return commits(
    [...deleteDropWrites(drop), ...unreferWrites(drop), record('voicemaildrop.deleted', deletedDetails(drop))],
    ok({ id: drop.id, deleted_at: now.toISOString() }, { message: 'Voicemail drop deleted successfully' }),
  );
}

/** The function of `/voicemaildrop`. */
export const voicemailDropsHandler = (dependencies = dependenciesFromEnvironment({ links: linksFromEnvironment() })) =>
  serve(
    voicemailDrops,
    {
      [listVoicemailDrops.route]: list,
      [getVoicemailDrop.route]: get,
      [saveVoicemailDrop.route]: (request, context) =>
        request.params.id === 'new' ? create(request, context) : replace(request, context),
      [deleteVoicemailDrop.route]: remove,
    },
    dependencies,
  );

export const handler = voicemailDropsHandler();
