import * as z from 'zod';
import { expect, test } from 'vitest';
import { gatewaysNamedIn, newTemplate, nextTemplate, TemplateFields, versionText } from './dialplan-template.ts';

const brokenAt = (over: object): string[] =>
  TemplateFields.safeParse({ name: 'Office', ...over }).error?.issues.map((issue) => issue.path.join('.')) ?? [];
const rule = { priority: 1, pattern: '^9', action: 'bridge', destination: 'user/$0' };

test('only the name is required', () => {
  expect(TemplateFields.parse({ name: ' Office ' })).toEqual({
    name: 'Office',
    rules: [],
    variables: {},
    policies: [],
  });
  expect(brokenAt({ name: 'x'.repeat(129) })).toEqual(['name']);
});

test('there are at most 500 rules, 100 variables and 1,000 policies', () => {
  const variables = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_item, index) => [`v${index}`, index]));
  const policies = (count: number) => Array.from({ length: count }, (_item, index) => `pol_${index}`);
  expect(brokenAt({ rules: Array(500).fill(rule), variables: variables(100), policies: policies(1_000) })).toEqual([]);
  expect(brokenAt({ rules: Array(501).fill(rule), variables: variables(101), policies: policies(1_001) })).toEqual([
    'rules',
    'variables',
    'policies',
  ]);
});

test('a rule has a known action, a destination of at most 512 characters and a priority from 0 to 1,000,000', () => {
  expect(brokenAt({ rules: [{ ...rule, action: 'dance', destination: 'x'.repeat(513), priority: -1 }] })).toEqual([
    'rules.0.priority',
    'rules.0.action',
    'rules.0.destination',
  ]);
});

test('variables are scalars under plain names', () => {
  expect(brokenAt({ variables: { domain: 'sip.example.com', default_timeout: 30, record: true } })).toEqual([]);
  expect(brokenAt({ variables: { list: [] } })).toEqual(['variables.list']);
  expect(brokenAt({ variables: { 'a b': 1 } })).toEqual(['variables.a b']);
  expect(brokenAt({ variables: { _hidden: 1 } })).toEqual(['variables._hidden']);
});

test('replacing a template makes its next version and keeps its id', () => {
  const fields = TemplateFields.parse({ name: 'Office' });
  const first = newTemplate(fields, 'tpl_1', '2026-01-01T00:00:00Z');
  expect(first.version).toBe(1);
  expect(nextTemplate({ ...first, version: 9 }, { ...fields, name: 'Shop' }, '2026-01-02T00:00:00Z')).toEqual({
    ...first,
    name: 'Shop',
    version: 10,
    updated_at: '2026-01-02T00:00:00Z',
  });
});

test('the first version is answered as 1.0, and the minor number goes up', () => {
  expect([1, 2, 11].map(versionText)).toEqual(['1.0', '1.1', '1.10']);
});

test('a variable is a number that survives being stored', () => {
  for (const value of [0, -0.5, 1e-9, 9_007_199_254_740_991]) expect(brokenAt({ variables: { n: value } })).toEqual([]);
  for (const value of [1e16, -1e300, 1e-200]) expect(brokenAt({ variables: { n: value } })).toEqual(['variables.n']);
});

test('the schema can be written into an OpenAPI document', () => {
  expect(() => z.toJSONSchema(TemplateFields, { io: 'input' })).not.toThrow();
});

const namesIn = (
  destinations: readonly string[],
  variables: Record<string, string> = {},
  set: readonly string[] = [],
) =>
  gatewaysNamedIn({
    rules: [
      ...set.map((destination) => ({ priority: 1, pattern: '1', action: 'set' as const, destination })),
      ...destinations.map((destination) => ({ priority: 2, pattern: '1', action: 'bridge' as const, destination })),
    ],
    variables,
  });

test('a template names each gateway of its dial strings once, with alternatives', () => {
  expect(
    namesIn(['sofia/gateway/a/$1', 'sofia/gateway/b.c/$1|sofia/gateway/d/$1', 'user/$1@x', 'sofia/gateway/a/2']),
  ).toEqual(['a', 'b.c', 'd']);
});

test('a variable stands for each value that the template gives it', () => {
  expect(namesIn([`sofia/gateway/\${way}/$0`], { way: 'main' }, ['way = other', 'path=none'])).toEqual([
    'main',
    'other',
  ]);
});

test('text that cannot be a gateway is not named', () => {
  expect(namesIn([`sofia/gateway/\${unknown}/$0`, 'sofia/gateway/$1/$2', 'sofia/gateway//1'])).toEqual([]);
});
