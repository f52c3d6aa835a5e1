import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flowLimits } from '../schema/call-flow.ts';
import { cut, fill, playedParts, promptLength, setVariables, valueOf } from './flow-text.ts';

test('variables are filled in, and unknown ones are empty', () => {
  expect(fill('a {{x}} {{ y }} {{header.x_id}} {{z}}', { x: '1', y: '2', 'header.x_id': '3' })).toBe('a 1 2 3 ');
});

test('a value is not filled in again', () => {
  expect(fill('{{x}}', { x: '{{y}}', y: 'secret' })).toBe('{{y}}');
});

test('names that every object inherits are no variables', () => {
  expect([valueOf({}, 'constructor'), fill('{{constructor}}', {})]).toEqual(['', '']);
});

test('a text is cut between characters', () => {
  expect(cut('ab😀', 3)).toBe('ab');
  expect(fill('{{x}}{{x}}', { x: 'y'.repeat(200) })).toHaveLength(flowLimits.variable);
});

test('variables have limits of size and number, and known ones change beyond it', () => {
  const full = setVariables(
    {},
    Array.from({ length: 100 }, (_item, index) => [`v${index}`, 'x'.repeat(1_000)]),
  );
  expect(Object.keys(full)).toHaveLength(flowLimits.variables);
  expect(full['v0']).toHaveLength(flowLimits.variable);
  expect(setVariables(full, [['v0', 'new']])['v0']).toBe('new');
});

test('digits are said one by one, and an empty text is left out', () => {
  const variables = { digits: '203', language: 'de' };
  const prompt = [{ file: 'file_1' }, { say: 'Code {{digits}}', as: 'digits' as const }, { say: '{{none}}' }];
  expect(playedParts(prompt, variables)).toEqual([
    { kind: 'file', file: 'file_1' },
    { kind: 'speech', text: 'Code 2 0 3', language: 'de', as: 'digits' },
  ]);
  expect(playedParts(undefined, variables)).toEqual([]);
});

test.each([
  ['date', '2026-12-24', 'de', '24. Dezember 2026'],
  ['date', '2026-12-24T23:30:00+01:00', 'en', 'December 24, 2026'],
  ['date', '24.12.', 'de', '24.12.'],
  ['date', '2026-13-24', 'en', '2026-13-24'],
  ['time', '14:05', 'de', '14:05'],
  ['time', '2026-12-24T23:30:00+01:00', 'de', '23:30'],
  ['time', 'soon', 'en', 'soon'],
  ['time', '14:05', 'no language', '14:05'],
  ['number', '1234.5', 'en', '1234.5'],
] as const)('as %s, %s is said in %s as %s', (as, value, language, said) => {
  expect(playedParts({ say: 'At {{value}}', as, language }, { value })).toMatchObject([{ text: `At ${said}` }]);
});

test('a text of any kind takes linear time', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('{', '}', ' ', 'a', '.', '_'), maxLength: 1_000 }), (text) => {
      expect(fill(text, { a: 'x' }).length).toBeLessThanOrEqual(flowLimits.variable);
    }),
  );
});

test('the length of a prompt is that of its texts', () => {
  expect([promptLength({ say: 'abc' }), promptLength([{ say: 'ab' }, { file: 'file_1' }, { say: 'c' }])]).toEqual([
    3, 3,
  ]);
});
