import type { EventEntity } from '../../schema/event-entity.ts';
import type { Table } from '../table.ts';
import { isCallId } from '../../schema/call.ts';
import { callRow } from './call.ts';
import { deviceRow } from './device.ts';
import { gatewayRow } from './gateway.ts';
import { numberIdRow, numberRow } from './number.ts';
import { trunkRow } from './trunk.ts';
import { userRow } from './user.ts';

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
