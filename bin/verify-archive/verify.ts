import { createHash } from 'node:crypto';
import {
  NotAManifest,
  archiveFolderOf,
  manifestProblems,
  noManifest,
  parseManifestKey,
  readManifest,
  revisionProblems,
  signatureKeyOf,
  type Manifest,
  type ManifestKey,
  type Part,
  type Replacement,
} from './manifest.ts';
import { measurePart, verifyPart, type ArchiveProblem } from './part.ts';
import { signatureProblem, type ArchiveKeys } from './signature.ts';
import { TooLarge, readSmall, type Source } from './source.ts';

/** The chain of the manifests of an organization: each names the hash of the one before. */

type Link = { readonly key: string; readonly sha256: string; readonly previous: string };

type ChainReport = {
  readonly length: number;
  /** Hash of the last manifest; null without one. */
  readonly last: string | null;
  readonly problems: readonly { readonly key: string | null; readonly problem: string }[];
};

type Problem = ChainReport['problems'][number];

/** The manifests from a hash on, and those that contend for a predecessor. */
function reach(links: readonly Link[], from: string) {
  const successors = Map.groupBy(links, ({ previous }) => previous);
  const reached = new Set<string>();
  const forks: Problem[] = [];
  let last = from;
  for (let next = successors.get(last); next !== undefined; next = successors.get(last)) {
    const [link, ...others] = next;
    if (link === undefined || reached.has(link.sha256)) break;
    for (const { key } of others) forks.push({ key, problem: `forks the chain: ${link.key} has the same predecessor` });
    reached.add(link.sha256);
    last = link.sha256;
  }
  return { reached, forks, last: reached.size === 0 ? null : last };
}

/**
 * Follows a chain.
 * @param from the hash before the first manifest: 64 zeros unless older archives have expired
 * @param head the hash that the event log published last, which must be in the chain
 */
function followChain(
  links: readonly Link[],
  { from = noManifest, head }: { readonly from?: string | undefined; readonly head?: string | undefined },
): ChainReport {
  const { reached, forks, last } = reach(links, from);
  const known = new Set([from, ...links.map(({ sha256 }) => sha256)]);
  const cuts = links
    .filter(({ previous }) => !known.has(previous))
    .map(({ key, previous }) => ({ key, problem: `follows ${previous}, which is missing: the chain is cut` }));
  const isWhole = head === undefined || head === from || reached.has(head);
  const end = { key: null, problem: `the chain is cut at its end: the manifest ${head} is missing` };
  return { length: reached.size, last, problems: [...forks, ...cuts, ...(isWhole ? [] : [end])] };
}

/** What was found of an archive: an empty list of findings says that it is as it was written. */
export type ArchiveVerdict = {
  readonly archive_id: string;
  readonly org_id: number;
  readonly class: string;
  readonly created_at: string;
  readonly records: number;
  readonly parts: number;
  /** Number of revisions. */
  readonly revisions: number;
  readonly replaced: readonly (Replacement & { readonly reason: string | null })[];
  readonly findings: readonly ArchiveProblem[];
};

export type Verdict = {
  readonly holds: boolean;
  readonly archives: readonly ArchiveVerdict[];
  readonly chains: readonly (ChainReport & { readonly org_id: number })[];
  /** Files that are no archive's. */
  readonly findings: readonly ArchiveProblem[];
  /** Folders without a manifest: no archives, as a job that was interrupted, or is at work, leaves them. */
  readonly unfinished: readonly string[];
};

export type Expectations = {
  readonly keys: ArchiveKeys;
  /** Hash before the first manifest, if older archives have expired. */
  readonly from?: string | undefined;
  /** Hash that the event log published. */
  readonly head?: string | undefined;
};

type Read = {
  readonly key: string;
  readonly manifestKey: ManifestKey;
  readonly manifest: Manifest;
  readonly sha256: string;
  readonly problems: readonly string[];
};

const reasonOf = (error: unknown): string => {
  if (error instanceof NotAManifest) return `is no manifest: ${error.message}`;
  if (error instanceof SyntaxError) return 'is not JSON';
  if (error instanceof TooLarge) return error.message;
  throw error;
};

/** Reads a manifest and verifies its signature. */
async function readSigned(source: Source, key: string, { keys }: Expectations): Promise<Read | ArchiveProblem> {
  const manifestKey = parseManifestKey(key);
  try {
    const text = await readSmall(source, key);
    if (text === undefined || manifestKey === undefined) return { key, problem: 'is missing' };
    const manifest = readManifest(text.toString());
    const signature = await readSmall(source, signatureKeyOf(key));
    const problem =
      signature === undefined
        ? 'has no signature'
        : await signatureProblem(text, signature.toString(), { keys, createdAt: manifest.created_at });
    return {
      key,
      manifestKey,
      manifest,
      sha256: createHash('sha256').update(text).digest('hex'),
      problems: [...(problem === undefined ? [] : [problem]), ...manifestProblems(manifest, manifestKey)],
    };
  } catch (error) {
    return { key, problem: reasonOf(error) };
  }
}

