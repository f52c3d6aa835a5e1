import { beginArchive, type ArchiveRange } from '../../../shared/archive/archive.ts';
import { measureArchived } from '../../../shared/archive/archive-objects.ts';
import { putFiles, recordLine, type FiledRecord } from '../../../shared/archive/files.ts';
import { ArchiveDamaged, putPart, readPart } from '../../../shared/archive/parts.ts';
import { assertArchiveIntact } from '../../../shared/archive/seal.ts';
import { whileHoldsStay } from '../../../shared/dynamodb/rows/legal-hold.ts';
import { found } from '../../../shared/errors.ts';
import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { second } from '../../../shared/schema/time.ts';
import type { ArchiveSigner } from '../../../shared/signing/archive-signer.ts';
import {
  assertRoom,
  custodyOf,
  readArchive,
  recordArchive,
  sealRecorded,
  storageFor,
} from '../archives/archiving-session.ts';
import type { Purge, PurgeArchive } from '../purges/purge.ts';
import { archivedPage, exportedIn, lineOf, nextPage, type PurgeSession } from '../purges/sources/reading.ts';
import type { KeptRecord } from '../purges/sources/source.ts';
import type { purgeJobs } from './contract.ts';
import { archivedBy, lockedFor } from './exported-purge.ts';
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

/** Milliseconds for which a turn reads records or lines; the rest of it is for writing. */
const readingTime = 10 * second;

/** Classes whose records have audio. */
const withAudio: ReadonlySet<string> = new Set(['recordings', 'voicemail']);

async function beginExport(purge: Purge, { organization, session, context }: ExportTools): Promise<PurgeArchive> {
  const [table, now] = [context.tableOf(organization), context.clock()];
  const policy = archivedBy(session.retention, purge);
  const state = beginArchive({
    ...{ archive_id: context.nextId('arch'), org_id: organization, class: purge.class },
    ...{ policy_id: policy?.id ?? null, created_at: now.toISOString() },
  });
  return { state, policy, storage: await storageFor(table, lockedFor(session.retention), now), part: 0, line: 0 };
}

/** Records with their audio, as an archive takes them. */
async function* withFiles(
  records: AsyncIterable<KeptRecord>,
  { objects }: ExportTools['context'],
): AsyncGenerator<FiledRecord> {
  for await (const each of records) {
    const audio = each.file === undefined ? undefined : await objects.open(each.file);
    yield { name: each.id, extension: each.file?.extension ?? 'wav', body: audio?.body, record: lineOf(each) };
  }
}

async function* linesOf(records: AsyncIterable<KeptRecord>): AsyncGenerator<string> {
  for await (const each of records) yield lineOf(each);
}

/** Writes the records of some pages as the next part. After a crash the part is written again. */
export async function exportRecords(purge: Purge, tools: ExportTools): Promise<Purge> {
  const { organization, session, context } = tools;
  const table = context.tableOf(organization);
  const archive = purge.archive ?? (await beginExport(purge, tools));
  const deadline = context.clock().getTime() + readingTime;
  const read: { purge: Purge; isWhole: boolean; range: ArchiveRange | null } = { purge, isWhole: false, range: null };
  async function* exported(): AsyncGenerator<KeptRecord> {
    while (context.clock().getTime() < deadline) {
      const next = await nextPage(read.purge, session, table);
      read.isWhole = next === null;
      if (next === null) return;
      for (const record of exportedIn(next)) {
        read.range = rangeWith(read.range, record.facts.at);
        yield record;
      }
      read.purge = next.after;
    }
  }
  const options = { range: () => found(read.range ?? undefined, 'Time'), storage: archive.storage };
  const state = withAudio.has(purge.class)
    ? await putFiles(context.objects, archive.state, withFiles(exported(), context), options)
    : await putPart(context.objects, archive.state, linesOf(exported()), options);
  await assertRoom(table, state, context.clock());
  const after = { ...read.purge, archive: { ...archive, state } };
  if (!read.isWhole) return after;
  return { ...after, source: 0, after: null, phase: state.records === 0 ? 'deleting' : 'recording' };
}

/** The range with a time more. */
const rangeWith = (range: ArchiveRange | null, at: string): ArchiveRange =>
  range === null
    ? { start: at, end: at }
    : { start: at < range.start ? at : range.start, end: at > range.end ? at : range.end };

