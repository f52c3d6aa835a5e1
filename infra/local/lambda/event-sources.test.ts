import { expect, test } from 'vitest';
import { compileFilter } from './event-sources.ts';

const accepts = (pattern: object, record: unknown) =>
  compileFilter({ Filters: [{ Pattern: JSON.stringify(pattern) }] })(record);
const inserted = { eventName: 'INSERT', dynamodb: { NewImage: { PK: { S: 'event#1000' }, pending: { BOOL: true } } } };

test.each<[string, object, boolean]>([
  ['a listed value', { eventName: ['MODIFY', 'INSERT'] }, true],
  ['a value that is not listed', { eventName: ['REMOVE'] }, false],
  ['a prefix', { dynamodb: { NewImage: { PK: { S: [{ prefix: 'event#' }] } } } }, true],
  ['another prefix', { dynamodb: { NewImage: { PK: { S: [{ prefix: 'trunk#' }] } } } }, false],
  ['all of several keys', { eventName: ['INSERT'], dynamodb: { NewImage: { pending: { BOOL: [false] } } } }, false],
  ['a key that is there', { dynamodb: { NewImage: [{ exists: true }] } }, true],
  ['a key that is absent', { dynamodb: { OldImage: [{ exists: false }] } }, true],
  ['anything but', { eventName: [{ 'anything-but': ['INSERT', 'REMOVE'] }] }, false],
  ['anything but a prefix', { eventName: [{ 'anything-but': { prefix: 'R' } }] }, true],
])('a record passes by %s', (_, pattern, passes) => {
  expect(accepts(pattern, inserted)).toBe(passes);
});

test('one matching pattern is enough, and without patterns all records pass', () => {
  const either = compileFilter({
    Filters: [{ Pattern: '{"eventName":["REMOVE"]}' }, { Pattern: '{"eventName":["INSERT"]}' }],
  });
  expect([either(inserted), compileFilter()(inserted)]).toEqual([true, true]);
});

test('an unknown comparison is named at start', () => {
  expect(() => compileFilter({ Filters: [{ Pattern: '{"a":[{"cidr":"10.0.0.0/8"}]}' }] })).toThrow('cidr');
});
