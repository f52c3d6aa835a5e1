import * as z from 'zod';
import { AppError, errorKinds, invalid } from '#errors.ts';
import { storageClasses, type LockMode } from '#schema/object-storage.ts';
import { recordClasses } from '#schema/record-class.ts';
import { mostDays } from '../schema/retention.ts';
import { organizationText, Timestamp } from '#schema/values.ts';
import type { Purge } from '../schema/purge.ts';

/** The archive of an organization (functions/system/archives/README.md). */

export const provisioningErrors = errorKinds({
  QUOTA_BELOW_USAGE: [409, 'The archive has more bytes than the new quota.'],
  CONFIRMATION_REQUIRED: [422, '`confirm` must be the name of the organization.'],
  LOCK_NOT_ALLOWED: [422, 'The seller or the stage does not allow this lock.'],
});

const gigabyte = 1_000_000_000;
/** Years of a lock in compliance mode at most, as no one ends it earlier. */
const mostYears = mostDays / 365.25;

/** An archive, as it is stored. */
export type Archiving = {
  readonly enabled: boolean;
  readonly quota_gb: number;
  readonly storage_class: (typeof storageClasses)[number];
  readonly object_lock: LockMode | false;
  /** What the seller allows: years of locks in compliance mode; 0: none. */
  readonly max_compliance_years: number;
  /** Bytes and objects of all archives. */
  readonly used_bytes: number;
  readonly objects: number;
  readonly last_run_at: string | null;
  readonly updated_at: string | null;
  readonly version: number;
};

/** An organization that was never provisioned. */
export const notProvisioned: Archiving = {
  enabled: false,
  quota_gb: 1,
  storage_class: 'STANDARD',
  object_lock: false,
  max_compliance_years: 0,
  used_bytes: 0,
  objects: 0,
  last_run_at: null,
  updated_at: null,
  version: 0,
};

export const SetProvisioning = z
  .object({
    enabled: z.boolean().default(true).describe('Whether records are archived; archives that exist stay'),
    quota_gb: z.int().min(1).max(100_000).describe('Size of the archive at most, in GB (10^9 bytes)'),
    storage_class: z.enum(storageClasses).default('STANDARD').describe('Storage class of S3'),
    object_lock: z
      .union([z.boolean(), z.enum(['governance', 'compliance'])])
      .default(false)
      .transform((mode) => (mode === true ? 'governance' : mode))
      .describe(
        'Lock of archives until the retention of their policy ends, counted from the end of the day (UTC). ' +
          '`governance` (also `true`): an administrator of the AWS account can end it. `compliance`: no one can end ' +
          'it; it lasts for `max_compliance_years` at most',
      ),
    confirm: z.string().max(255).optional().describe('Name of the organization, for `compliance`'),
    max_compliance_years: z
      .int()
      .min(0)
      .max(Math.floor(mostYears))
      .optional()
      .describe('Longest lock in compliance mode, in years; 0: none. Only the seller may change it'),
  })
  .meta({ id: 'SetArchiving' });
type Wanted = z.output<typeof SetProvisioning>;

const ShownPurge = z.object({
  purge_id: z.string().describe('Id of the purge'),
  class: z.enum(recordClasses).describe('Class of records'),
  status: z.enum(['running', 'done', 'failed']).describe('How it ended'),
  dry_run: z.boolean().describe('Whether records were counted only'),
  ended_at: Timestamp.nullable().describe('When it ended'),
  deleted: z.int().describe('Records that were deleted, or would be'),
  held: z.int().describe('Records that legal holds kept'),
});

export const ShownProvisioning = z
  .object({
    organization_id: z.string().describe('The organization, such as `org_1001`'),
    enabled: z.boolean().describe('Whether records are archived'),
    quota_gb: z.int().describe('Size of the archive at most, in GB'),
    storage_class: z.enum(storageClasses).describe('Storage class of S3'),
    object_lock: z.union([z.literal(false), z.enum(['governance', 'compliance'])]).describe('How archives are locked'),
    max_compliance_years: z.int().describe('Years of locks in compliance mode that the seller allows'),
    used_bytes: z.int().describe('Bytes of all archives'),
    objects: z.int().describe('Objects of all archives'),
    last_run_at: Timestamp.nullable().describe('When records were archived last'),
    last_purge: ShownPurge.nullable().describe('The purge that ended last'),
    updated_at: Timestamp.nullable().describe('Time of the last change; null: never provisioned'),
  })
  .meta({
    id: 'Archiving',
    example: {
      organization_id: 'org_1001',
      enabled: true,
      quota_gb: 50,
      storage_class: 'STANDARD_IA',
      object_lock: 'governance',
      max_compliance_years: 0,
      used_bytes: 1_204_331,
      objects: 12,
      last_run_at: '2026-02-01T02:00:00.000Z',
      updated_at: '2026-01-31T12:00:00.000Z',
      last_purge: {
        purge_id: 'purge_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
        class: 'sms',
        status: 'done',
        dry_run: false,
        ended_at: '2026-02-01T02:01:07.000Z',
        deleted: 886,
        held: 14,
      },
    },
  });