/** What is wrong between the revisions of an archive, in their order. */
const betweenRevisions = (revisions: readonly Read[]): ArchiveProblem[] =>
  revisions.flatMap(({ key, manifestKey, manifest }, at) => {
    if (manifestKey.revision !== at) return [{ key, problem: `follows no revision ${manifestKey.revision - 1}` }];
    const before = revisions[at - 1];
    return before === undefined ? [] : revisionProblems(before.manifest, manifest).map((problem) => ({ key, problem }));
  });

/** Parts that a revision replaced. They and their files may be gone; a part that is there must be as it was. */
async function verifySuperseded(source: Source, parts: readonly Part[]) {
  const findings: ArchiveProblem[] = [];
  const files: string[] = [];
  for (const part of parts) {
    const found = await measurePart(source, part);
    files.push(...found.files.map(({ key }) => key));
    for (const problem of found.problems) if (problem !== 'is missing') findings.push({ key: part.key, problem });
  }
  return { findings, files };
}

/** Verifies the parts of all revisions, the files that they name, and that the folder has no other file. */
async function verifyFiles(source: Source, revisions: readonly [Read, ...Read[]]): Promise<ArchiveProblem[]> {
  const { manifest, manifestKey } = revisions.at(-1) ?? revisions[0];
  const current = new Set(manifest.parts.map(({ key }) => key));
  const superseded = revisions.flatMap((each) => each.manifest.parts.filter(({ key }) => !current.has(key)));
  const found = [];
  for (const part of manifest.parts) found.push(await verifyPart(source, part, manifestKey.folder));
  found.push(await verifySuperseded(source, superseded));
  const findings = found.flatMap((each) => each.findings);
  // What a damaged part lists is not known.
  if (findings.length > 0) return findings;
  const listed = new Set([
    ...revisions.flatMap(({ key }) => [key, signatureKeyOf(key)]),
    ...[...manifest.parts, ...superseded].map(({ key }) => key),
    ...found.flatMap(({ files }) => files),
  ]);
  for await (const key of source.keys(manifestKey.folder))
    if (!listed.has(key)) findings.push({ key, problem: 'is listed by no manifest' });
  return findings;
}

async function verifyArchive(source: Source, revisions: readonly [Read, ...Read[]]): Promise<ArchiveVerdict> {
  const { manifest } = revisions.at(-1) ?? revisions[0];
  const findings = [
    ...revisions.flatMap(({ key, problems }) => problems.map((problem) => ({ key, problem }))),
    ...betweenRevisions(revisions),
  ];
  // No file is opened that a manifest names outside of its folder.
  if (!findings.some(({ problem }) => problem.startsWith('names ')))
    findings.push(...(await verifyFiles(source, revisions)));
  return {
    archive_id: manifest.archive_id,
    org_id: manifest.org_id,
    class: manifest.class,
    created_at: revisions[0].manifest.created_at,
    records: manifest.records,
    parts: manifest.parts.length,
    revisions: revisions.length - 1,
    replaced: revisions.flatMap((each) =>
      each.manifest.replaces.map((one) => ({ ...one, reason: each.manifest.reason })),
    ),
    findings,
  };
}

/** An id is that of one archive: a copy in another folder is no archive. */
const duplicates = (read: readonly Read[]): ArchiveProblem[] =>
  [...Map.groupBy(read, ({ manifest }) => manifest.archive_id)].flatMap(([id, all]) => {
    const [first, ...folders] = new Set(all.map(({ manifestKey }) => manifestKey.folder));
    return folders.map((folder) => ({ key: folder, problem: `has the archive id ${id}, as ${first} has` }));
  });

const byRevision = (one: Read, other: Read): number => one.manifestKey.revision - other.manifestKey.revision;

/** Verifies all archives of a source: manifests, signatures, hashes, counts and chains. */
export async function verifyArchives(source: Source, expected: Expectations): Promise<Verdict> {
  const read: Read[] = [];
  const findings: ArchiveProblem[] = [];
  /** Folders of archives, and whether they have a manifest. */
  const folders = new Map<string, boolean>();
  for await (const key of source.keys()) {
    const isManifest = parseManifestKey(key) !== undefined;
    const folder = archiveFolderOf(key);
    if (folder === undefined) findings.push({ key, problem: 'is listed by no manifest' });
    else folders.set(folder, isManifest || folders.get(folder) === true);
    if (!isManifest) continue;
    const found = await readSigned(source, key, expected);
    if ('problem' in found) findings.push(found);
    else read.push(found);
  }
  const archives: ArchiveVerdict[] = [];
  for (const [, of] of Map.groupBy(read, ({ manifestKey }) => manifestKey.folder)) {
    const [first, ...others] = of.toSorted(byRevision);
    if (first !== undefined) archives.push(await verifyArchive(source, [first, ...others]));
  }
  findings.push(...duplicates(read));
  const unfinished = [...folders].flatMap(([folder, hasManifest]) => (hasManifest ? [] : [folder]));
  const chains = [...Map.groupBy(read, ({ manifest }) => manifest.org_id)].map(([org_id, all]) => ({
    org_id,
    ...followChain(
      all.map(({ key, sha256, manifest }) => ({ key, sha256, previous: manifest.previous_manifest_sha256 })),
      expected,
    ),
  }));
  const sound = [...archives.map((each) => each.findings), ...chains.map(({ problems }) => problems), findings];
  return {
    holds: archives.length > 0 && sound.every((each) => each.length === 0),
    archives,
    chains,
    findings,
    unfinished,
  };
}
