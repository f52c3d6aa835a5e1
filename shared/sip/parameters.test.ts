import { expect, test } from 'vitest';
import { Fault } from './fault.ts';
import { maxParameters, type Parameters, parseParameters } from './parameters.ts';

const parsed = (text: string): Parameters => {
  const parameters = parseParameters(text, 0);
  if (parameters instanceof Fault) throw new Error(parameters.reason);
  return parameters;
};

test('names are lower case, values keep their quotes in print and lose them in reading', () => {
  const parameters = parsed(' ; Q = 0.5;name="a\\";b" ;lr');
  expect(parameters.toString()).toBe(';q=0.5;name="a\\";b";lr');
  expect(['q', 'name', 'lr', 'none'].map((name) => parameters.get(name))).toEqual(['0.5', 'a";b', '', undefined]);
});

test('of a repeated parameter the first one counts', () => {
  expect(parsed(';a=1;a=2').get('a')).toBe('1');
});

test('a value may contain the characters of base64', () => {
  expect(parsed(';x=ab/c+d==').get('x')).toBe('ab/c+d==');
});

test.each([';', ';=x', ';a b', ';a="b', ';a=<b>', 'a'])('%j is a fault', (text) => {
  expect(parseParameters(text, 0)).toEqual(new Fault('Malformed parameters'));
});

test('a value has 64 parameters at most', () => {
  expect(maxParameters).toBe(64);
  expect([...parsed(';a'.repeat(64))]).toHaveLength(64);
  expect(parseParameters(';a'.repeat(65), 0)).toBeInstanceOf(Fault);
});

test('a parameter is replaced in place or added at the end, and the original stays as it was', () => {
  const original = parsed(';a=1;b');
  expect([original.with('a', '2').toString(), original.with('c', null).toString(), original.toString()]).toEqual([
    ';a=2;b',
    ';a=1;b;c',
    ';a=1;b',
  ]);
});
