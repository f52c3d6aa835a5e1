import { Readable } from 'node:stream';
import { beginArchive, type ArchiveRange } from '#archive/archive.ts';
import { putFiles, recordLine, type FiledRecord } from '#archive/files.ts';
import { putPart, readPart } from '#archive/parts.ts';
import { assertArchiveIntact } from '#archive/seal.ts';
import { composeMime } from '#mail/mime.ts';
import { whileHoldsStay } from '#dynamodb/rows/legal-hold.ts';
import { AppError, found } from '#errors.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { lockDays } from '../schema/retention.ts';
import { second } from '#schema/time.ts';
import type { ArchiveSigner } from '#signing/archive-signer.ts';
import {
  chargeWritten,
  custodyOf,
  readArchive,
  recordArchive,
  roomLeft,
  sealVerified,
  storageFor,
  writtenSize,
} from '../archives/archiving-steps.ts';
import { systemErrors } from '../schema/errors.ts';
import type { Purge, PurgeArchive } from '../schema/purge.ts';
import { archivedBy } from './purge-job.ts';
import { archivedPage, exportedIn, lineOf, nextPage, type PurgeSession } from '../purges/sources/reading.ts';
import type { Deleting, KeptRecord } from '../purges/sources/source.ts';
import type { purgeJobs } from './contract.ts';
import { filedMessage } from './filed-message.ts';
import { saveWrites } from './store.ts';

/**
 * How a purge archives records before it deletes them: parts, the record of the archive and its manifest. Each turn
 * does one of the steps; nothing is deleted before the manifest was read back.
 */

export type ExportTools = {
  readonly organization: number;
  readonly session: PurgeSession;
  readonly context: BackgroundContext<typeof purgeJobs>;
  readonly signer: ArchiveSigner;
};

/** How a purge deletes records. */
export const deletingIn = (organization: number, { clock, recorderOf }: ExportTools['context']): Deleting => ({
  now: clock(),
  record: recorderOf(organization),
  why: ': it is kept no longer',
  forever: false,
});

/** Milliseconds for which a turn reads records or lines; the rest of it is for writing. */
const readingTime = 10 * second;

/** Classes whose records have audio. */
const withAudio: ReadonlySet<string> = new Set(['recordings', 'voicemail']);

const noSize = { bytes: 0, objects: 0 };

async function beginExport(purge: Purge, { organization, session, context }: ExportTools): Promise<PurgeArchive> {
  const [table, now] = [context.tableOf(organization), context.clock()];
  const policy = archivedBy(session.retention, purge);
  const state = beginArchive({
    archive_id: context.nextId('arch'),
    org_id: organization,
    class: purge.class,
    policy_id: policy?.id ?? null,
    created_at: now.toISOString(),
  });
  const storage = await storageFor(table, lockDays(session.retention), now);
  return { state, policy, storage, files: noSize, charged: noSize, part: 0, line: 0 };
}

/** The file of a record, and its bytes: its audio, or the record as a message. */
async function fileOf(
  each: KeptRecord,
  { class: of, format }: Purge,
  { objects }: ExportTools['context'],
): Promise<Omit<FiledRecord, 'record'> & { readonly bytes: number }> {
  if (format === 'eml') {
    const { name, message } = filedMessage(of, each.record);
    const text = await composeMime(message);
    return { name, extension: format, body: Readable.from([text]), bytes: text.length };
  }
  const audio = each.file === undefined ? undefined : await objects.open(each.file);
  return { name: each.id, extension: each.file?.extension ?? 'wav', body: audio?.body, bytes: audio?.size ?? 0 };
}

/** Records with their files, as an archive takes them, and what these take. */
async function* withFiles(
  records: AsyncIterable<KeptRecord>,
  read: Read,
  context: ExportTools['context'],
): AsyncGenerator<FiledRecord> {
  for await (const each of records) {
    const { bytes, ...file } = await fileOf(each, read.purge, context);
    const record = lineOf(each);
    read.files = plus(read.files, {
      bytes: Buffer.byteLength(record) + bytes,
      objects: file.body === undefined ? 1 : 2,
    });
    yield { ...file, record };
  }
}

async function* linesOf(records: AsyncIterable<KeptRecord>): AsyncGenerator<string> {
  for await (const each of records) yield lineOf(each);
}

/** What a turn has read. */
type Read = { purge: Purge; isWhole: boolean; range: ArchiveRange | null; bytes: number; files: typeof noSize };

/**
 * The records of some pages, for the next part, as long as there is room for them: locked parts cannot be removed.
 * @throws AppError STORAGE_FULL; then nothing is written
 */
async function* readExported(
  read: Read,
  { room, session, context, organization }: ExportTools & { readonly room: number },
): AsyncGenerator<KeptRecord> {
  const deadline = context.clock().getTime() + readingTime;
  while (context.clock().getTime() < deadline) {
    const next = await nextPage(read.purge, session, context.tableOf(organization));
    read.isWhole = next === null;
    if (next === null) return;
    for (const record of exportedIn(next)) {
      read.bytes += sizeOf(record);
      if (read.bytes > room) throw new AppError(systemErrors.STORAGE_FULL, 'The quota of the archive has no room left');
      read.range = rangeWith(read.range, record.facts.at);
      yield record;
    }
    read.purge = next.after;
  }
}

const sizeOf = (record: KeptRecord): number => Buffer.byteLength(lineOf(record)) + record.fileBytes;

