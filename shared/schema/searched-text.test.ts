import { expect, test } from 'vitest';
import { beginsWith, foldText } from './searched-text.ts';

test('case, accents and spaces around do not count', () => {
  expect(foldText('  Émilie ÅNGSTRÖM ')).toBe('emilie angstrom');
});

test.each([
  ['Émilie', 'emi', true],
  ['émilie', 'ÉM', true],
  ['Émilie', 'mil', false],
  ['Émilie', '', true],
])('%s begins with %s: %s', (value, prefix, begins) => {
  expect(beginsWith(value, prefix)).toBe(begins);
});
