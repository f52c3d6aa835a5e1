import { expect, test } from 'vitest';
import { expiredVersions } from './object-store.ts';
import type { StoredVersion } from './object-versions.ts';

const now = Date.parse('2026-11-25T12:00:00Z');
const version = (key: string, day: string, more: Partial<StoredVersion> = {}): StoredVersion => ({
  ...{ bucket: 'files', key, type: 'audio/wav', size: 1, etag: '"1"', storageClass: 'STANDARD', lock: null },
  ...{ modified: `2026-11-${day}T12:00:00.000Z`, version: day, marker: false },
  ...more,
});
const marker = { marker: true };
const expired = (...all: readonly StoredVersion[]): readonly string[] =>
  expiredVersions(all, 7, now).map(({ key, version: at }) => `${key} ${at}`);

test('a version expires days after its successor was written, not after itself was', () => {
  expect(expired(version('a', '17'), version('a', '01'))).toEqual(['a 01']);
  expect(expired(version('a', '19'), version('a', '01'))).toEqual([]);
});

test('the newest version never expires, unless it only says that nothing is left', () => {
  expect(expired(version('a', '01'), version('b', '01'))).toEqual([]);
  expect(expired(version('a', '01', marker))).toEqual(['a 01']);
  expect(expired(version('a', '17', marker), version('a', '01'))).toEqual(['a 01', 'a 17']);
  expect(expired(version('a', '24', marker), version('a', '01'))).toEqual([]);
});

test('a locked version stays until its lock ends', () => {
  const lock = { lock: { mode: 'COMPLIANCE', until: '2026-12-01T00:00:00.000Z' } } as const;
  expect(expired(version('a', '17'), version('a', '01', lock))).toEqual([]);
});
