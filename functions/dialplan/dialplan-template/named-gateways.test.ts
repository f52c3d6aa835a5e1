import { expect, test } from 'vitest';
import { gatewaysNamedIn } from './named-gateways.ts';

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
