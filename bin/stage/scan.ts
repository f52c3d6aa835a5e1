import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Store } from '#dynamodb/client.ts';
import type { Attributes } from '#dynamodb/row.ts';

/** The items of the table whose partition key begins with one of these texts. Reads the whole table. */
export async function* scanPartitions(
  { client, tableName }: Store,
  starts: readonly string[],
): AsyncGenerator<Attributes> {
  let after: Attributes | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: tableName,
        FilterExpression: starts.map((_, at) => `begins_with(PK, :start${at})`).join(' OR '),
        ExpressionAttributeValues: Object.fromEntries(starts.map((start, at) => [`:start${at}`, { S: start }])),
        ...(after === undefined ? {} : { ExclusiveStartKey: after }),
      }),
    );
    yield* Items;
    after = LastEvaluatedKey;
  } while (after !== undefined);
}
