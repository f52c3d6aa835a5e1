import { create, remove, type Write } from '../../../shared/dynamodb/write.ts';
import {
  userClientRow,
  userEmailRow,
  userExtensionRow,
  usernameRow,
  type UserItem,
} from '../../../shared/dynamodb/rows/user.ts';

/** What holds the values of a user unique, each in the transaction of its user. */
export type UserMarker = 'username' | 'user-client' | 'user-email' | 'user-extension';

type Marker = {
  /** Tells markers apart. */
  readonly key: string;
  readonly taken: Write<UserMarker>;
  readonly freed: Write<UserMarker>;
};

/**
 * People's names are unique on the platform, service accounts' in their organization: `#` stands in no person's name.
 */
const usernameKey = ({ type, username }: UserItem, organization: number): string =>
  type === 'user' ? username : `service#${organization}#${username.normalize('NFKC').toLowerCase()}`;

export function markersOf(user: UserItem, organization: number): Marker[] {
  const { id, email, extension, client_id: client } = user;
  const username = usernameKey(user, organization);
  const found = { user_id: id, org_id: organization };
  return [
    {
      key: `username ${username}`,
      taken: create(usernameRow, { username, ...found }, 'USERNAME_TAKEN', `The username ${user.username} is taken`),
      freed: remove(usernameRow, { username }),
    },
    ...(client === undefined
      ? []
      : [
          {
            key: `client ${client}`,
            taken: create(
              userClientRow,
              { client_id: client, ...found },
              'CLIENT_ID_TAKEN',
              `The client_id ${client} is taken`,
            ),
            freed: remove(userClientRow, { client_id: client }),
          },
        ]),
    ...(email === null
      ? []
      : [
          {
            key: `email ${email}`,
            taken: create(userEmailRow, { email, owner: id }, 'EMAIL_TAKEN', `The e-mail address ${email} is taken`),
            freed: remove(userEmailRow, { email }),
          },
        ]),
    ...(extension === null
      ? []
      : [
          {
            key: `extension ${extension}`,
            taken: create(
              userExtensionRow,
              { extension, owner: id },
              'EXTENSION_TAKEN',
              `The extension ${extension} is taken`,
            ),
            freed: remove(userExtensionRow, { extension }),
          },
        ]),
  ];
}

/** Frees what a user no longer has and takes what it has now. */
export function markersChanged(before: UserItem, after: UserItem, organization: number): Write<UserMarker>[] {
  const [old, now] = [markersOf(before, organization), markersOf(after, organization)];
  const isIn = (list: readonly Marker[], { key }: Marker): boolean => list.some((each) => each.key === key);
  return [
    ...old.filter((each) => !isIn(now, each)).map(({ freed }) => freed),
    ...now.filter((each) => !isIn(old, each)).map(({ taken }) => taken),
  ];
}
