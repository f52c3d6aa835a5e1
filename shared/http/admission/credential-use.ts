import { ConditionalCheckFailedException, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Store } from '../../dynamodb/client.ts';
import { keyAttributes, toAttributes } from '../../dynamodb/row.ts';
import { credentialUseRow } from '../../dynamodb/rows/access-key.ts';
import { updateExpression } from '../../dynamodb/update-expression.ts';
import { hour } from '../../schema/time.ts';
import type { Credential } from './credential.ts';
import { type TempTokenItem, tempTokenUseRow } from '../../dynamodb/rows/temp-token.ts';
import { invalidToken } from '../../signing/token.ts';

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

/**
 * Uses up a single-use token, before anything else is decided about the request: of simultaneous uses one succeeds. The
 * SDK repeats a request whose answer was lost; the repetition finds its own attempt.
 * @param attempt a text that no other attempt has
 * @throws AppError INVALID_TOKEN if the token was used
 */
export async function useOnce(
  { client, tableName }: Store,
  { hash, expires_at }: Pick<TempTokenItem, 'hash' | 'expires_at'>,
  attempt: string,
): Promise<void> {
  const put = new PutItemCommand({
    TableName: tableName,
    Item: toAttributes(tempTokenUseRow, 0, { hash, attempt, expires_at }),
    ConditionExpression: 'attribute_not_exists(PK) OR attempt = :attempt',
    ExpressionAttributeValues: { ':attempt': { S: attempt } },
  });
  await client.send(put).catch((error: unknown) => {
    throw error instanceof ConditionalCheckFailedException ? invalidToken() : error;
  });
}
