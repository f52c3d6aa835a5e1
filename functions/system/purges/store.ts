import type { Table } from '#dynamodb/table.ts';
import { archivingRow } from '../archiving-provisioning/row.ts';

export { beginWrites, lastPurge } from '../rows/purge.ts';

/** Whether the organization archives. */
export const isProvisioned = async (table: Pick<Table<'archiving'>, 'get'>): Promise<boolean> =>
  (await table.get(archivingRow, {}))?.enabled === true;