/** Writes the records of some pages as the next part, and charges it. After a crash the part is written again. */
export async function exportRecords(purge: Purge, tools: ExportTools): Promise<Purge> {
  const { organization, context } = tools;
  const { objects, clock, transact, tableOf } = context;
  const archive = purge.archive ?? (await beginExport(purge, tools));
  const read: Read = { purge, isWhole: false, range: null, bytes: 0, files: noSize };
  const records = readExported(read, { ...tools, room: await roomLeft(tableOf(organization), clock()) });
  const options = { range: () => found(read.range ?? undefined, 'Time'), storage: archive.storage };
  const state =
    withAudio.has(purge.class) || purge.format !== undefined
      ? await putFiles(objects, archive.state, withFiles(records, read, context), options)
      : await putPart(objects, archive.state, linesOf(records), options);
  const size = writtenSize(state.parts.slice(archive.state.parts.length), read.files);
  const written = { ...archive, state, files: plus(archive.files, read.files), charged: plus(archive.charged, size) };
  const isEmpty = state.records === 0;
  const after: Purge = {
    ...read.purge,
    archive: written,
    ...(read.isWhole ? { source: 0, after: null, phase: isEmpty ? 'deleting' : 'recording' } : {}),
  };
  await transact(organization, async () => [
    ...(size.objects === 0 ? [] : await chargeWritten(tableOf(organization), size, clock())),
    ...saveWrites(purge, after),
  ]);
  return after;
}

const plus = (one: typeof noSize, other: typeof noSize) => ({
  bytes: one.bytes + other.bytes,
  objects: one.objects + other.objects,
});

/** The range with a time more. */
const rangeWith = (range: ArchiveRange | null, at: string): ArchiveRange =>
  range === null
    ? { start: at, end: at }
    : { start: at < range.start ? at : range.start, end: at > range.end ? at : range.end };

const archiveOf = ({ archive }: Purge): PurgeArchive => found(archive ?? undefined, 'Archive');

/** Records the archive, in its place in the chain. */
export async function recordExport(purge: Purge, { organization, context }: ExportTools): Promise<Purge> {
  const { state, policy, storage, files, charged } = archiveOf(purge);
  const after: Purge = { ...purge, phase: 'sealing' };
  await assertArchiveIntact(context.objects, state);
  await context.transact(organization, async () => {
    const written = { state, class: purge.class, policy, lock: storage.lock, files, charged };
    const by = { by: purge.by, now: context.clock() };
    const { archive, writes } = await recordArchive(context.tableOf(organization), written, by);
    const record = context.recorderOf(organization);
    const description = `${archive.records} records of ${archive.class} archived`;
    return [
      ...writes,
      ...saveWrites(purge, after),
      record('archiving.stored', {
        entity: { type: 'archive', id: archive.id },
        description,
        fields: { ...custodyOf(archive), purge_id: purge.id },
      }),
      record('archiving.exported', {
        entity: { type: 'purge', id: purge.id },
        description,
        fields: { archive_id: archive.id, class: archive.class, records: archive.records },
      }),
    ];
  });
  return after;
}

/** Writes the manifest, and reads it back. */
export async function sealExport(purge: Purge, tools: ExportTools): Promise<Purge> {
  const table = tools.context.tableOf(tools.organization);
  const archive = found(await readArchive(table, archiveOf(purge).state.archive_id), 'Archive');
  await sealVerified(archive, tools);
  return { ...purge, phase: 'removing' };
}

type LinePosition = { readonly part: number; readonly line: number };

/** Deletes archived records that are as they were archived, in one transaction with the progress. */
async function removeLines(
  purge: Purge,
  lines: readonly string[],
  position: LinePosition,
  { organization, session, context }: ExportTools,
): Promise<Purge> {
  let reached: Purge = { ...purge, archive: { ...archiveOf(purge), ...position } };
  if (lines.length === 0) return reached;
  await context.transact(organization, async () => {
    const next = await archivedPage(purge, session, context.tableOf(organization), lines);
    reached = { ...(next?.after ?? purge), archive: { ...archiveOf(purge), ...position } };
    if (next === null || next.isBlocked) reached = { ...reached, phase: 'deleting' };
    if (next === null || next.positions.length === 0) return [];
    return [
      whileHoldsStay(next.holds),
      ...next.page.deletions(next.positions, deletingIn(organization, context)),
      ...saveWrites(purge, reached),
    ];
  });
  return reached;
}

/** Lines in batches, from a position on, each with the position after it. */
async function* batchesOf(
  { state: { parts }, part: first, line: skipped }: PurgeArchive,
  size: number,
  objects: ExportTools['context']['objects'],
): AsyncGenerator<{ readonly lines: readonly string[]; readonly position: LinePosition }> {
  for (const [at, part] of parts.entries()) {
    if (at < first) continue;
    let [line, lines]: [number, string[]] = [0, []];
    for await (const text of readPart(objects, part)) {
      line += 1;
      if (at === first && line <= skipped) continue;
      lines.push(recordLine(text, part));
      if (lines.length < size) continue;
      yield { lines, position: { part: at, line } };
      lines = [];
    }
    yield { lines, position: { part: at + 1, line: 0 } };
  }
}

/** Deletes what is archived, as long as the turn has time. */
export async function removeExported(purge: Purge, tools: ExportTools): Promise<Purge> {
  const { context, session } = tools;
  const deadline = context.clock().getTime() + readingTime;
  const size = session.sources[0]?.atOnce ?? 1;
  let reached = purge;
  for await (const { lines, position } of batchesOf(archiveOf(purge), size, context.objects)) {
    reached = await removeLines(reached, lines, position, tools);
    if (reached.phase !== 'removing' || context.clock().getTime() > deadline) return reached;
  }
  return { ...reached, phase: 'deleting' };
}
