import { partKey, type ArchivePart, type ArchiveState } from '#archive/archive.ts';
import { filesOfLine, recordLine } from '#archive/files.ts';
import { ArchiveDamaged, readPart, replacePart } from '#archive/parts.ts';
import { holdsOn, whileHoldsStay, type Holds } from '#dynamodb/rows/legal-hold.ts';
import { found } from '#errors.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { canonicalJson } from '#schema/canonical-json.ts';
import type { ErasedPerson } from '#schema/erased-person.ts';
import type { StoredArchive } from '#schema/stored-archive.ts';
import type { ArchiveSigner } from '#signing/archive-signer.ts';
import {
  claimWrite,
  readArchive,
  recordRevision,
  releaseWrite,
  reviseArchive,
  sealStored,
  sealVerified,
  unlockedStorage,
} from '../archives/archiving-steps.ts';
import type { RecordSource } from '../purges/sources/source.ts';
import { sourcesOf } from '../purges/sources/sources.ts';
import type { erasures } from './contract.ts';
import {
  afterArchive,
  archivedFacts,
  archivedOutcome,
  beginRewriting,
  erases,
  inArchive,
  lockedUntil,
  nextPartKey,
  outcomeOf,
  partText,
  readAgain,
  withReportLines,
  type Erasure,
  type ErasureOutcome,
  type ReportLine,
  type Rewriting,
} from './erasure.ts';
import { erasureStore, saveWrites } from './store.ts';

/**
 * How an erasure rewrites archives: each part with records about the person is replaced in a revision, whose manifest
 * names both hashes. What a hold means stays, and locked archives are only reported. Each step is one turn's work at
 * most, and is repeated after a crash.
 */

export type ArchiveTools = {
  readonly organization: number;
  readonly person: ErasedPerson;
  readonly context: BackgroundContext<typeof erasures>;
  readonly signer: ArchiveSigner;
};

const reason = 'erasure of a person';

/** Lines that are described at once, and in a part of the report. */
const linesAtOnce = 500;

/** Reads a part of an archive. */
type Reading = {
  readonly archive: StoredArchive;
  readonly source: RecordSource;
  readonly holds: Holds;
  readonly until: string | null;
};

