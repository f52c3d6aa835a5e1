import { fileObject, readReadyFile } from '#dynamodb/rows/file.ts';
import { found } from '#errors.ts';
import type { Context, Request } from '#http/handlers.ts';
import { deleteOf, getOf, listOf, saveOf, type ById, type InOrganization } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { linksFromEnvironment } from '#objects/links.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { auditOf, describeByName } from '#schema/audit.ts';
import { unusedRecordings, type Drop } from '#schema/voicemail-drop.ts';
import { deleteDropWrites, dropObject, unreferWrites } from '#dynamodb/rows/voicemail-drop.ts';
import {
  deleteVoicemailDrop,
  getVoicemailDrop,
  listVoicemailDrops,
  saveVoicemailDrop,
  voicemailDrops,
} from './contract.ts';
import { dropStore, saveWrites } from './store.ts';
import { newDrop, presentDrop, recordingName, replaceDrop } from './voicemail-drop.ts';

type DropsContext = Context<typeof voicemailDrops>;

const audit = auditOf('voicemaildrop', {
  noun: 'Voicemail drop',
  describe: describeByName('Voicemail drop'),
  logged: (drop: Drop) => drop,
});

/** @throws AppError NOT_FOUND */
const find = async ({ params }: ById, { table }: DropsContext): Promise<Drop> =>
  found(await dropStore(table).get(params.id), 'Voicemail drop');

function read({ query, page: pageOf }: Request<typeof listVoicemailDrops>, { table }: DropsContext) {
  const text = query.q?.toLowerCase() ?? '';
  return dropStore(table).page(pageOf(), ({ name }) => name.toLowerCase().includes(text));
}

const present = (drop: Drop, { organization }: InOrganization) => presentDrop(drop, organization.org_id);

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

async function presentWithAudio(
  drop: Drop,
  { organization, now }: Request<typeof getVoicemailDrop>,
  context: DropsContext,
) {
  const download = await downloadOf(drop, organization.org_id, context, now);
  const shown = presentDrop(drop, organization.org_id);
  return download === undefined ? shown : { ...shown, download };
}

type SaveRequest = Request<typeof saveVoicemailDrop>;

/** The answer of a PUT: the drop, and the link for its upload. */
async function presentSaved(drop: Drop, { organization, now }: SaveRequest, { links }: DropsContext) {
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

async function decide(before: Drop | undefined, request: SaveRequest, context: DropsContext) {
  const wanted = wantedBy(request);
  const file = await fileIn(context, wanted.file_id);
  const now = request.now.toISOString();
  return before === undefined
    ? newDrop(wanted, file, { id: context.nextId('vmd'), now })
    : replaceDrop(before, wanted, file, now);
}

const conclude = (before: Drop | undefined, after: Drop, { organization, now }: SaveRequest) => ({
  writes: saveWrites(before, after, { organization: organization.org_id, now }),
  ...(before === undefined ? {} : { fields: { unused: unusedRecordings(before, after) } }),
});

/** The function of `/voicemaildrop`. */
export const voicemailDropsHandler = (dependencies = dependenciesFromEnvironment({ links: linksFromEnvironment() })) =>
  serve(
    voicemailDrops,
    {
      [listVoicemailDrops.route]: listOf(read, present),
      [getVoicemailDrop.route]: getOf(find, presentWithAudio),
      [saveVoicemailDrop.route]: saveOf(audit, { find, decide, conclude, present: presentSaved }),
      [deleteVoicemailDrop.route]: deleteOf(audit, find, (drop) => ({
        writes: [...deleteDropWrites(drop), ...unreferWrites(drop)],
        fields: { unused: unusedRecordings(drop, null) },
      })),
    },
    dependencies,
  );

export const handler = voicemailDropsHandler();
