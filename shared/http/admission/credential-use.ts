import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Store } from '../../dynamodb/client.ts';
import { keyAttributes } from '../../dynamodb/row.ts';
import { credentialUseRow } from '../../dynamodb/rows/access-key.ts';
import { updateExpression } from '../../dynamodb/write.ts';
import type { Credential } from './credential.ts';

/** Milliseconds: a use is remembered at most hourly (auth.md, "Access keys"). */
const resolution = 3_600_000;

/** Remembers that a credential was used, unless `lastUse` (ISO 8601) says that this was within the last hour. */
export async function rememberUse(
  { client, tableName }: Store,
  { id, user, organization, expiresAt }: Credential,
  lastUse: string | undefined,
  now: Date,
): Promise<void> {
  const before = new Date(now.getTime() - resolution).toISOString();
  if (lastUse !== undefined && lastUse > before) return;
  const key = { user_id: user, id };
  const update = updateExpression({
    set: { ...key, used_at: now.toISOString(), ttl: expiresAt },
    onlyIf: {
      expression: 'attribute_not_exists(#used) OR #used <= :before',
      names: { '#used': 'used_at' },
      values: { ':before': before },
    },
  });
  // Whether this request or another moved it is all the same, and none is refused because it could not be moved.
  await client
    .send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: keyAttributes(credentialUseRow, organization, key),
        ...update,
      }),
    )
    .catch(() => undefined);
}
