import { expect, test } from 'vitest';
import { cdrOrigins, classifyRepeat, type CdrOrigin } from './cdr-origin.ts';

const of = (content_hash: string, origin: CdrOrigin, record_revision = 1) => ({
  content_hash,
  origin,
  record_revision,
});

test('a repeat with the same content is a duplicate, with other content a conflict', () => {
  expect(classifyRepeat(of('a', 'platform'), of('a', 'platform'))).toBe('duplicate');
  expect(classifyRepeat(of('a', 'platform'), of('b', 'platform'))).toBe('conflict');
  expect(classifyRepeat(of('a', 'platform'), of('b', 'tenant'))).toBe('conflict');
  expect(classifyRepeat(of('a', 'tenant'), of('b', 'tenant'))).toBe('conflict');
});

test.each(cdrOrigins)('of the rank %s, a higher revision replaces a lower one, which is superseded', (origin) => {
  for (const content of ['a', 'b']) {
    expect(classifyRepeat(of('a', origin, 1), of(content, origin, 2))).toBe('replacement');
    expect(classifyRepeat(of('a', origin, 2), of(content, origin, 1))).toBe('superseded');
  }
});

test.each([
  ['tenant', 'seller'],
  ['tenant', 'platform'],
  ['seller', 'platform'],
] as const)('a record of the rank %s gives way to one of the rank %s, and never the other way round', (low, high) => {
  for (const [first, second] of [
    [1, 1],
    [1, 2],
    [2, 1],
  ] as const) {
    expect(classifyRepeat(of('a', low, first), of('b', high, second))).toBe('replacement');
    expect(classifyRepeat(of('a', high, first), of('b', low, second))).toBe('conflict');
  }
  expect(classifyRepeat(of('a', low), of('a', high))).toBe('promotion');
  expect(classifyRepeat(of('a', high), of('a', low))).toBe('duplicate');
});
