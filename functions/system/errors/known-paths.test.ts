import fc from 'fast-check';
import { expect, test } from 'vitest';
import { methodsAt, withoutTrailingSlash } from './known-paths.ts';

const known = [
  { method: 'GET', path: '/health', head: true },
  { method: 'GET', path: '/siptrunk' },
  { method: 'GET', path: '/siptrunk/{id}' },
  { method: 'PUT', path: '/siptrunk/{id}' },
  { method: 'GET', path: '/events/{entity+}' },
] as const;

test.each([
  ['/health', ['GET', 'HEAD']],
  ['/siptrunk', ['GET']],
  ['/siptrunk/trunk_1', ['GET', 'PUT']],
  ['/events/trunk/trunk_1', ['GET']],
  ['/events/org', ['GET']],
])('%s answers %j', (path, methods) => {
  expect(methodsAt(known, path)).toEqual(methods);
});

test.each(['/', '', '/nope', '/siptrunk/', '/siptrunk/a/b', '/events', '/events/', '/Health', '/health/x'])(
  'nothing is at "%s"',
  (path) => {
    expect(methodsAt(known, path)).toEqual([]);
  },
);

test('one or more trailing slashes are removed', () => {
  expect(withoutTrailingSlash('/siptrunk/')).toBe('/siptrunk');
  expect(withoutTrailingSlash('/v1/siptrunk//')).toBe('/v1/siptrunk');
});

test('a path without a trailing slash, or of slashes only, is not redirected', () => {
  expect(withoutTrailingSlash('/siptrunk')).toBeUndefined();
  expect(withoutTrailingSlash('/')).toBeUndefined();
  expect(withoutTrailingSlash('//')).toBeUndefined();
});

test('a redirect is always a well-formed path of this host', () => {
  const piece = fc.oneof(
    fc.constantFrom('/', '//', '\\', '..', '@', ':', '\r\n', '%', '?', '#'),
    fc.string({ unit: 'grapheme' }),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const elsewhere = withoutTrailingSlash(`/${pieces.join('')}/`);
      if (elsewhere === undefined) return;
      expect(elsewhere).toMatch(/^\/(?!\/)[A-Za-z0-9\-_.!~*'()%/]*$/);
      expect(new URL(elsewhere, 'https://here.test').host).toBe('here.test');
    }),
  );
});
