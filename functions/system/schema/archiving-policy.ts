import * as z from 'zod';
import { AppError, errorKinds, invalid } from '#errors.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { recordClasses } from '#schema/record-class.ts';
import { partyFields } from './record-filter.ts';
import { archivingActions, leastDays, mostDays, type ArchivingPolicy } from './retention.ts';
import { Name, organizationText, Timestamp } from '#schema/values.ts';

/** Policies of retention (functions/system/retention/README.md, "Policies"). */

export const archivingPolicyErrors = errorKinds({
  POLICY_EXISTS: [409, 'The class has another enabled policy without filter.'],
  RETENTION_TOO_SHORT: [422, 'The class has a longer minimum retention.'],
});

export const PolicyFilter = z.object({
  ...partyFields,
  direction: z.enum(['inbound', 'outbound', 'internal']).optional().describe('Records of this direction'),
});

export const NewArchivingPolicy = z
  .object({
    name: Name.describe('Name, unique in the organization'),
    class: z.enum(recordClasses).describe('Class of records'),
    retention_days: z
      .int()
      .min(1)
      .max(mostDays)
      .describe('Days for which records are stored, at least: 365 for `eventlog`, 90 for `cdr`, 30 for `logs`, else 1'),
    action: z
      .enum(archivingActions)
      .default('delete')
      .describe('What happens then. `export` archives each record once and does not delete it'),
    enabled: z.boolean().default(true).describe('Whether it applies'),
    filter: PolicyFilter.optional().describe(
      'Which records of the class: those that fit each given field. Absent: all',
    ),
  })
  .meta({ id: 'NewArchivingPolicy' });
type Wanted = z.output<typeof NewArchivingPolicy>;

const Run = z.object({
  deleted: z.int().describe('Records that were deleted'),
  exported: z.int().describe('Records that were archived'),
  held: z.int().describe('Records that legal holds kept'),
});
/** What a run did by a policy. */
export type PolicyRun = z.output<typeof Run>;

/** A policy, as it is stored. */
export type StoredPolicy = ArchivingPolicy & {
  readonly last_run_at: string | null;
  readonly last_run: PolicyRun | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

export const ShownArchivingPolicy = z
  .object({
    id: z.string().describe('Id of the policy'),
    organization_id: z.string().describe('The organization, such as `org_1001`'),
    name: z.string().describe('Name'),
    class: z.enum(recordClasses).describe('Class of records'),
    retention_days: z.int().describe('Days for which records are stored'),
    action: z.enum(archivingActions).describe('What happens then'),
    enabled: z.boolean().describe('Whether it applies'),
    filter: PolicyFilter.nullable().describe('Which records of the class; null: all'),
    last_run_at: Timestamp.nullable().describe('When a purge last deleted or archived records by this policy'),
    last_run: Run.nullable().describe('What that run did by this policy'),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
  })
  .meta({
    id: 'ArchivingPolicy',
    example: {
      id: 'arp_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
      organization_id: 'org_1001',
      name: 'SMS for a year',
      class: 'sms',
      retention_days: 365,
      action: 'delete',
      enabled: true,
      filter: null,
      last_run_at: '2026-02-01T02:00:00.000Z',
      last_run: { deleted: 120, exported: 0, held: 3 },
      created_at: '2026-01-31T12:00:00.000Z',
      updated_at: '2026-01-31T12:00:00.000Z',
    },
  });

/** What the body says, checked. @throws AppError RETENTION_TOO_SHORT, VALIDATION_FAILED */
function fieldsOf({ name, class: of, retention_days, action, enabled, filter }: Wanted) {
  const least = leastDays[of];
  if (retention_days < least) {
    const message = `must be ${least} or more for ${of}`;
    throw new AppError(archivingPolicyErrors.RETENTION_TOO_SHORT, `retention_days ${message}`, {
      details: [{ path: 'retention_days', message }],
    });
  }
  const given = definedFields(filter ?? {});
  const isGiven = Object.keys(given).length > 0;
  if (of === 'eventlog' && isGiven)
    throw invalid('filter', 'must be absent for eventlog: only its beginning can be deleted');
  return { name, class: of, retention_days, action, enabled, filter: isGiven ? given : null };
}

export const newPolicy = (
  wanted: Wanted,
  { id, now }: { readonly id: string; readonly now: string },
): StoredPolicy => ({
  id,
  ...fieldsOf(wanted),
  exported_until: null,
  last_run_at: null,
  last_run: null,
  created_at: now,
  updated_at: now,
  version: 1,
});

export const replacePolicy = (before: StoredPolicy, wanted: Wanted, now: string): StoredPolicy => ({
  // It may mean other records now, which it has not exported.
  ...before,
  ...fieldsOf(wanted),
  exported_until: null,
  updated_at: now,
  version: before.version + 1,
});

/** Whether it applies to all records of its class. */
export const isGeneral = ({ enabled, filter }: Pick<ArchivingPolicy, 'enabled' | 'filter'>): boolean =>
  enabled && filter === null;

export const exports = ({ action }: Pick<ArchivingPolicy, 'action'>): boolean => action !== 'delete';

export const presentPolicy = (
  { version: _, exported_until: __, filter, ...policy }: StoredPolicy,
  organization: number,
): z.input<typeof ShownArchivingPolicy> => ({
  ...policy,
  organization_id: organizationText(organization),
  filter: filter === null ? null : presentFilter(filter),
});

const presentFilter = ({ user_ids, numbers, ...filter }: NonNullable<ArchivingPolicy['filter']>) => ({
  ...definedFields({ user_ids: user_ids?.slice(), numbers: numbers?.slice() }),
  ...filter,
});
