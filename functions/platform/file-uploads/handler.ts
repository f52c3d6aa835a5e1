import { createHash } from 'node:crypto';
import { createdKeys } from '#contract/uploads.ts';
import { fileObject, readPurge } from '#dynamodb/rows/file.ts';
import { objectsFromEnvironment, type OpenedObject } from '#objects/objects.ts';
import {
  AbandonedMessage,
  consume,
  consumerDependencies,
  type ConsumerDependencies,
  type Delivery,
  settleEach,
} from '#runtime/consume.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { type ConvertedSound, type File, type FileUpload, hasAnnouncedSize, type Rejection } from '#schema/file.ts';
import { readObjectKey } from '#schema/object-key.ts';
import { fileSound, soundArea, soundMilliseconds } from '#schema/sound.ts';
import { measure } from '#objects/measure.ts';
import { type FileDue, fileUploads, type UploadMessage } from './contract.ts';
import { convertSound } from '#sounds/sound-conversion.ts';
import { decoderOf } from '#sounds/sound-decoders.ts';
import { indexWrites, settleWrites, uploadStore } from './store.ts';
import {
  acceptUpload,
  awaits,
  checkOf,
  has,
  type Inspected,
  isOverdue,
  isRejected,
  rejectionOf,
  rejectUpload,
  soundRejection,
  uploadEvent,
} from './upload.ts';

/** Reads an upload in pieces, at most once and no further than is needed to reject it. */
export async function inspect(opened: OpenedObject, file: Pick<File, 'kind'>, upload: FileUpload): Promise<Inspected> {
  const { add, end, text } = checkOf(file, upload);
  const measured = await measure(opened, (piece) => hasAnnouncedSize(upload, opened.size) && add(piece));
  return measured === undefined
    ? { size: opened.size, sha256: '', content: false, text: '' }
    : { ...measured, content: end(), text: text() };
}

type UploadContext = BackgroundContext<typeof fileUploads>;

/** An upload of a file. */
type Uploaded = { readonly organization: number; readonly id: string; readonly number: number };

/** How an upload ends: accepted with its hash, or rejected. */
type Verdict =
  | (Pick<Inspected, 'sha256' | 'size' | 'text'> & { readonly sound?: ConvertedSound | undefined })
  | { readonly reason: Rejection };

const objectOf = ({ organization, id, number }: Uploaded) => fileObject(organization, id, number);

/** Saves the verdict with its event, unless the upload is settled or another one is awaited. */
function settle(uploaded: Uploaded, verdict: Verdict, { tableOf, transact, recorderOf, clock }: UploadContext) {
  const { organization, id, number } = uploaded;
  return transact(organization, async () => {
    const before = await uploadStore(tableOf(organization)).get(id);
    if (!awaits(before, number)) return [];
    const now = clock();
    const reason = 'reason' in verdict ? verdict.reason : null;
    const after = 'reason' in verdict ? rejectUpload(before, verdict.reason, now) : acceptUpload(before, verdict, now);
    const { type, ...details } = uploadEvent(after, before.upload, reason);
    const text = 'reason' in verdict ? '' : verdict.text;
    return [...settleWrites(organization, { before, after, text, now }), recorderOf(organization)(type, details)];
  });
}

/** Deletes the bytes of a rejected upload. A message that comes again after a crash deletes them, too. */
async function dropRejected(uploaded: Uploaded, { tableOf, objects }: UploadContext): Promise<void> {
  const file = await uploadStore(tableOf(uploaded.organization)).get(uploaded.id);
  if (isRejected(file, uploaded.number)) await objects.erase(objectOf(uploaded));
}

/** Kinds of files that calls play. What cannot be converted is no `sound`; of the others it is not played. */
const played: ReadonlySet<File['kind']> = new Set(['sound', 'greeting', 'voicemail_drop']);

/** Stores what calls play of a file, before the file names it. */
async function withSound(
  accepted: Inspected,
  {
    uploaded,
    file,
  }: { readonly uploaded: Uploaded; readonly file: Pick<File, 'kind' | 'greeting'> & { readonly upload: FileUpload } },
  { objects }: UploadContext,
): Promise<Verdict> {
  const opened = played.has(file.kind) ? await objects.open(objectOf(uploaded)) : undefined;
  const made =
    opened === undefined ? undefined : await convertSound(await decoderOf(file.upload.content_type), opened.body);
  const reason = soundRejection(file, made);
  if (reason !== null) return { reason };
  if (made === undefined || 'reason' in made) return accepted;
  const sha256 = createHash('sha256').update(made.bytes).digest('hex');
  await objects.put(fileSound({ organization: uploaded.organization, sha256 }), made.bytes, { type: 'audio/wav' });
  return { ...accepted, sound: { sha256, milliseconds: soundMilliseconds(made.bytes.length) } };
}

