import { expect, test } from 'vitest';
import { classifyRepeat } from './cdr-origin.ts';

test('a repeat with the same content is a duplicate, with other content a conflict', () => {
  expect(classifyRepeat({ content_hash: 'a', origin: 'platform' }, { content_hash: 'a', origin: 'platform' })).toBe(
    'duplicate',
  );
  expect(classifyRepeat({ content_hash: 'a', origin: 'platform' }, { content_hash: 'b', origin: 'platform' })).toBe(
    'conflict',
  );
  expect(classifyRepeat({ content_hash: 'a', origin: 'platform' }, { content_hash: 'b', origin: 'tenant' })).toBe(
    'conflict',
  );
  expect(classifyRepeat({ content_hash: 'a', origin: 'tenant' }, { content_hash: 'b', origin: 'tenant' })).toBe(
    'conflict',
  );
});

test.each([
  ['tenant', 'seller'],
  ['tenant', 'platform'],
  ['seller', 'platform'],
] as const)('a record of the rank %s gives way to one of the rank %s, and never the other way round', (low, high) => {
  const of = (content_hash: string, origin: 'tenant' | 'seller' | 'platform') => ({ content_hash, origin });
  expect(classifyRepeat(of('a', low), of('b', high))).toBe('replacement');
  expect(classifyRepeat(of('a', low), of('a', high))).toBe('promotion');
  expect(classifyRepeat(of('a', high), of('b', low))).toBe('conflict');
  expect(classifyRepeat(of('a', high), of('a', low))).toBe('duplicate');
  for (const same of [low, high]) expect(classifyRepeat(of('a', same), of('b', same))).toBe('conflict');
});
