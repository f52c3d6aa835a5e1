/** Manifests of archives, as a verifier reads them: nothing of a file is believed before it has this form. */

export type Part = {
  readonly key: string;
  readonly bytes: number;
  readonly records: number;
  readonly sha256: string;
  /** Whether each line names files. */
  readonly files: boolean;
};

export type Replacement = {
  readonly key: string;
  readonly sha256_before: string;
  readonly replaced_by: string;
  readonly sha256_after: string;
};

export type Manifest = {
  readonly archive_id: string;
  readonly org_id: number;
  readonly class: string;
  readonly created_at: string;
  readonly records: number;
  readonly parts: readonly Part[];
  readonly previous_manifest_sha256: string;
  /** 0 for the archive as it was written. */
  readonly revision: number;
  readonly reason: string | null;
  readonly replaces: readonly Replacement[];
};

export const noManifest = '0'.repeat(64);

type Fields = Readonly<Record<string, unknown>>;

/** What the text of a file lacks to be a manifest. */
export class NotAManifest extends Error {}

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new NotAManifest(`${name} is no object`);
  return value as Fields;
}

function textIn(fields: Fields, name: string, form: RegExp): string {
  const value = fields[name];
  if (typeof value !== 'string' || !form.test(value)) throw new NotAManifest(`${name} is invalid`);
  return value;
}

function numberIn(fields: Fields, name: string, absent?: number): number {
  const value = fields[name] ?? absent;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new NotAManifest(`${name} is invalid`);
  return value;
}

function listIn(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) throw new NotAManifest(`${name} is no list`);
  return value;
}

const hash = /^[0-9a-f]{64}$/;
const anyText = /^[^]{1,1024}$/;
const segment = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const partOf = (value: unknown): Part => {
  const fields = fieldsOf(value, 'a part');
  return {
    key: textIn(fields, 'key', anyText),
    bytes: numberIn(fields, 'bytes'),
    records: numberIn(fields, 'records'),
    sha256: textIn(fields, 'sha256', hash),
    files: fields['files'] === true,
  };
};

const replacementOf = (value: unknown): Replacement => {
  const fields = fieldsOf(value, 'a replacement');
  return {
    key: textIn(fields, 'key', anyText),
    sha256_before: textIn(fields, 'sha256_before', hash),
    replaced_by: textIn(fields, 'replaced_by', anyText),
    sha256_after: textIn(fields, 'sha256_after', hash),
  };
};

/** Reads a manifest. @throws NotAManifest or SyntaxError */
export function readManifest(text: string): Manifest {
  const fields = fieldsOf(JSON.parse(text) as unknown, 'the manifest');
  textIn(fields, 'schema', /^archive-manifest\.v1$/);
  return {
    archive_id: textIn(fields, 'archive_id', segment),
    org_id: numberIn(fields, 'org_id'),
    class: textIn(fields, 'class', segment),
    created_at: textIn(fields, 'created_at', time),
    records: numberIn(fields, 'records'),
    parts: listIn(fields, 'parts').map(partOf),
    previous_manifest_sha256: textIn(fields, 'previous_manifest_sha256', hash),
    revision: numberIn(fields, 'revision', 0),
    reason: fields['reason'] === undefined ? null : textIn(fields, 'reason', anyText),
    replaces: listIn(fields, 'replaces').map(replacementOf),
  };
}

const manifestKeyForm =
  /^(archive\/org_\d+\/[A-Za-z0-9_-]+\/\d{4}-\d\d\/([A-Za-z0-9_-]+)\/)manifest(?:-(\d{5}))?\.json$/;

/** What the key of a manifest says: its folder, and its revision. */
export type ManifestKey = { readonly folder: string; readonly revision: number };

/** The folder and the revision of a manifest; undefined for another file. */
export function parseManifestKey(key: string): ManifestKey | undefined {
  const [, folder, , revision = '0'] = manifestKeyForm.exec(key) ?? [];
  return folder === undefined ? undefined : { folder, revision: Number(revision) };
}

/** The key of the signature of a manifest. */
export const signatureKeyOf = (key: string): string => key.replace(/\.json$/, '.jws');

/** The folder of an archive in which a file is; undefined for a file in no such folder. */
export const archiveFolderOf = (key: string): string | undefined =>
  /^archive\/org_\d+\/[A-Za-z0-9_-]+\/\d{4}-\d\d\/[A-Za-z0-9_-]+\//.exec(key)?.[0];

/** What is wrong with a key that a manifest names: it must be a file of the archive's own folder. */
export function keyProblem(key: string, folder: string): string | undefined {
  const name = key.startsWith(folder) ? key.slice(folder.length) : '';
  return /^(files\/)?[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9]+)+$/.test(name)
    ? undefined
    : `names ${JSON.stringify(key)}, which is no file of its folder`;
}

/** What contradicts the key of a manifest, or its own sums. */
export function manifestProblems(manifest: Manifest, { folder, revision }: ManifestKey): string[] {
  const { archive_id, org_id, class: of, records, parts, replaces } = manifest;
  const [, organization, named, , id] = folder.split('/');
  const keys = parts.map(({ key }) => key);
  return [
    ...(organization === `org_${org_id}` && named === of && id === archive_id
      ? []
      : [`is the manifest of ${archive_id} of org_${org_id}: it was swapped`]),
    ...(manifest.revision === revision ? [] : [`is revision ${manifest.revision}: it was swapped`]),
    ...(parts.reduce((sum, part) => sum + part.records, 0) === records
      ? []
      : ['has another number of records than its parts together']),
    ...(new Set(keys).size === keys.length ? [] : ['names a part twice']),
    ...[...keys, ...replaces.map(({ key }) => key)].flatMap((key) => keyProblem(key, folder) ?? []),
  ];
}

const samePart = (one: Part | undefined, other: Part): boolean =>
  one !== undefined && one.key === other.key && one.sha256 === other.sha256;

/** What a revision changes without naming it. */
export function revisionProblems(before: Manifest, after: Manifest): string[] {
  const replaced = new Map(after.replaces.map((each) => [each.key, each]));
  const unnamed = before.parts.filter((part, at) => {
    const now = after.parts[at];
    const named = replaced.get(part.key);
    if (named === undefined) return !samePart(now, part);
    return named.sha256_before !== part.sha256 || now?.key !== named.replaced_by || now.sha256 !== named.sha256_after;
  });
  const sameParts = before.parts.length === after.parts.length && unnamed.length === 0;
  return [
    ...(sameParts && before.org_id === after.org_id ? [] : ['changes parts that it does not name as replaced']),
    ...(after.reason === null ? ['gives no reason'] : []),
  ];
}