async function* batchesOf(lines: AsyncIterable<string>): AsyncGenerator<string[]> {
  let batch: string[] = [];
  for await (const line of lines) {
    batch.push(line);
    if (batch.length < linesAtOnce) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

type Line = { readonly text: string; readonly outcome: ErasureOutcome | null; readonly reportLine: ReportLine | null };

/** The lines of a part with what becomes of their records. */
async function* linesOf(part: ArchivePart, reading: Reading, tools: ArchiveTools): AsyncGenerator<Line> {
  const { archive, source, holds, until } = reading;
  const table = tools.context.tableOf(tools.organization);
  for await (const texts of batchesOf(readPart(tools.context.objects, part))) {
    const records = await source.read(
      table,
      texts.map((text) => recordLine(text, part)),
    );
    for (const [at, text] of texts.entries()) {
      const record = records[at];
      if (record === undefined) throw new ArchiveDamaged(`${part.key} has a line that is no record`);
      const asked = { of: archive.class, person: tools.person, holds: holds.active, anonymizes: source.anonymizes };
      const facts = archivedFacts(record.facts);
      const outcome = archivedOutcome(outcomeOf({ facts, isFinished: true }, asked), until !== null);
      const reportLine = {
        class: archive.class,
        id: record.id,
        at: facts.at,
        archive_id: archive.id,
        record: record.record,
        ...(until === null ? {} : { until }),
      };
      yield { text, outcome, reportLine: outcome === null ? null : { ...reportLine, state: outcome } };
    }
  }
}

/** The lines that a replaced part has. */
async function* remainingLines(part: ArchivePart, reading: Reading, tools: ArchiveTools): AsyncGenerator<string> {
  for await (const { text, outcome } of linesOf(part, reading, tools)) {
    if (outcome === 'anonymous') yield canonicalJson(reading.source.withoutPerson(text, tools.person));
    else if (outcome === null || !erases(outcome)) yield text;
  }
}

/** What is found in a part: for the report, and the files of the records that go. */
async function searchPart(part: ArchivePart, erasure: Erasure, reading: Reading, tools: ArchiveTools) {
  const { objects } = tools.context;
  let after = erasure;
  let reportLines: ReportLine[] = [];
  const files: { key: string; bytes: number }[] = [];
  let isAffected = false;
  const report = async (): Promise<void> => {
    if (reportLines.length === 0) return;
    const key = nextPartKey(tools.organization, after);
    await objects.put({ bucket: 'exports', key }, Buffer.from(partText(reportLines)));
    after = withReportLines(after, reportLines);
    reportLines = [];
  };
  for await (const { text, outcome, reportLine } of linesOf(part, reading, tools)) {
    if (reportLine === null || outcome === null) continue;
    reportLines.push(reportLine);
    if (erases(outcome)) isAffected = true;
    if (outcome === 'deleted') files.push(...filesOfLine(text, part));
    if (reportLines.length === linesAtOnce) await report();
  }
  await report();
  return { after, files, isAffected };
}

/** Removes the parts of a revision that is not recorded: no manifest lists them, and they name what a hold keeps. */
async function dropRewritten(archive: StoredArchive, { organization, context }: ArchiveTools): Promise<void> {
  const state = reviseArchive(archive, organization, reason, context.clock());
  for (const number of archive.parts.keys())
    await context.objects.erase({ bucket: 'archives', key: partKey(state, number) });
}

/** Searches the next part, and replaces it if it has records that are erased. */
async function readNextPart(
  erasure: Erasure,
  current: Rewriting,
  reading: Reading,
  tools: ArchiveTools,
): Promise<Erasure> {
  const { organization, context } = tools;
  const { archive } = reading;
  const part = archive.parts[current.part];
  if (part === undefined) {
    if (current.state !== null) return inArchive(erasure, { ...current, phase: 'recording' });
    if (archive.rewritten_by === erasure.id) {
      await dropRewritten(archive, tools);
      await context.tryCommit(organization, [releaseWrite(archive, erasure.id)]);
    }
    return afterArchive(erasure, current);
  }
  const { after, files, isAffected } = await searchPart(part, erasure, reading, tools);
  if (!isAffected || !erasure.erase) return inArchive(after, { ...current, part: current.part + 1 });
  await context.transact(organization, async () => [claimWrite(archive, erasure.id)]);
  const now = context.clock();
  const state: ArchiveState = current.state ?? reviseArchive(archive, organization, reason, now);
  const storage = await unlockedStorage(context.tableOf(organization));
  const lines = remainingLines(part, reading, tools);
  const replaced = await replacePart(context.objects, state, part, { lines, storage });
  const keys = files.map(({ key }) => key);
  return inArchive(after, {
    ...current,
    part: current.part + 1,
    state: replaced,
    superseded: [...current.superseded, part.key, ...keys],
    removed: {
      bytes: current.removed.bytes + files.reduce((sum, { bytes }) => sum + bytes, 0),
      objects: current.removed.objects + files.length,
    },
  });
}

/** Records the revision, unless a hold was placed since it was begun. */
async function recordRewritten(
  erasure: Erasure,
  current: Rewriting,
  reading: Reading,
  tools: ArchiveTools,
): Promise<Erasure> {
  const { organization, context } = tools;
  const { archive } = reading;
  const state = found(current.state ?? undefined, 'Revision');
  const recorded = inArchive(erasure, { ...current, phase: 'sealing' });
  let after = recorded;
  await context.transact(organization, async () => {
    const table = context.tableOf(organization);
    const holds = await holdsOn(table, archive.class);
    const isSame = (holds.epoch ?? null) === current.epoch;
    after = isSame ? recorded : readAgain(erasure, current, holds.epoch);
    if (!isSame) {
      await dropRewritten(archive, tools);
      return saveWrites(erasure, after);
    }
    const { removed } = current;
    const revised = await recordRevision(table, archive, { state, removed, now: context.clock() });
    return [
      ...revised.writes,
      whileHoldsStay(holds),
      ...saveWrites(erasure, recorded),
      context.recorderOf(organization)('archiving.rewritten', {
        entity: { type: 'archive', id: archive.id },
        description: `Archive rewritten: ${reason}`,
        fields: {
          manifest_sha256: revised.archive.manifest_sha256,
          replaced_parts: state.replaces?.length ?? 0,
          erasure_id: erasure.id,
        },
      }),
    ];
  });
  return after;
}

async function sealRewritten(
  erasure: Erasure,
  current: Rewriting,
  archive: StoredArchive,
  tools: ArchiveTools,
): Promise<Erasure> {
  await sealVerified(archive, tools);
  return inArchive(erasure, { ...current, phase: 'removing' });
}

/** Removes every version of what the revision has replaced. */
async function removeSuperseded({ superseded }: Rewriting, { context: { objects } }: ArchiveTools): Promise<void> {
  for (const key of superseded) await objects.erase({ bucket: 'archives', key });
}

async function readingOf(archive: StoredArchive, { organization, context }: ArchiveTools): Promise<Reading | null> {
  const table = context.tableOf(organization);
  const { environment } = context;
  const [source] = await sourcesOf(archive.class, table, { now: context.clock(), environment });
  if (source === undefined) return null;
  const holds = await holdsOn(table, archive.class);
  return { archive, source, holds, until: lockedUntil(archive, context.clock()) };
}

/** The step of an archive that is due. */
async function stepIn(
  erasure: Erasure,
  current: Rewriting,
  archive: StoredArchive,
  tools: ArchiveTools,
): Promise<Erasure> {
  if (current.phase === 'sealing') return sealRewritten(erasure, current, archive, tools);
  if (current.phase === 'removing') {
    await removeSuperseded(current, tools);
    return afterArchive(erasure, current);
  }
  const reading = await readingOf(archive, tools);
  if (reading === null) return afterArchive(erasure, { id: archive.id, state: null });
  return current.phase === 'recording'
    ? recordRewritten(erasure, current, reading, tools)
    : readNextPart(erasure, current, reading, tools);
}

/**
 * The next step in the archives of an organization, saved. The event log is not searched: it names persons by keys.
 * @returns the erasure after it; `archives.isDone` if there is no archive left
 */
export async function archiveStep(erasure: Erasure, tools: ArchiveTools): Promise<Erasure> {
  const { organization, context } = tools;
  const table = context.tableOf(organization);
  const { current, after: last } = erasure.archives;
  const archive =
    current === null ? await erasureStore(table).archiveAfter(last) : await readArchive(table, current.id);
  if (archive === undefined) return { ...erasure, archives: { ...erasure.archives, isDone: true } };
  if (current === null && archive.class === 'eventlog') return afterArchive(erasure, { id: archive.id, state: null });
  if (current === null && archive.sealed_at === null) await sealStored(archive, tools);
  const begun = current ?? beginRewriting(erasure, archive.id, (await holdsOn(table, archive.class)).epoch);
  const next = await stepIn(erasure, begun, archive, tools);
  if (begun.phase !== 'recording') await context.transact(organization, async () => saveWrites(erasure, next));
  return next;
}