/** Reads what was uploaded, and accepts or rejects it. @returns whether there was something to read */
async function check(uploaded: Uploaded, context: UploadContext): Promise<boolean> {
  const file = await uploadStore(context.tableOf(uploaded.organization)).get(uploaded.id);
  if (awaits(file, uploaded.number)) {
    const opened = await context.objects.open(objectOf(uploaded));
    if (opened === undefined) return false;
    const inspected = await inspect(opened, file, file.upload);
    const reason = rejectionOf(file.upload, inspected);
    const verdict = reason === null ? await withSound(inspected, { uploaded, file }, context) : { reason };
    await settle(uploaded, verdict, context);
  }
  await dropRejected(uploaded, context);
  return true;
}

/** Checks a new object. Bytes that no file awaits are deleted in their time. */
async function takeObject(key: string, context: UploadContext): Promise<void> {
  const name = readObjectKey(key);
  // What was made of an upload.
  if (name?.area === soundArea) return;
  if (name?.area !== 'files') throw new AbandonedMessage('UNKNOWN_OBJECT', `${key} is no key of a file`);
  const uploaded = { organization: name.organization, id: name.id, number: name.version };
  if (!(await check(uploaded, context))) throw new Error(`the object ${key} cannot be read`);
}

/** Rejects an upload that has not come in time; one whose notification was lost is checked now. */
async function endWaiting({ org_id: organization, subject: id }: FileDue, context: UploadContext): Promise<void> {
  const file = await uploadStore(context.tableOf(organization)).get(id);
  const number = file?.upload?.number ?? 0;
  if (!awaits(file, number) || !isOverdue(file, context.clock())) return;
  const uploaded = { organization, id, number };
  if (!(await check(uploaded, context))) await settle(uploaded, { reason: 'NOT_UPLOADED' }, context);
}

/** How bytes are deleted: `erase`, with all their versions. */
type Deletion = 'remove' | 'erase';

/** Deletes a sound that no file of the organization plays any more. */
async function dropSound(
  how: Deletion,
  organization: number,
  sha256: string,
  { tableOf, objects }: UploadContext,
): Promise<void> {
  const all = await uploadStore(tableOf(organization)).all();
  if (!all.some(({ content }) => content?.sound?.sha256 === sha256))
    await objects[how](fileSound({ organization, sha256 }));
}

/** Deletes bytes that their file no longer has. */
async function purge(how: Deletion, { org_id: organization, subject }: FileDue, context: UploadContext): Promise<void> {
  const named = readPurge(subject);
  if (named === undefined) throw new AbandonedMessage('UNKNOWN_OBJECT', `${subject} names no bytes of a file`);
  const file = await uploadStore(context.tableOf(organization)).get(named.id);
  if (!has(file, named.number)) await context.objects[how](objectOf({ organization, ...named }));
  if (named.sound !== undefined) await dropSound(how, organization, named.sound, context);
}

/**
 * Saves a recording again that was stored without the key by which retention finds it: earlier versions made pointers
 * to the end of its year instead.
 */
const indexRecording = ({ org_id: organization, subject: id }: FileDue, { tableOf, transact }: UploadContext) =>
  transact(organization, async () => {
    const file = await uploadStore(tableOf(organization)).get(id);
    return file === undefined ? [] : indexWrites(file);
  });

/** What is done when something of a file is due. */
const whenDue: Readonly<Record<FileDue['kind'], (due: FileDue, context: UploadContext) => Promise<void>>> = {
  'file.upload': endWaiting,
  'file.purge': (due, context) => purge('remove', due, context),
  'file.erasure': (due, context) => purge('erase', due, context),
  'file.retention': indexRecording,
};

const take = async ({ message }: Delivery<UploadMessage>, context: UploadContext): Promise<void> => {
  if ('schema' in message) return whenDue[message.kind](message, context);
  for (const key of createdKeys(message)) await takeObject(key, context);
};

export const fileUploadsHandler = (
  dependencies: ConsumerDependencies = { ...consumerDependencies(), objects: objectsFromEnvironment() },
) => consume(fileUploads, settleEach(take), dependencies);

export const handler = fileUploadsHandler();
