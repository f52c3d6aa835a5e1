import { decodeProtectedHeader, flattenedVerify, importJWK, type JWK } from 'jose';

/** The public keys of archives, and the signatures that they verify. */

/** A key, and the time in which it signs (Unix seconds). */
type ArchiveKey = { readonly jwk: JWK; readonly from: number; readonly until: number };

export type ArchiveKeys = ReadonlyMap<string, ArchiveKey>;

const secondsOf = (time: string): number => Date.parse(time) / 1_000;

/**
 * Reads a key set (`/.well-known/archive-keys.json`). Keys without a time of validity are not of archives: a set of
 * token keys verifies nothing.
 * @throws SyntaxError if it is not JSON, TypeError if it is no set of keys of archives
 */
export function readKeys(text: string): ArchiveKeys {
  const { keys } = JSON.parse(text) as { readonly keys?: unknown };
  if (!Array.isArray(keys)) throw new TypeError('the key set has no keys');
  const all = (keys as readonly (JWK & { valid_from?: unknown; valid_until?: unknown })[]).map(
    ({ valid_from: from, valid_until: until, ...jwk }): [string, ArchiveKey] => {
      if (typeof from !== 'string' || (until !== null && typeof until !== 'string') || jwk.kid === undefined)
        throw new TypeError('a key of the set has no time of validity: it is no key of archives');
      return [jwk.kid, { jwk, from: secondsOf(from), until: until === null ? Infinity : secondsOf(until) }];
    },
  );
  return new Map(all);
}

const signatureType = 'archive-manifest+jws';

type Header = { readonly kid?: string; readonly typ?: string; readonly iat?: unknown };

function headerOf(signature: string): Header | undefined {
  try {
    return decodeProtectedHeader(signature);
  } catch {
    return undefined;
  }
}

/** Form of a JWS with detached content (RFC 7515, Appendix F). */
const detached = /^([A-Za-z0-9_-]+)\.\.([A-Za-z0-9_-]{86})$/;

/** The parts of a signature; undefined if it has another form. Only one text is the form of a value. */
function partsOf(signature: string) {
  const [, protectedHeader = '', value = ''] = detached.exec(signature) ?? [];
  const header = headerOf(signature);
  const isCanonical = Buffer.from(value, 'base64url').toString('base64url') === value;
  return header === undefined || value === '' || !isCanonical ? undefined : { protectedHeader, value, header };
}

/** What is wrong with the time of a signature, which has whole seconds; `created_at` has milliseconds. */
function timeProblem({ iat, kid }: Header, key: ArchiveKey, createdAt: string): string | undefined {
  if (typeof iat !== 'number' || iat < Math.floor(secondsOf(createdAt)))
    return 'is signed at no time, or before it was created';
  return iat < key.from || iat > key.until ? `is signed at a time when ${kid} was not valid` : undefined;
}

/**
 * What is wrong with the signature of a manifest; undefined if it is valid.
 * @param text the manifest's file, byte by byte
 */
export async function signatureProblem(
  text: Buffer,
  signature: string,
  { keys, createdAt }: { readonly keys: ArchiveKeys; readonly createdAt: string },
): Promise<string | undefined> {
  const parts = partsOf(signature);
  if (parts === undefined) return 'has a signature of another form';
  const { header, protectedHeader, value } = parts;
  if (header.typ !== signatureType)
    return `has a signature of the type ${JSON.stringify(header.typ)}, not of a manifest`;
  const key = keys.get(header.kid ?? '');
  if (key === undefined) return `is signed by ${JSON.stringify(header.kid)}, which is no key of the set`;
  const untimely = timeProblem(header, key, createdAt);
  if (untimely !== undefined) return untimely;
  const signed = { protected: protectedHeader, payload: text.toString('base64url'), signature: value };
  try {
    await flattenedVerify(signed, await importJWK(key.jwk, 'ES256'), { algorithms: ['ES256'] });
    return undefined;
  } catch {
    return 'does not have the content that was signed';
  }
}
