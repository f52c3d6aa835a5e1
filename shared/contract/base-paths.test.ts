import { expect, test } from 'vitest';
import { stripBasePath } from './base-paths.ts';

test.each([
  ['/v1/siptrunk/x', '/siptrunk/x'],
  ['/v1.0/siptrunk', '/siptrunk'],
  ['/api/v1/siptrunk', '/siptrunk'],
  ['/platform', '/'],
  ['/siptrunk', '/siptrunk'],
  // Not a prefix: another first segment.
  ['/v10/siptrunk', '/v10/siptrunk'],
  ['/platforms', '/platforms'],
  // Only one prefix is removed.
  ['/v1/v1/siptrunk', '/v1/siptrunk'],
])('%s is declared as %s', (path, declared) => {
  expect(stripBasePath(path)).toBe(declared);
});
