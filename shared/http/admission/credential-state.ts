import { fromAttributes, keyAttributes, type Attributes, type Row } from '../../dynamodb/row.ts';
import {
  accessKeyRow,
  credentialUseRow,
  type AccessKeyItem,
  type CredentialUseItem,
} from '../../dynamodb/rows/access-key.ts';
import type { ChallengeItem } from '../../dynamodb/rows/challenge.ts';
import { organizationRow, type OrganizationItem } from '../../dynamodb/rows/organization.ts';
import type { TempTokenItem } from '../../dynamodb/rows/temp-token.ts';
import { sessionRow, userRow, type SessionItem, type UserItem } from '../../dynamodb/rows/user.ts';
import type { Store } from '../../dynamodb/client.ts';
import type { Prefetch, PrefetchedItems } from '../../dynamodb/prefetch.ts';
import { batchGet, keyText } from '../../dynamodb/table.ts';
import type { Credential } from './credential.ts';
import { invalidToken } from '../../signing/token.ts';

/** The stored state of a credential: what grants its rights, its owner and their organization. */

type Named = {
  /** The organization that the request names, if any. */
  readonly organization: number | undefined;
  readonly prefetch: ReturnType<Prefetch>;
};

type PendingGrant = ChallengeItem & Pick<SessionItem, 'scopes' | 'own_only' | 'reach'>;

/** The record that grants rights to a credential. */
type Grant = SessionItem | AccessKeyItem | TempTokenItem | PendingGrant;

/** A credential that made a temporary token. */
type Parent = SessionItem | AccessKeyItem;

function grantOf(credential: Credential, session: () => SessionItem | undefined): Grant | undefined {
  switch (credential.kind) {
    case 'session':
      return session();
    case 'accesskey':
      return credential.key;
    case 'temporary':
      return credential.token;
    case 'pending':
      return grantOfChallenge(credential.challenge);
  }
}

export type State = {
  readonly grant: Grant | undefined;
  readonly parent: Parent | undefined;
  readonly use: CredentialUseItem | undefined;
  readonly user: UserItem | undefined;
  readonly organization: OrganizationItem | undefined;
  readonly named: OrganizationItem | undefined;
  readonly prefetch: PrefetchedItems;
};

export type ValidGrant = {
  readonly grant: Grant;
  readonly user: UserItem;
  readonly organization: OrganizationItem;
  /** Whether an identity provider vouched for the person when the session began. */
  readonly isByProvider: boolean;
};

/** Ending all sessions raises the user's epoch. Access keys have no epoch and stay valid. */
function isLiveGrant(grant: Grant, user: UserItem, now: Date): boolean {
  const isRevoked = 'session_epoch' in grant && grant.session_epoch !== user.session_epoch;
  return !isRevoked && grant.expires_at > now.getTime() / 1_000;
}

/** @throws AppError INVALID_TOKEN when the grant has ended, the user is not active or the organization is closed */
export function validGrant({ grant, parent, user, organization }: State, now: Date): ValidGrant {
  if (grant === undefined || user === undefined || organization === undefined) throw invalidToken();
  // A temporary token ends with the credential that made it.
  const isLive =
    isLiveGrant(grant, user, now) && (!('parent' in grant) || (parent !== undefined && isLiveGrant(parent, user, now)));
  if (!isLive || user.status !== 'active' || organization.status === 'closed') throw invalidToken();
  return { grant, user, organization, isByProvider: 'by_provider' in (parent ?? grant) };
}

/** A pending log-in has no rights: it may only go on. */
const grantOfChallenge = (challenge: ChallengeItem): PendingGrant => ({
  ...challenge,
  scopes: [],
  own_only: [],
  reach: 'own',
});

/** The keys of what is read. @param target the organization that the request works in */
function keysOf(credential: Credential, target: number) {
  const { id, user, organization } = credential;
  return {
    session: sessionKey(credential),
    parentKey: parentKey(credential),
    use:
      credential.kind === 'temporary'
        ? undefined
        : keyAttributes(credentialUseRow, organization, { user_id: user, id }),
    user: keyAttributes(userRow, organization, { id: user }),
    organization: keyAttributes(organizationRow, organization, {}),
    named: keyAttributes(organizationRow, target, {}),
  };
}

/** Reads session, last use, user, organizations and the resource's prefetched items in one round trip. */
export async function readState(
  store: Store,
  credential: Credential,
  { organization: named, prefetch }: Named,
): Promise<State> {
  const target = named ?? credential.organization;
  const keys = keysOf(credential, target);
  const prefetched = prefetch.map((keyIn) => keyIn(target));
  const found = await batchGet(store, [...Object.values(keys).filter((key) => key !== undefined), ...prefetched]);
  const item = <I extends object>(
    of: Pick<Row<never, I, never, never>, 'schema' | 'upgrade'>,
    key: Attributes | undefined,
  ): I | undefined => {
    const stored = key === undefined ? undefined : found.get(keyText(key));
    return stored === undefined ? undefined : fromAttributes(of, stored);
  };
  const session = () => item<SessionItem>(sessionRow, keys.session);
  return {
    grant: grantOf(credential, session),
    parent: parentOf(credential, { session, key: () => item<AccessKeyItem>(accessKeyRow, keys.parentKey) }),
    use: item<CredentialUseItem>(credentialUseRow, keys.use),
    user: item<UserItem>(userRow, keys.user),
    organization: item<OrganizationItem>(organizationRow, keys.organization),
    named: item<OrganizationItem>(organizationRow, keys.named),
    prefetch: new Map(prefetched.map((key) => [keyText(key), found.get(keyText(key))])),
  };
}

/** The session of a credential: its own, or that which made the temporary token. */
function sessionKey(credential: Credential): Attributes | undefined {
  const { user: user_id, organization } = credential;
  if (credential.kind === 'session') return keyAttributes(sessionRow, organization, { user_id, id: credential.id });
  if (credential.kind !== 'temporary' || credential.token.parent.kind !== 'session') return undefined;
  return keyAttributes(sessionRow, organization, { user_id, id: credential.token.parent.id });
}

/** The access key that made a temporary token. */
const parentKey = (credential: Credential): Attributes | undefined =>
  credential.kind === 'temporary' && credential.token.parent.kind === 'accesskey'
    ? keyAttributes(accessKeyRow, 0, { id: credential.token.parent.id })
    : undefined;

type Reads = { readonly session: () => SessionItem | undefined; readonly key: () => AccessKeyItem | undefined };

/** The stored credential that made a temporary token; undefined if it has ended, and for other credentials. */
function parentOf(credential: Credential, { session, key }: Reads): Parent | undefined {
  if (credential.kind !== 'temporary') return undefined;
  return credential.token.parent.kind === 'session' ? session() : key();
}
