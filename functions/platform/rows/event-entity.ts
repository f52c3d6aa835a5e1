import type { EventEntity } from '#schema/event-entity.ts';
import type { Table } from '#dynamodb/table.ts';
import { isCallId } from '#telephony/call.ts';
import { callRow } from '#dynamodb/rows/call.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { numberIdRow, numberRow } from '#dynamodb/rows/number.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { row } from '#dynamodb/row.ts';

/** The key of `policy#1001`, newest first by id: for functions that only check whether a policy exists. */
export const policyKeyRow = row<'policy', { id: string }, { id: string }>('policy', { sort: ({ id }) => id });

type Reads = Table<'trunk' | 'gateway' | 'user' | 'device' | 'number' | 'number-id' | 'call'>;

/**
 * Whether a resource with logs and events exists in the table's organization; undefined for kinds that are not stored
 * or have no logs.
 */
export async function hasEntity(table: Reads, { type, id }: EventEntity): Promise<boolean | undefined> {
  switch (type) {
    case 'org':
      return true;
    case 'trunk':
      return (await table.get(trunkRow, { id })) !== undefined;
    case 'gateway':
      return (await table.get(gatewayRow, { id })) !== undefined;
    case 'user':
      return (await table.get(userRow, { id })) !== undefined;
    case 'device':
      return (await table.get(deviceRow, { id })) !== undefined;
    case 'call':
      // Calls of other switches, whose CDRs and events are filed, are not stored.
      return isCallId(id) ? (await table.get(callRow, { id })) !== undefined : undefined;
    case 'number':
      return hasNumber(table, id);
    default:
      return undefined;
  }
}

async function hasNumber(table: Reads, id: string): Promise<boolean> {
  const pointer = await table.get(numberIdRow, { id });
  if (pointer === undefined) return false;
  return (await table.get(numberRow, { number: pointer.number }))?.org_id === table.organization;
}
