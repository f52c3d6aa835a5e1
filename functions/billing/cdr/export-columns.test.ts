import { expect, test } from 'vitest';
import { columns, defaultColumns, hiddenColumns } from './export-columns.ts';

test('every column is named once, the default ones first', () => {
  expect(new Set(columns).size).toBe(columns.length);
  expect(columns.slice(0, defaultColumns.length)).toEqual(defaultColumns);
});

test('prices of sellers are hidden from callers that do not see them', () => {
  expect(hiddenColumns({ wholesale: true, cost: true })).toEqual([]);
  expect(hiddenColumns({ wholesale: true, cost: false })).toEqual(['cost', 'rating.cost']);
  expect(hiddenColumns({ wholesale: false, cost: true })).toEqual([
    'rating.wholesale.charge',
    'rating.wholesale.currency',
  ]);
});
