import { createHash } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson } from '../schema/canonical-json.ts';
import { organizationText } from '../schema/values.ts';

/** Archives and their manifests, as values (README.md of this folder, "Format"). Times are ISO 8601. */

/** A gzip file of JSON lines. `bytes` and `sha256` (hexadecimal) are those of the compressed file. */
const ArchivePart = z.strictObject({
  key: z.string(),
  bytes: z.int().min(1),
  records: z.int().min(0),
  sha256: z.string(),
  /** Whether each line names files of its record. */
  files: z.boolean().optional(),
});
export type ArchivePart = z.output<typeof ArchivePart>;

/** Time of the earliest and of the latest record. */
const ArchiveRange = z.strictObject({ start: z.string(), end: z.string() });
export type ArchiveRange = z.output<typeof ArchiveRange>;

/** A part that was replaced, and the one in its place. */
const Replacement = z.strictObject({
  key: z.string(),
  sha256_before: z.string(),
  replaced_by: z.string(),
  sha256_after: z.string(),
});

const stateFields = {
  archive_id: z.string(),
  org_id: z.int().min(1),
  class: z.string(),
  policy_id: z.string().nullable(),
  created_at: z.string(),
  range: ArchiveRange.nullable(),
  records: z.int().min(0),
  parts: z.array(ArchivePart),
  /** Present in a revision only: 1 for the first. */
  revision: z.int().min(1).optional(),
  reason: z.string().optional(),
  replaces: z.array(Replacement).optional(),
};

/** An archive that is being written: plain JSON, which a job stores between its turns. */
const ArchiveState = z.strictObject(stateFields);
export type ArchiveState = Readonly<z.output<typeof ArchiveState>>;

const manifestSchema = 'archive-manifest.v1';
export const ArchiveManifest = z.strictObject({
  schema: z.literal(manifestSchema),
  ...stateFields,
  previous_manifest_sha256: z.string(),
});
export type ArchiveManifest = Readonly<z.output<typeof ArchiveManifest>>;

/** The predecessor of the first manifest of an organization. */
export const noManifest = '0'.repeat(64);

/** What is known of an archive before its first record. `created_at`: now, when it is begun. */
export type ArchiveFacts = Pick<ArchiveState, 'archive_id' | 'org_id' | 'class' | 'policy_id' | 'created_at'>;

/** What a key is made of is never a path of its own. */
const segment = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** A part of a key. @throws TypeError for one that could leave its folder */
function assertSegment(text: string): string {
  if (!segment.test(text)) throw new TypeError(`${text} cannot be part of a key`);
  return text;
}

/** An archive without records. @throws TypeError if its id or class cannot be part of a key */
export function beginArchive({ archive_id, org_id, class: of, policy_id, created_at }: ArchiveFacts): ArchiveState {
  for (const each of [archive_id, of]) assertSegment(each);
  return { archive_id, org_id, class: of, policy_id, created_at, range: null, records: 0, parts: [] };
}

/**
 * The next revision of an archive, whose parts are then replaced one by one (`replacePart`). The manifests of earlier
 * revisions stay, the parts that they name may be removed once the revision is sealed.
 */
export const beginRevision = (
  { schema, previous_manifest_sha256, replaces, ...archive }: ArchiveManifest,
  { reason, created_at }: { readonly reason: string; readonly created_at: string },
): ArchiveState => ({ ...archive, revision: (archive.revision ?? 0) + 1, reason, created_at, replaces: [] });

/** The folder of an archive: `archive/org_1001/sms/2026-11/arch_01J9…/`. Revisions stay where the archive began. */
function archiveFolder({ archive_id, org_id, class: of, created_at, parts, revision }: ArchiveState): string {
  const [first] = parts;
  if (revision !== undefined && first !== undefined) return first.key.slice(0, first.key.lastIndexOf('/') + 1);
  return `archive/${organizationText(org_id)}/${of}/${created_at.slice(0, 7)}/${archive_id}/`;
}

/** The key of the next part; of a part's replacement in a revision. */
export function partKey(state: ArchiveState, number: number): string {
  const revision = state.revision === undefined ? '' : `-r${state.revision}`;
  return `${archiveFolder(state)}part-${String(number).padStart(5, '0')}${revision}.jsonl.gz`;
}

/** The key of a file of a record: of its audio (`wav`), its text (`eml`), or the JSON beside it. */
export const fileKey = (state: ArchiveState, name: string, extension: string): string =>
  `${archiveFolder(state)}files/${assertSegment(name)}.${assertSegment(extension)}`;

/** The keys of a manifest and of its signature: `manifest.json`, and `manifest-00001.json` of the first revision. */
export function manifestKeys(state: ArchiveState): { readonly manifest: string; readonly signature: string } {
  const revision = state.revision === undefined ? '' : `-${String(state.revision).padStart(5, '0')}`;
  const base = `${archiveFolder(state)}manifest${revision}`;
  return { manifest: `${base}.json`, signature: `${base}.jws` };
}

/** The range that contains both. */
const rangeOf = (one: ArchiveRange | null, other: ArchiveRange): ArchiveRange =>
  one === null
    ? other
    : {
        start: one.start < other.start ? one.start : other.start,
        end: one.end > other.end ? one.end : other.end,
      };

/** The archive with one part more. */
export const withPart = (state: ArchiveState, part: ArchivePart, range: ArchiveRange): ArchiveState => ({
  ...state,
  parts: [...state.parts, part],
  records: state.records + part.records,
  range: rangeOf(state.range, range),
});

/** The revision with another part in the place of one. Without records nothing takes its place. */
export function withReplacement(state: ArchiveState, before: ArchivePart, after: ArchivePart): ArchiveState {
  return {
    ...state,
    parts: state.parts.map((part) => (part.key === before.key ? after : part)),
    records: state.records - before.records + after.records,
    replaces: [
      ...(state.replaces ?? []),
      { key: before.key, sha256_before: before.sha256, replaced_by: after.key, sha256_after: after.sha256 },
    ],
  };
}

/** The manifest of an archive, and the bytes that are stored, signed and hashed: its canonical JSON (RFC 8785). */
export function manifestOf(
  state: ArchiveState,
  previous: string,
): { readonly manifest: ArchiveManifest; readonly text: string; readonly sha256: string } {
  const manifest: ArchiveManifest = { schema: manifestSchema, ...state, previous_manifest_sha256: previous };
  const text = canonicalJson(manifest);
  return { manifest, text, sha256: createHash('sha256').update(text).digest('hex') };
}
