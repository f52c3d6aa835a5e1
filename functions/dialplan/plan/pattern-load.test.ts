import { expect, test } from 'vitest';
import { patternLoad, policyLoad, findOversizedRule } from './pattern-load.ts';

/** A single pattern, one of the largest that are accepted. */
const nested = '(?:(?:[0-5]?[1-6]?[0-9]?[1-8]?[1-7]?){30}){30}[#*]';
const ordinary = '^1(800|888|877)[0-9]{7}$';

test('10,000 ordinary patterns are less than a third of the load of a plan', () => {
  expect(10_000 * patternLoad(ordinary)).toBeLessThan(300_000);
});

test('nested repetitions are so heavy that a plan has room for a few', () => {
  expect(patternLoad(nested)).toBeGreaterThan(90_000);
});

test('a policy that is not active has no load', () => {
  const conditions = { pattern: ordinary };
  expect(policyLoad({ status: 'draft', conditions })).toBe(0);
  expect(policyLoad({ status: 'active', conditions })).toBe(patternLoad(ordinary));
});

test('the first rule beyond the load of a template is found', () => {
  expect(findOversizedRule([nested, ordinary, nested, nested])).toBe(3);
  expect(findOversizedRule(Array.from({ length: 500 }, () => ordinary))).toBeNull();
});
