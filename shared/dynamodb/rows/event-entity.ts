import type { EventEntity } from '../../schema/event-entity.ts';
import type { Table } from '../table.ts';
import { deviceRow } from './device.ts';
import { gatewayRow } from './gateway.ts';
import { numberIdRow, numberRow } from './number.ts';
import { trunkRow } from './trunk.ts';
import { userRow } from './user.ts';

type Reads = Table<'trunk' | 'gateway' | 'user' | 'device' | 'number' | 'number-id'>;

/**
 * Whether an organization has a thing that has both logs and events; undefined: things of this kind are not kept, or
 * have events only. @param table of the organization
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
    case 'number':
      return hasNumber(table, id);
    default:
      return undefined;
  }
}

async function hasNumber(table: Reads, id: string): Promise<boolean> {
  const behind = await table.get(numberIdRow, { id });
  return behind !== undefined && (await table.get(numberRow, { number: behind.number }))?.org_id === table.organization;
}
