import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { notProvisioned, type Archiving } from '../archiving-provisioning/provisioning.ts';
import { archiveIdOf, archivingOf, charge, lockOf, storageOf } from './archive.ts';

const now = new Date('2026-11-23T13:00:00.000Z');
const archiving: Archiving = { ...notProvisioned, enabled: true, version: 3 };
const lock = (object_lock: Archiving['object_lock'], days: number, max_compliance_years = 0) =>
  lockOf({ object_lock, max_compliance_years }, days, now);

describe('a lock', () => {
  test('ends with the retention, counted from the end of the day', () => {
    expect(lock('governance', 30)).toEqual({ mode: 'governance', until: '2026-12-24T00:00:00.000Z' });
    expect(lock(false, 30)).toBeNull();
  });

  test('in compliance mode is no longer than the seller consents to', () => {
    const locked = { mode: 'compliance' };
    expect(lock('compliance', 30, 1)).toEqual({ ...locked, until: '2026-12-24T00:00:00.000Z' });
    expect(lock('compliance', 36_500, 4)).toEqual({ ...locked, until: '2030-11-24T00:00:00.000Z' });
    expect(lock('governance', 36_500, 4)?.until).toBe('2126-10-31T00:00:00.000Z');
    expect(lock('compliance', 30, 0)).toBeNull();
  });

  test('is the same at every instant of a day, and covers the retention', () =>
    fc.assert(
      fc.property(fc.nat({ max: 86_399_999 }), fc.integer({ min: 1, max: 36_500 }), (elapsed, days) => {
        const at = new Date(Date.parse('2026-11-23T00:00:00.000Z') + elapsed);
        const { until = '' } = lockOf({ object_lock: 'governance', max_compliance_years: 0 }, days, at) ?? {};
        expect(until).toBe(lock('governance', days)?.until);
        expect(Date.parse(until)).toBeGreaterThanOrEqual(at.getTime() + days * 86_400_000);
      }),
    ));

  test('is on parts, in the storage class of the archive', () =>
    expect(storageOf({ ...archiving, storage_class: 'GLACIER_IR', object_lock: 'governance' }, 30, now)).toEqual({
      lock: { mode: 'governance', until: '2026-12-24T00:00:00.000Z' },
      storageClass: 'GLACIER_IR',
    }));
});

test('the id of an archive names its content, its policy and its storage', () => {
  const stored = storageOf({ ...archiving, object_lock: 'governance' }, 30, now);
  const policy = { id: 'arp_1', name: 'SMS', retention_days: 30 };
  const id = archiveIdOf('content', policy, stored);
  expect(id).toMatch(/^arch_[0-9a-f]{32}$/);
  expect(archiveIdOf('content', { ...policy, name: 'Renamed' }, { ...stored })).toBe(id);
  const others = [
    archiveIdOf('other', policy, stored),
    archiveIdOf('content', { ...policy, id: 'arp_2' }, stored),
    archiveIdOf('content', policy, { ...stored, lock: null }),
    archiveIdOf('content', policy, { ...stored, storageClass: 'GLACIER_IR' }),
    archiveIdOf('content', policy, storageOf({ ...archiving, object_lock: 'governance' }, 31, now)),
  ];
  expect(new Set([id, ...others]).size).toBe(6);
});

describe('a charge', () => {
  test('counts bytes and objects, and raises the version', () =>
    expect(charge({ ...archiving, used_bytes: 7, objects: 1 }, { bytes: 10, objects: 3 }, now)).toMatchObject({
      ...{ used_bytes: 17, objects: 4, last_run_at: now.toISOString(), version: 4 },
    }));

  test('fills the quota to the last byte and no further', () => {
    const full = charge(archiving, { bytes: 1_000_000_000, objects: 3 }, now);
    expect(full.used_bytes).toBe(1_000_000_000);
    const rejected = expect.objectContaining({ code: 'STORAGE_FULL', status: 507 });
    expect(() => charge(full, { bytes: 1, objects: 1 }, now)).toThrow(rejected);
  });

  test('needs an archive that is enabled', () => {
    const rejected = expect.objectContaining({ code: 'ARCHIVING_NOT_PROVISIONED', status: 422 });
    for (const none of [archivingOf(undefined), { ...archiving, enabled: false }])
      expect(() => charge(none, { bytes: 1, objects: 1 }, now)).toThrow(rejected);
  });
});