const archiveOf = ({ archive }: Purge): PurgeArchive => found(archive ?? undefined, 'Archive');

/** Records the archive, in its place in the chain. */
export async function recordExport(purge: Purge, { organization, context }: ExportTools): Promise<Purge> {
  const { state, policy, storage } = archiveOf(purge);
  const after: Purge = { ...purge, phase: 'sealing' };
  await assertArchiveIntact(context.objects, state);
  await context.transact(organization, async () => {
    const written = { state, class: purge.class, policy, lock: storage.lock };
    const by = { by: purge.by, now: context.clock() };
    const { archive, writes } = await recordArchive(context.tableOf(organization), written, by);
    const record = context.recorderOf(organization);
    const description = `${archive.records} records of ${archive.class} archived`;
    return [
      ...writes,
      ...saveWrites(purge, after),
      record('archiving.stored', {
        ...{ entity: { type: 'archive', id: archive.id }, description },
        fields: { ...custodyOf(archive), purge_id: purge.id },
      }),
      record('archiving.exported', {
        ...{ entity: { type: 'purge', id: purge.id }, description },
        fields: { archive_id: archive.id, class: archive.class, records: archive.records },
      }),
    ];
  });
  return after;
}

/** Writes the manifest, and reads it back. */
export async function sealExport(purge: Purge, { organization, context, signer }: ExportTools): Promise<Purge> {
  const table = context.tableOf(organization);
  const archive = found(await readArchive(table, archiveOf(purge).state.archive_id), 'Archive');
  const write = await sealRecorded(context.objects, archive, { organization, signer, now: context.clock() });
  await context.transact(organization, async () => [write]);
  const manifest = await measureArchived(context.objects, archive.manifest_key);
  if (manifest?.sha256 !== archive.manifest_sha256)
    throw new ArchiveDamaged(`${archive.manifest_key} does not have the hash of its record`);
  return { ...purge, phase: 'removing' };
}

type Place = { readonly part: number; readonly line: number };

/** Deletes archived records that are as they were archived, in one transaction with the progress. */
async function removeLines(
  purge: Purge,
  lines: readonly string[],
  place: Place,
  { organization, session, context }: ExportTools,
): Promise<Purge> {
  let reached: Purge = { ...purge, archive: { ...archiveOf(purge), ...place } };
  if (lines.length === 0) return reached;
  await context.transact(organization, async () => {
    const next = await archivedPage(purge, session, context.tableOf(organization), lines);
    reached = { ...(next?.after ?? purge), archive: { ...archiveOf(purge), ...place } };
    if (next === null || next.isBlocked) reached = { ...reached, phase: 'deleting' };
    if (next === null || next.positions.length === 0) return [];
    return [
      whileHoldsStay(next.holds),
      ...next.page.deletions(next.positions, context.clock()),
      ...saveWrites(purge, reached),
    ];
  });
  return reached;
}

/** Lines in batches, from a place on, each with the place after it. */
async function* batchesOf(
  { state: { parts }, part: first, line: skipped }: PurgeArchive,
  size: number,
  objects: ExportTools['context']['objects'],
): AsyncGenerator<{ readonly lines: readonly string[]; readonly place: Place }> {
  for (const [at, part] of parts.entries()) {
    if (at < first) continue;
    let [line, lines]: [number, string[]] = [0, []];
    for await (const text of readPart(objects, part)) {
      line += 1;
      if (at === first && line <= skipped) continue;
      lines.push(recordLine(text, part));
      if (lines.length < size) continue;
      yield { lines, place: { part: at, line } };
      lines = [];
    }
    yield { lines, place: { part: at + 1, line: 0 } };
  }
}

/** Deletes what is archived, as long as the turn has time. */
export async function removeExported(purge: Purge, tools: ExportTools): Promise<Purge> {
  const { context, session } = tools;
  const deadline = context.clock().getTime() + readingTime;
  const size = session.sources[0]?.atOnce ?? 1;
  let reached = purge;
  for await (const { lines, place } of batchesOf(archiveOf(purge), size, context.objects)) {
    reached = await removeLines(reached, lines, place, tools);
    if (reached.phase !== 'removing' || context.clock().getTime() > deadline) return reached;
  }
  return { ...reached, phase: 'deleting' };
}
