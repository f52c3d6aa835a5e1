import { numberRow, numbersOf } from '#dynamodb/rows/number.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { Table } from '#dynamodb/table.ts';
import { smsSettingsOf } from '#schema/sms-settings.ts';

/** Numbers of an organization that are read at once, and how often. */
const slice = 100;
const maxSlices = 10;

/**
 * The sender of notices of an organization: its first active number with capability `sms` among 1,000, else the first
 * of its sender ids; undefined: it has none.
 */
export async function findSmsSender(
  table: Pick<Table<'number@GSI1'>, 'queryIndex'>,
  { org_id: organization, settings }: Pick<OrganizationItem, 'org_id' | 'settings'>,
): Promise<string | undefined> {
  let after: string | undefined;
  for (let slices = 0; slices < maxSlices; slices += 1) {
    const range = { limit: slice, order: 'asc', ...(after === undefined ? {} : { after }) } as const;
    const { items, cursor } = await table.queryIndex(numberRow, 'GSI1', numbersOf(organization), range);
    const number = items.find(({ state, capabilities }) => state === 'active' && capabilities.includes('sms'));
    if (number !== undefined) return number.number;
    if (cursor === undefined) break;
    after = cursor;
  }
  return smsSettingsOf({ settings }).senderIds[0];
}
