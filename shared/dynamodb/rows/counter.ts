import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Store } from '../client.ts';
import { keyAttributes } from '../row.ts';
import { counterRow } from './organization.ts';
import { updateExpression } from '../update-expression.ts';

/** Draws the next number of a platform-wide counter. Each number is drawn once; an unused one leaves a gap. */
export async function drawNumber(store: Store, name: string): Promise<number> {
  const { Attributes } = await store.client.send(
    new UpdateItemCommand({
      TableName: store.tableName,
      Key: keyAttributes(counterRow, 0, { name }),
      ...updateExpression({ add: { value: 1 } }),
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  return Number(Attributes?.['value']?.N);
}
