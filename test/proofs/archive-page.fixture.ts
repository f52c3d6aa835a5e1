import { createHash, createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

/**
 * A verifier of archives by someone who has read shared/archive/README.md and nothing else: it uses Node alone, and
 * follows that page to the letter.
 */

type PublishedKey = JsonWebKey & {
  readonly kid: string;
  readonly valid_from: string | null;
  readonly valid_until: string | null;
};
type Listed = { readonly key: string; readonly bytes: number; readonly sha256: string };
type ManifestText = {
  readonly created_at: string;
  readonly records: number;
  readonly previous_manifest_sha256: string;
  readonly parts: readonly (Listed & { readonly records: number; readonly files?: true })[];
};
type Files = ReadonlyMap<string, Uint8Array>;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const jsonOf = (base64: string): unknown => JSON.parse(Buffer.from(base64, 'base64url').toString());
/** The whole second of a time: a time of the page may have milliseconds, and `iat` has none. */
const secondOf = (time: string): number => Math.floor(Date.parse(time) / 1_000);

function assertSigned(text: Uint8Array, jws: string, keys: readonly PublishedKey[]): void {
  const [header = '', content, signature = ''] = jws.split('.');
  const { alg, typ, kid, iat } = jsonOf(header) as Record<string, unknown>;
  if (content !== '' || alg !== 'ES256' || typ !== 'archive-manifest+jws')
    throw new Error('no signature of a manifest');
  const key = keys.find((each) => each.kid === kid);
  if (key === undefined || typeof iat !== 'number') throw new Error('no published key');
  // In that time: the page's times have whole seconds.
  if (key.valid_from !== null && iat * 1_000 < Date.parse(key.valid_from)) throw new Error('before its key was valid');
  if (key.valid_until !== null && iat * 1_000 > Date.parse(key.valid_until)) throw new Error('after its key was valid');
  const { created_at: createdAt } = JSON.parse(Buffer.from(text).toString()) as ManifestText;
  if (iat < secondOf(createdAt)) throw new Error('signed before it was created');
  const signed = Buffer.from(`${header}.${Buffer.from(text).toString('base64url')}`);
  const publicKey = createPublicKey({ key, format: 'jwk' });
  if (!verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')))
    throw new Error('another content was signed');
}

function assertFile(files: Files, { key, bytes, sha256: hash }: Listed): Uint8Array {
  const found = files.get(key);
  if (found === undefined || found.length !== bytes || sha256(found) !== hash) throw new Error(`${key} was changed`);
  return found;
}

const filesOfLine = (line: string): readonly Listed[] =>
  (JSON.parse(line) as { readonly files: readonly Listed[] }).files;

function assertParts(files: Files, { parts, records }: ManifestText): void {
  let count = 0;
  for (const part of parts) {
    const lines = gunzipSync(assertFile(files, part)).toString().split('\n').slice(0, -1);
    if (lines.length !== part.records) throw new Error(`${part.key} has other records`);
    count += lines.length;
    const listed = part.files === true ? lines.flatMap(filesOfLine) : [];
    for (const file of listed) assertFile(files, file);
  }
  if (count !== records) throw new Error('the counts differ');
}

/**
 * Verifies all archives of an organization.
 * @param keySet the text of the JWK set
 * @returns the hashes of the chain, from its first manifest on
 * @throws Error for what does not hold
 */
export function verifyByThePage(files: Files, keySet: string): string[] {
  const { keys } = JSON.parse(keySet) as { readonly keys: readonly PublishedKey[] };
  const manifests = [...files].filter(([key]) => /\/manifest(-\d{5})?\.json$/.test(key));
  const successors = new Map<string, string>();
  for (const [key, text] of manifests) {
    const jws = files.get(key.replace(/json$/, 'jws'));
    assertSigned(text, Buffer.from(jws ?? '').toString(), keys);
    const { previous_manifest_sha256: previous } = JSON.parse(Buffer.from(text).toString()) as ManifestText;
    if (successors.has(previous)) throw new Error('the chain forks');
    successors.set(previous, sha256(text));
  }
  const folders = Map.groupBy(manifests, ([key]) => key.slice(0, key.lastIndexOf('/')));
  for (const revisions of folders.values()) {
    // `manifest-00001.json` comes before `manifest.json`; the last revision says which parts count.
    const inOrder = revisions.toSorted(([one], [other]) => (one < other ? -1 : 1));
    const [, newest] = inOrder.at(-2) ?? inOrder[0] ?? [];
    assertParts(files, JSON.parse(Buffer.from(newest ?? '').toString()) as ManifestText);
  }
  const chain: string[] = [];
  for (let next = successors.get('0'.repeat(64)); next !== undefined; next = successors.get(next)) chain.push(next);
  if (chain.length !== manifests.length) throw new Error('the chain is cut');
  return chain;
}
