import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Store } from '../../dynamodb/client.ts';
import { keyAttributes } from '../../dynamodb/row.ts';
import { credentialUseRow } from '../../dynamodb/rows/access-key.ts';
import { updateExpression } from '../../dynamodb/update-expression.ts';
import { hour } from '../../schema/time.ts';
import type { Credential } from './credential.ts';

/** Records the time of a use, unless `lastUse` (ISO 8601) is less than an hour ago. */
export async function recordUse(
  { client, tableName }: Store,
  { kind, id, user, organization, expiresAt }: Credential,
  lastUse: string | undefined,
  now: Date,
): Promise<void> {
  const before = new Date(now.getTime() - hour).toISOString();
  if (kind === 'pending' || kind === 'temporary' || (lastUse !== undefined && lastUse > before)) return;
  const key = { user_id: user, id };
  const update = updateExpression({
    set: { ...key, used_at: now.toISOString(), ttl: expiresAt },
    onlyIf: {
      expression: 'attribute_not_exists(#used) OR #used <= :before',
      names: { '#used': 'used_at' },
      values: { ':before': before },
    },
  });
  // Failures are ignored: another request may have recorded the use, and no request fails because of it.
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
