import type { Store } from '../../dynamodb/client.ts';
import { accessKeyRow, type AccessKeyItem } from '../../dynamodb/rows/access-key.ts';
import { tableFor } from '../../dynamodb/table.ts';
import { sameHash, secretHash } from '../../credentials/secret-hash.ts';
import { AppError } from '../../errors.ts';
import type { Incoming } from '../incoming.ts';
import { invalidToken, type TokenVerifier } from './token.ts';

/** Whose a credential is that has proven itself; whether it still counts, and for what, is read with its owner. */
type Owned = {
  readonly id: string;
  readonly user: string;
  readonly organization: number;
  /** Unix seconds. */ readonly expiresAt: number;
};

/** The kinds of credential (auth.md, "Credentials"). */
export type Credential =
  (Owned & { readonly kind: 'session' }) | (Owned & { readonly kind: 'accesskey'; readonly key: AccessKeyItem });

/** @throws AppError UNAUTHENTICATED without a credential, INVALID_TOKEN for one that proves nothing */
export type CredentialVerifier = (request: Incoming, now: Date) => Promise<Credential>;

type Presented = { readonly text: string; readonly place: 'header' | 'query' };

const bearer = /^Bearer +([^\s]+)$/i;

/** What a request shows; `Authorization` wins over the query. */
function presented(request: Incoming): Presented {
  const header = request.headers['authorization'];
  if (header !== undefined) {
    const text = bearer.exec(header)?.[1];
    if (text === undefined) throw invalidToken();
    return { text, place: 'header' };
  }
  const text = request.query['accesskey'];
  if (text === undefined) throw new AppError('UNAUTHENTICATED', 'A bearer token is needed');
  return { text, place: 'query' };
}

/** `key_<ULID>.<43 base64url>`. */
const keyForm = /^(key_[0-9A-HJKMNP-TV-Z]{26})\.([A-Za-z0-9_-]{43})$/;
const nobody = secretHash('');

/** Whether a secret is the key's, or the one before within its overlap; in the same time for any key or none. */
function opens(key: AccessKeyItem | undefined, secret: string, now: Date): boolean {
  const given = secretHash(secret);
  const isPresent = sameHash(given, key?.hash ?? nobody);
  const isPrevious =
    sameHash(given, key?.previous?.hash ?? nobody) && (key?.previous?.valid_until ?? '') > now.toISOString();
  return isPresent || isPrevious;
}

async function accessKey(store: Store, text: string, now: Date): Promise<Credential> {
  const [, id, secret] = keyForm.exec(text) ?? [];
  if (id === undefined || secret === undefined) throw invalidToken();
  const key = await tableFor<'accesskey'>(store, 0).get(accessKeyRow, { id });
  const isOpened = opens(key, secret, now);
  if (key === undefined || !isOpened) throw invalidToken();
  return { kind: 'accesskey', id, user: key.user_id, organization: key.org_id, expiresAt: key.expires_at, key };
}

/**
 * Verifies what a request shows. A session token counts in the header only: addresses are kept by proxies and
 * histories.
 */
export const credentialVerifier =
  (store: Store, verifyToken: TokenVerifier): CredentialVerifier =>
  async (request, now) => {
    const { text, place } = presented(request);
    if (text.startsWith('key_')) return accessKey(store, text, now);
    if (place === 'query') throw invalidToken();
    const { session, user, organization, expiresAt } = await verifyToken(text, now);
    return { kind: 'session', id: session, user, organization, expiresAt };
  };
