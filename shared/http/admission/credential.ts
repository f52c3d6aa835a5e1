import type { Store } from '../../dynamodb/client.ts';
import { accessKeyRow, type AccessKeyItem } from '../../dynamodb/rows/access-key.ts';
import { tempTokenRow, type TempTokenItem } from '../../dynamodb/rows/temp-token.ts';
import { challengeRow, type ChallengeItem } from '../../dynamodb/rows/challenge.ts';
import { tableFor } from '../../dynamodb/table.ts';
import { sameHash, secretHash } from '../../schema/secret-hash.ts';
import type { Endpoint } from '../../contract/endpoint.ts';
import { AppError } from '../../errors.ts';
import type { Incoming } from '../request/incoming.ts';
import { invalidToken, type TokenVerifier } from '../../signing/token.ts';

/** A verified credential and its owner. Its state and its rights are read later, together with the owner. */
type Owned = {
  readonly id: string;
  readonly user: string;
  readonly organization: number;
  /** Unix seconds. */ readonly expiresAt: number;
};

/** The kinds of credential (shared/http/README.md, "Credentials"). */
export type Credential =
  | (Owned & { readonly kind: 'session' })
  | (Owned & { readonly kind: 'accesskey'; readonly key: AccessKeyItem })
  | (Owned & { readonly kind: 'temporary'; readonly token: TempTokenItem })
  | (Owned & { readonly kind: 'pending'; readonly challenge: ChallengeItem });

/** @throws AppError UNAUTHENTICATED without a credential, INVALID_TOKEN for an invalid one */
export type CredentialVerifier = (
  request: Incoming,
  now: Date,
  endpoint?: Pick<Endpoint, 'whileSetUpDue' | 'takesBasic'>,
) => Promise<Credential>;

type Presented = { readonly text: string; readonly place: 'header' | 'query' };

const bearer = /^Bearer +([^\s]+)$/i;

const basic = /^Basic +([A-Za-z0-9+/]+=*)$/i;

/** The access key in Basic authentication (RFC 7617), whose name is `key`; undefined for anything else. */
function basicKey(header: string): string | undefined {
  const pair = Buffer.from(basic.exec(header)?.[1] ?? '', 'base64').toString('utf8');
  return pair.startsWith('key:key_') ? pair.slice('key:'.length) : undefined;
}

/** The credential that a request presents. `Authorization` takes precedence over the query. */
function presented(request: Incoming, takesBasic: boolean): Presented {
  const header = request.headers['authorization'];
  if (header !== undefined) {
    const text = bearer.exec(header)?.[1] ?? (takesBasic ? basicKey(header) : undefined);
    if (text === undefined) throw invalidToken();
    return { text, place: 'header' };
  }
  const text = request.query['accesskey'];
  if (text === undefined)
    throw new AppError('UNAUTHENTICATED', 'Send a credential in the Authorization header (Bearer)');
  return { text, place: 'query' };
}

/** `key_<ULID>.<43 base64url>`. */
const keyForm = /^(key_[0-9A-HJKMNP-TV-Z]{26})\.([A-Za-z0-9_-]{43})$/;
/** Compared with when there is no key, so that the comparison takes the same time. */
const placeholderHash = secretHash('');

/** Whether a secret is the key's own, or its previous one during the overlap of a rotation. Constant time. */
function opens(key: AccessKeyItem | undefined, secret: string, now: Date): boolean {
  const given = secretHash(secret);
  const isCurrent = sameHash(given, key?.hash ?? placeholderHash);
  const isPrevious =
    sameHash(given, key?.previous?.hash ?? placeholderHash) && (key?.previous?.valid_until ?? '') > now.toISOString();
  return isCurrent || isPrevious;
}

async function accessKey(store: Store, text: string, now: Date): Promise<Credential> {
  const [, id, secret] = keyForm.exec(text) ?? [];
  if (id === undefined || secret === undefined) throw invalidToken();
  const key = await tableFor<'accesskey'>(store, 0).get(accessKeyRow, { id });
  const isOpened = opens(key, secret, now);
  if (key === undefined || !isOpened) throw invalidToken();
  return { kind: 'accesskey', id, user: key.user_id, organization: key.org_id, expiresAt: key.expires_at, key };
}

/** `tmp_<43 base64url>`. */
const temporaryForm = /^tmp_[A-Za-z0-9_-]{43}$/;

/** A temporary token is found by its hash, so no secret is compared. */
async function temporaryToken(store: Store, text: string): Promise<Credential> {
  if (!temporaryForm.test(text)) throw invalidToken();
  const hash = secretHash(text);
  const token = await tableFor<'temptoken'>(store, 0).get(tempTokenRow, { hash });
  if (token === undefined) throw invalidToken();
  const { user_id: user, org_id: organization, expires_at: expiresAt } = token;
  return { kind: 'temporary', id: hash, user, organization, expiresAt, token };
}

/** `2fa_<43 base64url>`. */
const challengeForm = /^2fa_[A-Za-z0-9_-]{43}$/;

/** The token of a log-in that must set up a second factor: a credential of the endpoints of that set-up only. */
async function pendingLogIn(store: Store, text: string): Promise<Credential> {
  if (!challengeForm.test(text)) throw invalidToken();
  const hash = secretHash(text);
  const challenge = await tableFor<'challenge'>(store, 0).get(challengeRow, { hash });
  if (challenge === undefined || !challenge.set_up) throw invalidToken();
  const { user_id: user, org_id: organization, expires_at: expiresAt } = challenge;
  return { kind: 'pending', id: hash, user, organization, expiresAt, challenge };
}

/**
 * Verifies the credential of a request. A session token is accepted in the header only, because proxies and browser
 * histories store URLs.
 */
export const credentialVerifier =
  (store: Store, verifyToken: TokenVerifier): CredentialVerifier =>
  async (request, now, { whileSetUpDue = false, takesBasic = false } = {}) => {
    const { text, place } = presented(request, takesBasic);
    if (text.startsWith('key_')) return accessKey(store, text, now);
    if (text.startsWith('tmp_')) return temporaryToken(store, text);
    if (place === 'query') throw invalidToken();
    if (whileSetUpDue && text.startsWith('2fa_')) return pendingLogIn(store, text);
    const { session, user, organization, expiresAt } = await verifyToken(text, now);
    return { kind: 'session', id: session, user, organization, expiresAt };
  };
