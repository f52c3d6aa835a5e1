import { claim, create, remove, type Write } from '#dynamodb/write.ts';
import { userClientRow, userEmailRow, userExtensionRow, usernameRow, type UserItem } from '#dynamodb/rows/user.ts';
import { accountsErrors } from '../schema/errors.ts';
import { serviceMarker } from '../schema/username.ts';

/** Marker items that keep the values of users unique; each is written in the transaction of its user. */
export type UserMarker = 'username' | 'user-client' | 'user-email' | 'user-extension';

type Marker<M extends UserMarker = UserMarker> = {
  /** Identifies the marker within its user. */
  readonly key: string;
  readonly claim: Write<M>;
  readonly release: Write<M>;
};

/** Usernames of people are unique on the platform, names of service accounts in their organization. */
const usernameKey = ({ type, username }: UserItem, organization: number): string =>
  type === 'user' ? username : serviceMarker(username, organization);

function usernameMarker(user: UserItem, organization: number): Marker {
  const username = usernameKey(user, organization);
  const item = { username, user_id: user.id, org_id: organization };
  return {
    key: `username ${username}`,
    claim: claim(create(usernameRow, item, accountsErrors.USERNAME_TAKEN, `The username ${user.username} is taken`)),
    release: remove(usernameRow, { username }),
  };
}

const clientMarker = (client_id: string, user_id: string, org_id: number): Marker => ({
  key: `client ${client_id}`,
  claim: claim(
    create(
      userClientRow,
      { client_id, user_id, org_id },
      accountsErrors.CLIENT_ID_TAKEN,
      `The client_id ${client_id} is taken`,
    ),
  ),
  release: remove(userClientRow, { client_id }),
});

const emailMarker = (email: string, owner: string, organization?: number): Marker<'user-email'> => ({
  key: `email ${email}`,
  claim: create(
    userEmailRow,
    { email, owner, ...(organization === undefined ? {} : { org_id: organization }) },
    accountsErrors.EMAIL_TAKEN,
    `The e-mail address ${email} is taken`,
  ),
  release: remove(userEmailRow, { email }),
});

const extensionMarker = (extension: string, owner: string, since?: string): Marker<'user-extension'> => ({
  key: `extension ${extension}`,
  claim: create(
    userExtensionRow,
    { extension, owner, ...(since === undefined ? {} : { since }) },
    'EXTENSION_TAKEN',
    `The extension ${extension} is taken`,
  ),
  release: remove(userExtensionRow, { extension }),
});

/** The markers of a user's unique values. */
export function markersOf(user: UserItem, organization: number): Marker[] {
  const { id, client_id: client } = user;
  return [
    usernameMarker(user, organization),
    ...(client === undefined ? [] : [clientMarker(client, id, organization)]),
    ...contactMarkers(user, { organization, since: user.updated_at }),
  ];
}

/**
 * The markers of an outside contact's unique values.
 * @param ofUser only of users: their organization, by which they are found, and when they get what is new (ISO 8601)
 */
export const contactMarkers = (
  { id, email, extension }: Pick<UserItem, 'id' | 'email' | 'extension'>,
  ofUser?: { readonly organization: number; readonly since: string },
): Marker<'user-email' | 'user-extension'>[] => [
  ...(email === null ? [] : [emailMarker(email, id, ofUser?.organization)]),
  ...(extension === null ? [] : [extensionMarker(extension, id, ofUser?.since)]),
];

/** Releases the values that a user no longer has, and claims the new ones. */
export const updateMarkers = (before: UserItem, after: UserItem, organization: number): Write<UserMarker>[] =>
  markerChanges(markersOf(before, organization), markersOf(after, organization));

/** Releases the markers that are old only, and claims those that are new. */
export function markerChanges(old: readonly Marker[], current: readonly Marker[]): Write<UserMarker>[] {
  const isIn = (list: readonly Marker[], { key }: Marker): boolean => list.some((each) => each.key === key);
  return [
    ...old.filter((each) => !isIn(current, each)).map(({ release }) => release),
    ...current.filter((each) => !isIn(old, each)).map(({ claim }) => claim),
  ];
}
