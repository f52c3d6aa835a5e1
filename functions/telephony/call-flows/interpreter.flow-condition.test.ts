import { expect, test } from 'vitest';
import { holds } from './interpreter.ts';

const of = (condition: object, value: string) => holds({ variable: 'x', to: 'there', ...condition }, { x: value });

test.each([
  [{ equals: 'a' }, 'a', true],
  [{ equals: 'a' }, 'A', false],
  [{ equals: '' }, '', true],
  [{ prefix: '+49' }, '+4930', true],
  [{ prefix: '+49' }, '+430', false],
  [{ in: ['1', '2'] }, '2', true],
  [{ in: ['1', '2'] }, '12', false],
  [{ matches: '^[0-9]{3}$' }, '203', true],
  [{ matches: '^[0-9]{3}$' }, '2034', false],
  [{ between: [1, 5] }, '5', true],
  [{ between: [1, 5] }, '6', false],
  [{ between: [1, 5] }, '', false],
  [{ between: [1, 5] }, '3.5', false],
  [{ between: [-5, 5] }, '-5', true],
] as const)('%j of %o: %s', (condition, value, expected) => {
  expect(of(condition, value)).toBe(expected);
});

test('a variable that is not set is empty', () => {
  expect(holds({ variable: 'constructor', equals: '', to: 'there' }, {})).toBe(true);
});

test('a pattern that stops backtracking engines takes linear time', () => {
  const before = process.threadCpuUsage();
  expect(of({ matches: '(1*)*(1*)*2$' }, '1'.repeat(256))).toBe(false);
  expect(process.threadCpuUsage(before).user).toBeLessThan(1_000_000);
});
