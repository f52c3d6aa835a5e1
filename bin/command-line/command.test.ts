import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { command, CommandError, troubleOf, UsageError } from './command.ts';

const tool = command({
  name: 'toy',
  purpose: 'Paints toys.',
  arguments: {
    toy: z.enum(['car', 'train']).describe('what is painted'),
    colour: z.array(z.string()).default([]).describe('its colours'),
  },
  options: {
    coats: z.string().regex(/^\d+$/, 'must be a number').transform(Number).optional().describe('how often'),
    shop: z.array(z.string()).default([]),
    fast: z.boolean().default(false),
  },
});
const plain = command({ name: 'plain', purpose: 'Works.', arguments: { file: z.string() } });

describe('arguments', () => {
  test('positional ones come by their names, a list takes all that remain, and options are parsed', () => {
    const given = ['train', 'red', 'blue', '--coats', '2', '--shop', 'a', '--shop', 'b', '--fast'];
    expect(tool.read(given)).toEqual({ toy: 'train', colour: ['red', 'blue'], coats: 2, shop: ['a', 'b'], fast: true });
    expect(tool.read(['car'])).toEqual({ toy: 'car', colour: [], shop: [], fast: false });
    expect(plain.read(['-'])).toEqual({ file: '-' });
  });

  test.for([
    [[], '<toy> is missing'],
    [['boat'], '<toy>: '],
    [['car', '--coats', 'two'], '--coats: must be a number'],
    [['car', '--slow'], "Unknown option '--slow'"],
    [['car', '--coats'], '--coats'],
    [['car', '--fast=yes'], '--fast'],
  ] as const)('%j is a wrong use, which names the argument', ([given, message]) => {
    expect(() => tool.read(given)).toThrow(UsageError);
    expect(() => tool.read(given)).toThrow(message);
  });

  test('one too many is named', () => {
    expect(() => plain.read(['a', 'b'])).toThrow('b is one argument too many');
  });

  test('any list of words is read or is a wrong use', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('car', '--fast', '--coats', '--', '-'))), (given) => {
        try {
          expect(tool.read(given).toy).toMatch(/^(car|train)$/);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });
});

test('the help names every argument with its meaning, and which can be left out', () => {
  expect(tool.usage).toBe('Usage: npm run toy -- <toy> [<colour> …] [--coats <value>] [--shop <value>] … [--fast]');
  expect(tool.help.split('\n').slice(0, 7)).toEqual([
    tool.usage,
    '',
    'Paints toys.',
    '',
    '  <toy>               what is painted',
    '  [<colour> …]        its colours',
    '  [--coats <value>]   how often',
  ]);
  expect(plain.usage).toBe('Usage: npm run plain -- <file>');
});

test('a fault of the surroundings is one sentence, a defect has none', () => {
  const named = (name: string, message: string, more: object = {}) =>
    Object.assign(new Error(message), { name, ...more });
  const troubles = [
    new CommandError('is not there'),
    named('CredentialsProviderError', 'Could not load credentials from any providers'),
    named('Error', 'Region is missing'),
    named('QueueDoesNotExist', 'No queue', { $fault: 'client' }),
    named('Error', "ENOENT: no such file or directory, open 'x'", { code: 'ENOENT', syscall: 'open' }),
    Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }),
    new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND nowhere') }),
  ].map(troubleOf);
  expect(troubles).toEqual([
    'is not there',
    expect.stringContaining('AWS_PROFILE'),
    expect.stringContaining('AWS_REGION'),
    'QueueDoesNotExist: No queue',
    "ENOENT: no such file or directory, open 'x'",
    'ECONNREFUSED',
    expect.stringContaining('ENOTFOUND'),
  ]);
  expect(troubles.every((text) => text !== undefined && !text.includes('\n'))).toBe(true);
  expect(troubleOf(new TypeError('x is not a function'))).toBeUndefined();
});