/** Who asks, and what the stage permits. */
export type Provisioning = {
  readonly organization: string;
  readonly isSeller: boolean;
  readonly isPermitted: (mode: LockMode) => boolean;
  readonly now: string;
};

const rejected = (code: keyof typeof provisioningErrors, path: string, message: string): AppError =>
  new AppError(provisioningErrors[code], `${path} ${message}`, { details: [{ path, message }] });

/** @throws AppError NOT_THE_SELLER */
function yearsAfter({ max_compliance_years: before }: Archiving, wanted: Wanted, { isSeller }: Provisioning): number {
  const years = wanted.max_compliance_years ?? before;
  if (years === before || isSeller) return years;
  throw new AppError('NOT_THE_SELLER', 'Only the seller of the organization may change max_compliance_years', {
    details: [{ path: 'max_compliance_years', message: 'is set by the seller' }],
  });
}

/** @throws AppError LOCK_NOT_ALLOWED, CONFIRMATION_REQUIRED */
function assertLock(before: Archiving, { object_lock: mode, confirm }: Wanted, years: number, by: Provisioning): void {
  if (mode === false) return;
  if (!by.isPermitted(mode)) throw rejected('LOCK_NOT_ALLOWED', 'object_lock', `must not be ${mode} on this stage`);
  if (mode !== 'compliance') return;
  if (years === 0) throw rejected('LOCK_NOT_ALLOWED', 'object_lock', 'must not be compliance: the seller allows none');
  if (before.object_lock !== 'compliance' && confirm !== by.organization)
    throw rejected('CONFIRMATION_REQUIRED', 'confirm', 'must be the name of the organization');
}

/**
 * The archive after a PUT. Locks of archives that exist do not change.
 * @throws AppError QUOTA_BELOW_USAGE, NOT_THE_SELLER, LOCK_NOT_ALLOWED, CONFIRMATION_REQUIRED, VALIDATION_FAILED
 */
export function provision(before: Archiving, wanted: Wanted, by: Provisioning): Archiving {
  const { enabled, quota_gb, storage_class, object_lock } = wanted;
  const years = yearsAfter(before, wanted, by);
  assertLock(before, wanted, years, by);
  if (wanted.confirm !== undefined && object_lock !== 'compliance')
    throw invalid('confirm', 'must be absent: only compliance needs it');
  if (before.used_bytes > quota_gb * gigabyte)
    throw rejected('QUOTA_BELOW_USAGE', 'quota_gb', `must be ${Math.ceil(before.used_bytes / gigabyte)} or more`);
  return {
    ...before,
    enabled,
    quota_gb,
    storage_class,
    object_lock,
    max_compliance_years: years,
    updated_at: by.now,
    version: before.version + 1,
  };
}

/** Bytes that the archive may still take. */
export const bytesLeft = ({ quota_gb, used_bytes }: Archiving): number => quota_gb * gigabyte - used_bytes;

/** The purge of those of all classes that ended last. */
const lastOf = (purges: readonly Purge[]): Purge | undefined =>
  purges
    .filter(({ ended_at }) => ended_at !== null)
    .toSorted((one, other) => ((one.ended_at ?? '') < (other.ended_at ?? '') ? 1 : -1))[0];

const presentPurge = ({ id, class: of, status, dry_run, ended_at, counts: { deleted, held } }: Purge) => ({
  purge_id: id,
  class: of,
  status,
  dry_run,
  ended_at,
  deleted,
  held,
});

/** @param purges the last one of each class */
export function presentProvisioning(
  { version: _, ...archiving }: Archiving,
  organization: number,
  purges: readonly Purge[],
): z.input<typeof ShownProvisioning> {
  const last = lastOf(purges);
  return {
    organization_id: organizationText(organization),
    ...archiving,
    last_purge: last === undefined ? null : presentPurge(last),
  };
}
