import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import {
  accessKeyNameRow,
  accessKeyRow,
  credentialUseRow,
  keysOfUser,
  type AccessKeyItem,
  type AccessKeyNameItem,
} from '../../../shared/dynamodb/rows/access-key.ts';
import { countRow } from '../../../shared/dynamodb/rows/count.ts';
import { userRow } from '../../../shared/dynamodb/rows/user.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, create, overwrite, remove, replace, within, type Write } from '../../../shared/dynamodb/write.ts';
import { foldedName } from './access-key.ts';
import type { accessKeys } from './contract.ts';

/** Counts the keys that a user ever made, so that two made at once are told apart. */
const madeBy = (user: string) => ({ of: `accesskeys-made/${user}` });

export type Taken = {
  readonly names: readonly AccessKeyNameItem[];
  /** Keys made before these names were read. */ readonly made: number;
};

export const accessKeyStore = (table: Table<ReadName<EffectOf<typeof accessKeys>>>) => ({
  get: (id: string) => table.get(accessKeyRow, { id }),
  owner: (id: string) => table.get(userRow, { id }),
  page: (request: PageRequest, user: string, keep: (key: AccessKeyItem) => boolean) =>
    readPage<AccessKeyItem>(request, {
      read: (range) => table.queryIndex(accessKeyRow, 'GSI1', keysOfUser(table.organization, user), range),
      keep,
    }),
  /** When keys were last used, in their order. */
  lastUses: async (keys: readonly AccessKeyItem[]): Promise<(string | undefined)[]> =>
    (
      await table.getAll(
        credentialUseRow,
        keys.map(({ user_id, id }) => ({ user_id, id })),
      )
    ).map((use) => use?.used_at),
  /** The count before the names: whatever is made in between changes it. */
  taken: async (user: string): Promise<Taken> => {
    const count = await table.get(countRow, madeBy(user));
    const { items } = await table.query<'accesskey-name', AccessKeyNameItem, { user_id: string }>(accessKeyNameRow, {
      user_id: user,
    });
    return { names: items, made: count?.value ?? 0 };
  },
});

const nameOf = (key: AccessKeyItem): AccessKeyNameItem => ({
  user_id: key.user_id,
  name: foldedName(key.name),
  owner: key.id,
  expires_at: key.expires_at,
});

/** A key and its name, unless its user made another since the names were read. */
export const creation = (key: AccessKeyItem, { made }: Taken): Write<'accesskey' | 'accesskey-name' | 'count'>[] =>
  within(key.org_id, [
    create(accessKeyRow, key),
    overwrite(accessKeyNameRow, nameOf(key)),
    change(countRow, madeBy(key.user_id), {
      add: { value: 1 },
      onlyIf:
        made === 0
          ? { expression: 'attribute_not_exists(PK)' }
          : { expression: '#value = :made', names: { '#value': 'value' }, values: { ':made': made } },
    }),
  ]);

export const rotation = (after: AccessKeyItem, before: AccessKeyItem): Write<'accesskey'> =>
  replace(accessKeyRow, after, before);

export const removal = (key: AccessKeyItem): Write<'accesskey' | 'accesskey-name'>[] =>
  within(key.org_id, [remove(accessKeyRow, key, key), remove(accessKeyNameRow, nameOf(key))]);
