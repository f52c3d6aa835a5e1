import {
  accessKeyNameRow,
  accessKeyRow,
  credentialUseRow,
  keysOfUser,
  type AccessKeyNameItem,
  type CredentialUseItem,
} from '#dynamodb/rows/access-key.ts';
import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { accessKeys } from './contract.ts';

type User = { user_id: string };

/** Items of each kind in one slice. A key works no longer once its user is deleted, so their order does not matter. */
const limit = 30;

export const cascade: CascadeSteps<typeof accessKeys> = {
  'user.deleted': [
    async (user_id, { table }) => {
      const [keys, names, uses] = await Promise.all([
        table.queryIndex(accessKeyRow, 'GSI1', keysOfUser(table.organization, user_id), { limit }),
        table.query<'accesskey-name', AccessKeyNameItem, User>(accessKeyNameRow, { user_id }, { limit }),
        table.query<'credential-use', CredentialUseItem, User>(credentialUseRow, { user_id }, { limit }),
      ]);
      return [
        ...keys.items.map((key) => remove(accessKeyRow, key)),
        ...names.items.map((name) => remove(accessKeyNameRow, name)),
        ...uses.items.map((use) => remove(credentialUseRow, use)),
      ];
    },
  ],
};
