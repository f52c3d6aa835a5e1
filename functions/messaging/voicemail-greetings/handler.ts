import { fileObject } from '#dynamodb/rows/file.ts';
import { AppError, found } from '#errors.ts';
import { commits, created, ok } from '#http/answers/answer.ts';
import type { OwnRecords } from '#http/authorization/own-records.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { linksFromEnvironment } from '#objects/links.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import type { File } from '#schema/file.ts';
import { greetingName, type GreetingPlace } from '#schema/greeting.ts';
import { fileOfUse, openGreetingWrites, replaceGreetingWrites } from '../rows/greeting.ts';
import { getGreeting, putGreeting, voicemailGreetings } from './contract.ts';
import {
  greetingFileName,
  isUploadOf,
  longestSeconds,
  newGreeting,
  presentGreeting,
  replaceGreeting,
} from './greeting.ts';
import { greetingStore } from './store.ts';

type GreetingContext = Context<typeof voicemailGreetings>;
type Store = ReturnType<typeof greetingStore>;

/** A mailbox that the caller may see. @throws AppError NOT_FOUND */
async function findMailbox(store: Store, mailbox: string, own: OwnRecords) {
  const read = await store.mailbox(mailbox);
  return found(own.covers(read?.user_id) ? read : undefined, 'Mailbox');
}

async function get({ params, own, organization, now }: Request<typeof getGreeting>, { table, links }: GreetingContext) {
  const store = greetingStore(table);
  const { preferences = {} } = await findMailbox(store, params.mailbox, own);
  const id = fileOfUse(preferences, params.use);
  const [used, { file }] = await Promise.all([id === null ? undefined : store.ready(id), store.named(params)]);
  const shown = presentGreeting({ place: params, used, uploaded: isUploadOf(file, params) ? file : undefined });
  if (used === undefined) return ok({ ...shown, download: null });
  const object = fileObject(organization.org_id, used.id, used.content.number);
  return ok({ ...shown, download: await links.downloadOf({ ...object, name: greetingFileName(used) }, now) });
}

/** The file for uploads of a use; undefined: there is none yet. @throws AppError NAME_TAKEN */
async function findUploaded(store: Store, place: GreetingPlace): Promise<File | undefined> {
  const { isTaken, file } = await store.named(place);
  if (!isTaken) return undefined;
  if (isUploadOf(file, place)) return file;
  throw new AppError('NAME_TAKEN', `Another file of kind greeting is named ${greetingName(place)}`);
}

async function put(request: Request<typeof putGreeting>, { table, links, nextId }: GreetingContext) {
  const { params: place, body, own, organization, now, record } = request;
  const store = greetingStore(table);
  await findMailbox(store, place.mailbox, own);
  const wanted = body();
  const at = now.toISOString();
  const before = await findUploaded(store, place);
  const after =
    before === undefined ? newGreeting(nextId('file'), place, wanted, at) : replaceGreeting(before, place, wanted, at);
  const object = fileObject(organization.org_id, after.id, after.upload?.number ?? 1);
  const upload = await links.uploadTo({ ...object, type: wanted.content_type, size: wanted.size }, now);
  const entity = { type: 'file', id: after.id };
  return commits(
    before === undefined
      ? [
          ...openGreetingWrites(organization.org_id, after),
          record('file.created', { entity, description: `File ${after.name} created`, after }),
        ]
      : [
          ...replaceGreetingWrites(organization.org_id, before, after),
          record('file.replaced', { entity, description: `File ${after.name} replaced`, before, after }),
        ],
    created(
      {
        ...{ mailbox: place.mailbox, use: place.use, file_id: after.id },
        max_duration_seconds: longestSeconds(place.use),
        upload: { ...upload, headers: { ...upload.headers } },
      },
      { message: 'Upload the audio by the link' },
    ),
  );
}

/** The function of `/voicemailprefs/{mailbox}/greetings/{use}`. */
export const voicemailGreetingsHandler = (
  dependencies = dependenciesFromEnvironment({ links: linksFromEnvironment() }),
) => serve(voicemailGreetings, { [getGreeting.route]: get, [putGreeting.route]: put }, dependencies);

export const handler = voicemailGreetingsHandler();
