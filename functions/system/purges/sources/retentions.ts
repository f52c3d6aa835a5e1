import { organizationRow } from '#dynamodb/rows/organization.ts';
import type { Table } from '#dynamodb/table.ts';
import type { RecordClass } from '#schema/record-class.ts';
import { defaultDays, type Retention } from '../../schema/retention.ts';
import { archivingPolicyRow } from '../../rows/archiving-policy.ts';

type RetentionReads = Pick<Table<'organization' | 'archivingpolicy'>, 'get' | 'query'>;

/** What decides about records of each class now; undefined if there is no such organization. */
export async function retentions(table: RetentionReads): Promise<((of: RecordClass) => Retention) | undefined> {
  const [organization, { items }] = await Promise.all([
    table.get(organizationRow, {}),
    table.query(archivingPolicyRow, {}),
  ]);
  return organization === undefined
    ? undefined
    : (of) => ({
        of,
        policies: items.filter((policy) => policy.class === of && policy.enabled),
        defaultDays: defaultDays(of, organization.retention),
      });
}

/** The same for one class. */
export const retentionOf = async (table: RetentionReads, of: RecordClass): Promise<Retention | undefined> =>
  (await retentions(table))?.(of);
