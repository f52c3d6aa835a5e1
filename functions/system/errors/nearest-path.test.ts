import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearestPath } from './nearest-path.ts';

const known = [
  '/health',
  '/siptrunk',
  '/siptrunk/{id}',
  '/users',
  '/users/{id}',
  '/users/{id}/callhandling',
  '/dialplan/policy',
  '/Calls/{id}',
  '/cdr',
].map((path) => ({ method: 'GET', path }));

test.each([
  ['/siptrunks', '/siptrunk'],
  ['/sip-trunk', '/siptrunk'],
  ['/user/me', '/users/{id}'],
  ['/calls/1234', '/Calls/{id}'],
  ['/users/me/call-handling', '/users/{id}/callhandling'],
  ['/users/me/callhandlings', '/users/{id}/callhandling'],
  ['/dialplan/policies', '/dialplan/policy'],
  ['/CDR', '/cdr'],
])('%s is near %s', (path, nearest) => {
  expect(nearestPath(known, path)).toBe(nearest);
});

test.each(['/', '/wp-admin', '/siptrunk/a/b/c', '/.env', '/favicon.ico'])('nothing is near %s', (path) => {
  expect(nearestPath(known, path)).toBeUndefined();
});

test('a path of any length is compared in bounded time', () => {
  const paths = known.map(({ path }) => path);
  fc.assert(
    fc.property(fc.string({ maxLength: 9_000 }), (text) => {
      const nearest = nearestPath(known, `/${text}`);
      expect(nearest === undefined || paths.includes(nearest)).toBe(true);
    }),
  );
  expect(nearestPath(known, `/users/${'x'.repeat(100_000)}/callhandlin`)).toBe('/users/{id}/callhandling');
});

test('the edit distance counts the fewest changes', () => {
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('', 'abc')).toBe(3);
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (one, other) => {
      const distance = editDistance(one, other);
      expect(distance).toBe(editDistance(other, one));
      expect(distance === 0).toBe(one === other);
      expect(distance).toBeLessThanOrEqual(Math.max(one.length, other.length));
    }),
  );
});
