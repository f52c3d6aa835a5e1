import fc from 'fast-check';
import { expect, test } from 'vitest';
import { routeTable } from './gateway-routes.ts';

const route = (key: string) => ({ key, target: key, timeout: 1 });
const table = (...keys: string[]) => {
  const match = routeTable(keys.map(route));
  return (method: string, path: string) => match(method, path)?.route.key;
};

test('a fixed segment without a matching route gives way to a variable', () => {
  const match = table('GET /devices/mac/{mac}', 'GET /devices/{id}/config');
  expect(match('GET', '/devices/mac/config')).toBe('GET /devices/mac/{mac}');
  expect(match('GET', '/devices/7/config')).toBe('GET /devices/{id}/config');
  expect(table('GET /a/b/c', 'GET /a/{x}/d')('GET', '/a/b/d')).toBe('GET /a/{x}/d');
});

test('a variable matches no empty segment', () => {
  expect(table('GET /things/{id}')('GET', '/things/')).toBeUndefined();
  expect(table('GET /things/{rest+}')('GET', '/things/')).toBeUndefined();
});

test('a route with the method beats ANY, even one with more fixed segments', () => {
  expect(table('ANY /a/b', 'GET /{rest+}')('GET', '/a/b')).toBe('GET /{rest+}');
});

test('routes of different methods may name their variables differently', () => {
  const match = routeTable([route('GET /things/{id}'), route('PUT /things/{name}')]);
  expect(match('PUT', '/things/7')?.pathParameters).toEqual({ name: '7' });
});

const segment = fc.constantFrom('a', 'b', '{x}', '{y}');
const routePath = fc
  .array(segment, { minLength: 1, maxLength: 4 })
  .map((segments) => segments.map((each, index) => (each.startsWith('{') ? `{v${index}}` : each)).join('/'));
const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 });

/** Segment by segment, fixed before variable: the pattern as a text in which fixed sorts first. */
const rank = (pattern: string): string =>
  pattern
    .split('/')
    .map((each) => (each.startsWith('{') ? '1' : '0'))
    .join('');
const fits = (pattern: string, segments: readonly string[]): boolean => {
  const parts = pattern.split('/');
  return (
    parts.length === segments.length && parts.every((part, index) => part.startsWith('{') || part === segments[index])
  );
};

test('of all matching routes, the one with the earlier fixed segments wins, and its variables rebuild the path', () => {
  fc.assert(
    fc.property(fc.uniqueArray(routePath, { minLength: 1, maxLength: 12 }), path, (patterns, segments) => {
      const expected = patterns
        .filter((pattern) => fits(pattern, segments))
        .sort((one, other) => rank(one).localeCompare(rank(other)))[0];
      const found = routeTable(patterns.map((pattern) => route(`GET /${pattern}`)))('GET', `/${segments.join('/')}`);
      expect(found?.route.key).toBe(expected === undefined ? undefined : `GET /${expected}`);
      const filled = expected?.replaceAll(/\{(\w+)\}/g, (_, name: string) => found?.pathParameters?.[name] ?? '?');
      expect(filled).toBe(expected === undefined ? undefined : segments.join('/'));
    }),
  );
});
