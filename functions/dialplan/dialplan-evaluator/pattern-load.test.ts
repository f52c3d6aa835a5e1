import { expect, test } from 'vitest';
import { patternLoad, policyLoad, ruleTooLarge } from './pattern-load.ts';

/** Looked for alone, of the largest that are accepted. */
const nested = '(?:(?:[0-5]?[1-6]?[0-9]?[1-8]?[1-7]?){30}){30}[#*]';
const usual = '^1(800|888|877)[0-9]{7}$';

test('10,000 usual patterns are less than a third of what a plan may have', () => {
  expect(10_000 * patternLoad(usual)).toBeLessThan(300_000);
});

test('nested repetitions weigh so much that only a few of them are in a plan', () => {
  expect(patternLoad(nested)).toBeGreaterThan(90_000);
});

test('what takes no part weighs nothing', () => {
  const conditions = { pattern: usual };
  expect(policyLoad({ status: 'draft', conditions })).toBe(0);
  expect(policyLoad({ status: 'active', conditions })).toBe(patternLoad(usual));
});

test('the rule of a template is told with which its patterns become too large together', () => {
  expect(ruleTooLarge([nested, usual, nested, nested])).toBe(3);
  expect(ruleTooLarge(Array.from({ length: 500 }, () => usual))).toBeNull();
});
