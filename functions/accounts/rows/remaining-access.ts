import { accessKeyRow, keysOfUser } from '#dynamodb/rows/access-key.ts';
import { phonesOf } from '#dynamodb/rows/phone.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import type { Table } from '#dynamodb/table.ts';
import { second } from '#schema/time.ts';
import type { RemainingAccess } from '../schema/remaining-access.ts';

type Reads = Pick<Table<'accesskey@GSI1' | 'device@GSI1' | 'phone@GSI2'>, 'organization' | 'queryIndex'>;

/** Counts what still works for a user without the password. */
export async function readRemainingAccess(table: Reads, user: string, now: Date): Promise<RemainingAccess> {
  const [keys, { devices, lines }] = await Promise.all([
    readToEnd((after) => table.queryIndex(accessKeyRow, 'GSI1', keysOfUser(table.organization, user), after)),
    phonesOf(table, user, now),
  ]);
  const live = keys.filter(({ expires_at: end }) => end > now.getTime() / second);
  return { access_keys: live.length, devices, phone_lines: lines };
}
