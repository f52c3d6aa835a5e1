import { expect, test } from 'vitest';
import { countryName, flagOf } from './flags.ts';

test('a country has its flag and its name, and what is no country has none', () => {
  expect([flagOf('SE'), countryName('SE')]).toEqual(['🇸🇪', 'Sweden']);
  expect([flagOf(''), flagOf('sweden'), countryName('sweden')]).toEqual(['', '', 'sweden']);
});
