import { expect, test } from 'vitest';
import { messageOf, problemsOf, within } from './field-problems.ts';

test('a violation is that of its field, wherever it is', () => {
  const problems = problemsOf([
    { path: 'when[0].to', message: 'is no step' },
    { path: 'when', message: 'has too many' },
    { path: '', message: 'needs a name' },
  ]);
  const [rows, row] = [within(problems, 'when'), within(within(problems, 'when'), 0)];
  expect(rows.map(({ path }) => path)).toEqual([['0', 'to'], []]);
  expect(messageOf(within(row, 'to'))).toBe('is no step');
  expect(messageOf(problems.filter(({ path }) => path.length === 0))).toBe('needs a name');
  expect(messageOf(within(problems, 'else'))).toBeNull();
});
