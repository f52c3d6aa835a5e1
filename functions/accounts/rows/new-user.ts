import { create, type Write } from '#dynamodb/write.ts';
import { countAdministrators } from './administrators.ts';
import { incrementCount } from '#dynamodb/rows/count.ts';
import { roleHolderWrites, type CustomRoles } from '#dynamodb/rows/role.ts';
import { credentialRow, userRow, type CredentialItem, type UserItem } from '#dynamodb/rows/user.ts';
import { createEntryOfUser } from './directory.ts';
import { markersOf, type UserMarker } from './user-markers.ts';

type Place = { readonly organization: number; readonly limit: number; readonly customRoles?: CustomRoles };

/**
 * Creates an account with its markers and its credential. `limit`: users that the organization may have. The limit
 * comes before the markers, so that only an organization that may create users learns which names are taken.
 */
export const createUserWrites = (
  user: UserItem,
  credential: CredentialItem | undefined,
  { organization, limit, customRoles = new Map() }: Place,
): Write<'user' | 'credential' | 'count' | 'role' | 'directory' | 'directory-word' | UserMarker>[] => [
  create(userRow, user),
  incrementCount('users', limit),
  ...markersOf(user, organization).map(({ claim }) => claim),
  ...(credential === undefined ? [] : [create(credentialRow, credential)]),
  ...countAdministrators(undefined, user),
  ...roleHolderWrites([], user.roles, customRoles),
  ...createEntryOfUser(user),
];
