import { expect, test } from 'vitest';
import { indexShards } from '../index-shards.ts';
import { scheduleDue, minuteOf } from './due.ts';

const pointer = { kind: 'device.reboot', at: '2026-01-31T12:00:59.999Z', org_id: 1001, subject: 'dev_1' } as const;
const itemOf = (of: Parameters<typeof scheduleDue>[0]) => scheduleDue(of).render('table', 0, 0).Put?.Item;

test('work is due in the minute of its instant', () => {
  expect(minuteOf(new Date(pointer.at))).toBe(minuteOf(new Date('2026-01-31T12:00:00Z')));
  expect(itemOf(pointer)?.['minute']).toEqual({ N: String(minuteOf(new Date(pointer.at))) });
});

test('the same work is one pointer, and other work is another one', () => {
  expect(itemOf(pointer)).toEqual(itemOf({ ...pointer }));
  for (const other of [
    { ...pointer, subject: 'dev_2' },
    { ...pointer, org_id: 1002 },
    { ...pointer, kind: 'device.reboot_outcome' as const },
    { ...pointer, at: '2026-01-31T12:00:59.998Z' },
  ])
    expect(itemOf(other)?.['SK']).not.toEqual(itemOf(pointer)?.['SK']);
});

test('pointers are spread over all shards', () => {
  const shards = new Set(
    Array.from({ length: 200 }, (_item, at) => itemOf({ ...pointer, subject: `dev_${at}` })?.['shard']?.N),
  );
  expect(shards.size).toBe(indexShards());
});
