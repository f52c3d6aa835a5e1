import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import {
  accessKeyNameRow,
  accessKeyRow,
  credentialUseRow,
  keysOfUser,
  type AccessKeyItem,
  type AccessKeyNameItem,
} from '#dynamodb/rows/access-key.ts';
import { countRow } from '#dynamodb/rows/count.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, create, overwrite, remove, replace, inOrganization, type Write } from '#dynamodb/write.ts';
import { foldName } from './access-key.ts';
import type { accessKeys } from './contract.ts';

/** Counts the keys that a user ever created, so that parallel creations conflict. */
const createdBy = (user: string) => ({ of: `accesskeys-made/${user}` });

export type KeyNames = {
  readonly names: readonly AccessKeyNameItem[];
  /** Keys that the user had ever created when the names were read. */
  readonly created: number;
};

export const accessKeyStore = (table: Table<ReadName<EffectOf<typeof accessKeys>>>) => ({
  get: (id: string) => table.get(accessKeyRow, { id }),
  owner: (id: string) => table.get(userRow, { id }),
  page: (request: PageRequest, user: string, keep: (key: AccessKeyItem) => boolean) =>
    readPage<AccessKeyItem>(request, {
      read: (range) => table.queryIndex(accessKeyRow, 'GSI1', keysOfUser(table.organization, user), range),
      keep,
    }),
  /** Times of the last use (ISO 8601), in the order of the keys. */
  lastUses: async (keys: readonly AccessKeyItem[]): Promise<(string | undefined)[]> =>
    (
      await table.getAll(
        credentialUseRow,
        keys.map(({ user_id, id }) => ({ user_id, id })),
      )
    ).map((use) => use?.used_at),
  /** Reads the count before the names: a creation in between changes the count. */
  names: async (user: string): Promise<KeyNames> => {
    const count = await table.get(countRow, createdBy(user));
    const { items } = await table.query<'accesskey-name', AccessKeyNameItem, { user_id: string }>(accessKeyNameRow, {
      user_id: user,
    });
    return { names: items, created: count?.value ?? 0 };
  },
});

const nameOf = (key: AccessKeyItem): AccessKeyNameItem => ({
  user_id: key.user_id,
  name: foldName(key.name),
  owner: key.id,
  expires_at: key.expires_at,
});

/** Creates a key with its name, unless its user created another since the names were read. */
export const createWrites = (
  key: AccessKeyItem,
  { created }: KeyNames,
): Write<'accesskey' | 'accesskey-name' | 'count'>[] =>
  inOrganization(key.org_id, [
    create(accessKeyRow, key),
    overwrite(accessKeyNameRow, nameOf(key)),
    change(countRow, createdBy(key.user_id), {
      add: { value: 1 },
      onlyIf:
        created === 0
          ? { expression: 'attribute_not_exists(PK)' }
          : { expression: '#value = :created', names: { '#value': 'value' }, values: { ':created': created } },
    }),
  ]);

export const updateWrite = (after: AccessKeyItem, before: AccessKeyItem): Write<'accesskey'> =>
  replace(accessKeyRow, after, before);

export const deleteWrites = (key: AccessKeyItem): Write<'accesskey' | 'accesskey-name'>[] =>
  inOrganization(key.org_id, [remove(accessKeyRow, key, key), remove(accessKeyNameRow, nameOf(key))]);
