import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Store } from '../../dynamodb/client.ts';
import { toAttributes } from '../../dynamodb/row.ts';
import { tempTokenUseRow, type TempTokenItem } from '../../dynamodb/rows/temp-token.ts';
import { invalidToken } from './token.ts';

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
