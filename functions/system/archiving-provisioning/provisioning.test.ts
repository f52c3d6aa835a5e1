import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureOf } from '#test/support/errors.fixture.ts';
import { scheduledPurge, type Purge } from '../schema/purge.ts';
import {
  bytesLeft,
  notProvisioned,
  presentProvisioning,
  provision,
  SetProvisioning,
  type Archiving,
  type Provisioning,
} from './provisioning.ts';

const now = '2026-01-31T12:00:00.000Z';
const tenant: Provisioning = { organization: 'Acme', isSeller: false, isPermitted: () => true, now };
const seller = { ...tenant, isSeller: true };
const wanted = (more: object = {}) => SetProvisioning.parse({ quota_gb: 1, ...more });
const after = (more: object, before: Archiving = notProvisioned, by: Provisioning = tenant) =>
  provision(before, wanted(more), by);
const consented: Archiving = { ...notProvisioned, max_compliance_years: 10, version: 1 };
const compliance = { object_lock: 'compliance' };

describe('an archive', () => {
  test('that is provisioned has defaults for what is absent', () =>
    expect(after({ quota_gb: 5 })).toEqual({
      ...{ enabled: true, quota_gb: 5, storage_class: 'STANDARD', object_lock: false, max_compliance_years: 0 },
      ...{ used_bytes: 0, objects: 0, last_run_at: null, updated_at: now, version: 1 },
    }));

  test('is locked in governance mode by true', () =>
    expect(after({ object_lock: true }).object_lock).toBe('governance'));

  test.each([
    { quota_gb: 0 },
    { quota_gb: 100_001 },
    { quota_gb: 1.5 },
    { storage_class: 'GLACIER' },
    { object_lock: 'legal' },
    { max_compliance_years: 100 },
    { max_compliance_years: -1 },
  ])('with %o is rejected', (more) => {
    expect(SetProvisioning.safeParse({ quota_gb: 1, ...more }).success).toBe(false);
  });

  test('has no quota below its bytes', () => {
    const used = { ...consented, used_bytes: 1_000_000_001 };
    expect(failureOf(() => after({ quota_gb: 1 }, used))).toBe('QUOTA_BELOW_USAGE quota_gb');
    expect(bytesLeft(after({ quota_gb: 2 }, used))).toBe(999_999_999);
    expect(after({ quota_gb: 1 }, { ...used, used_bytes: 1_000_000_000 }).quota_gb).toBe(1);
  });

  test('has always room for what is stored in it', () =>
    fc.assert(
      fc.property(fc.nat({ max: 3_000_000_000 }), fc.integer({ min: 1, max: 3 }), (used_bytes, quota_gb) => {
        const problem = failureOf(() =>
          expect(bytesLeft(after({ quota_gb }, { ...consented, used_bytes }))).toBeGreaterThanOrEqual(0),
        );
        expect(problem === undefined).toBe(used_bytes <= quota_gb * 1_000_000_000);
      }),
    ));

  test('is shown with its organization and without its version', () =>
    expect(presentProvisioning(notProvisioned, 1001, [])).toEqual({
      last_purge: null,
      ...{ organization_id: 'org_1001', enabled: false, quota_gb: 1, storage_class: 'STANDARD', object_lock: false },
      ...{ max_compliance_years: 0, used_bytes: 0, objects: 0, last_run_at: null, updated_at: null },
    }));
});

describe('compliance mode', () => {
  test('needs the consent of the seller, which the organization cannot give itself', () => {
    expect(failureOf(() => after({ ...compliance, confirm: 'Acme' }))).toBe('LOCK_NOT_ALLOWED object_lock');
    const more = { ...compliance, confirm: 'Acme', max_compliance_years: 5 };
    expect(failureOf(() => after(more))).toBe('NOT_THE_SELLER max_compliance_years');
    expect(after(more, notProvisioned, seller)).toMatchObject({ object_lock: 'compliance', max_compliance_years: 5 });
    expect(failureOf(() => after({ max_compliance_years: 11 }, consented))).toBe('NOT_THE_SELLER max_compliance_years');
  });

  test('keeps the consent that is not named, or named as it is', () => {
    expect(after({}, consented).max_compliance_years).toBe(10);
    expect(after({ max_compliance_years: 10 }, consented).max_compliance_years).toBe(10);
  });

  test('needs the exact name of the organization once', () => {
    for (const confirm of [undefined, 'acme', ''])
      expect(failureOf(() => after({ ...compliance, confirm }, consented))).toBe('CONFIRMATION_REQUIRED confirm');
    const locked = after({ ...compliance, confirm: 'Acme' }, consented);
    expect(locked.object_lock).toBe('compliance');
    expect(after({ ...compliance, quota_gb: 2 }, locked)).toMatchObject({ object_lock: 'compliance', quota_gb: 2 });
  });

  test('ends for later archives with the consent of the seller', () => {
    const locked = after({ ...compliance, confirm: 'Acme' }, consented);
    expect(failureOf(() => after({ ...compliance, max_compliance_years: 0 }, locked, seller))).toBe(
      'LOCK_NOT_ALLOWED object_lock',
    );
    expect(after({ max_compliance_years: 0 }, locked, seller)).toMatchObject({ object_lock: false });
  });

  test('is rejected on a stage that does not permit it', () => {
    const ephemeral = { ...seller, isPermitted: (mode: string) => mode === 'governance' };
    const more = { ...compliance, confirm: 'Acme' };
    expect(failureOf(() => after(more, consented, ephemeral))).toBe('LOCK_NOT_ALLOWED object_lock');
    expect(after({ object_lock: true }, consented, ephemeral).object_lock).toBe('governance');
  });

  test('alone is confirmed', () =>
    expect(failureOf(() => after({ object_lock: true, confirm: 'Acme' }))).toBe('VALIDATION_FAILED confirm'));
});

test('the purge that ended last is shown', () => {
  const purgeOf = (of: 'sms' | 'logs', ended_at: string | null) => ({
    ...scheduledPurge({ of, policies: [], defaultDays: 90 }, { id: `purge_${of}`, now: new Date(now) }),
    ended_at,
  });
  const shown = (...purges: readonly Purge[]) => presentProvisioning(notProvisioned, 1001, purges).last_purge;
  expect(shown()).toBeNull();
  expect(shown(purgeOf('sms', null))).toBeNull();
  const [first, second] = [purgeOf('sms', '2026-11-20T12:00:01.000Z'), purgeOf('logs', '2026-11-20T12:00:02.000Z')];
  expect(shown(second, first)).toMatchObject({ purge_id: 'purge_logs', class: 'logs', deleted: 0 });
});
