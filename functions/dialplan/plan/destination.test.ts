import { expect, test } from 'vitest';
import {
  gatewayDestination,
  gatewayIn,
  parseAssignment,
  parseDestination,
  renderDestination,
  unknownReferences,
} from './destination.ts';

const render = (text: string, captures: readonly string[], variables: Readonly<Record<string, string>> = {}): string =>
  renderDestination(parseDestination(text), captures, new Map(Object.entries(variables)));

test.each([
  ['user/$1@x', 'user/201@x'],
  ['$0-$1', '9201-201'],
  ['$10', '2010'],
  [`\${domain}/$1`, 'example.com/201'],
  [`$x $ \${`, `$x $ \${`],
  ['', ''],
])('%s is rendered as %s', (text, expected) => {
  expect(render(text, ['9201', '201'], { domain: 'example.com' })).toBe(expected);
});

test('inserted text is not expanded again, and an unset variable is empty', () => {
  expect(render(`\${a}|\${b}|$1`, ['', `\${a}`], { a: '$1' })).toBe(`$1||\${a}`);
});

test('captures and variables that a rule does not have are unknown', () => {
  const unknown = (text: string, groups: number) =>
    unknownReferences(parseDestination(text), groups, (name) => name === 'a');
  expect(unknown(`$0$1\${a}`, 1)).toEqual([]);
  expect(unknown(`$2\${b}`, 1)).toEqual([
    '$2 is not captured by the pattern',
    `\${b} is not a variable of the template`,
  ]);
});

test.each([
  ['name=value', 'name'],
  [' name = value ', 'name'],
  ['name=', 'name'],
  ['name', null],
  ['=value', null],
  ['1name=value', null],
])('the variable of %j is %j', (text, name) => {
  expect(parseAssignment(text)?.name ?? null).toBe(name);
});

test('the gateway of a dial string is found, but not in alternatives or other strings', () => {
  expect(gatewayIn(gatewayDestination('pstn-1', '911'))).toBe('pstn-1');
  for (const text of ['sofia/gateway/a/1|sofia/gateway/b/1', 'sofia/gateway//1', 'user/1', 'sofia/gateway/a b/1'])
    expect(gatewayIn(text)).toBeNull();
});
