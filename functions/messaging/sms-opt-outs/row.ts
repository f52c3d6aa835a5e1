import { row } from '#dynamodb/row.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, replace, type Write } from '#dynamodb/write.ts';
import { isOut, type OptOut } from './opt-out.ts';

type OptOutKey = Pick<OptOut, 'number'>;

/** The GSI1 partition of the numbers that opted out, after the entity. */
export const optOutsOf = (organization: number): readonly string[] => [String(organization)];

/** `smsoptout#1001` by number: the latest wish; GSI1: those that opted out, by time. */
export const optOutRow = row<'smsoptout', OptOut, OptOutKey>('smsoptout', {
  sort: ({ number }) => number,
  index1: (item, organization) => (isOut(item) ? { partition: optOutsOf(organization), sort: item.at } : undefined),
});

/** Whether a number opted out of the messages of the table's organization. */
export const isOptedOut = async (table: Pick<Table<'smsoptout'>, 'get'>, number: string): Promise<boolean> =>
  isOut(await table.get(optOutRow, { number }));

/** Those of the numbers that opted out of the messages of the table's organization. */
export async function optedOutAmong(
  table: Pick<Table<'smsoptout'>, 'getAll'>,
  numbers: readonly string[],
): Promise<ReadonlySet<string>> {
  const known = await table.getAll(
    optOutRow,
    [...new Set(numbers)].map((number) => ({ number })),
  );
  return new Set(known.filter((item) => isOut(item)).map(({ number }) => number));
}

/** Stores the latest wish; stale if another one was stored since the read. */
export const optOutWrite = (before: OptOut | undefined, after: OptOut): Write<'smsoptout'> =>
  before === undefined ? create(optOutRow, after) : replace(optOutRow, after, before);
