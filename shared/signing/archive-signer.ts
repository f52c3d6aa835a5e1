import { FlattenedSign } from 'jose';
import type { Store } from '../dynamodb/client.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { archiveKeys } from './key-use.ts';
import { activeKeyOf } from './signing-keys.ts';

/** The type of a manifest's signature (RFC 7515 §4.1.9): never that of a token, which is `JWT`. */
const manifestSignatureType = 'archive-manifest+jws';

/**
 * Signs a manifest. The result is a JWS in compact form with detached content (RFC 7515, Appendix F): the content is
 * the manifest's own file. Its header has the instant of the signature (`iat`, Unix seconds), at which the key must be
 * valid.
 */
export type ArchiveSigner = (text: string, now: Date) => Promise<string>;

/** Signs with the active key of the archives. The first signature makes the first key. */
export function archiveSigner(store: Store, secrets: Secrets<'archive-keys'>): ArchiveSigner {
  const activeKey = activeKeyOf({ store, secrets, use: archiveKeys });
  return async (text, now) => {
    const { kid, key } = await activeKey(now);
    const { protected: header = '', signature } = await new FlattenedSign(Buffer.from(text))
      .setProtectedHeader({
        alg: 'ES256',
        typ: manifestSignatureType,
        kid,
        iat: Math.floor(now.getTime() / 1_000),
      })
      .sign(key);
    return `${header}..${signature}`;
  };
}
