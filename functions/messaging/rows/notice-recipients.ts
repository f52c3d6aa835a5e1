import type { Table } from '#dynamodb/table.ts';
import { recipientsAmong } from '../../billing/rows/notice-recipients.ts';

/** Those of the addresses that the platform's own address may write to for the organization. */
export const allowedAmong = async (
  table: Pick<Table<'user-email' | 'billingprofile' | 'noticeaddress'>, 'get' | 'getAll'>,
  addresses: readonly string[],
): Promise<ReadonlySet<string>> => (await recipientsAmong(table, addresses)).allowed;
