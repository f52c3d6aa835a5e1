import { expect, test } from 'vitest';
import { emergencyNumbers } from './emergency-numbers.ts';

test.each([
  ['US', ['112', '911']],
  ['GB', ['112', '911', '999']],
  ['DE', ['112', '911', '110']],
  ['AT', ['112', '911', '122', '133', '144']],
  ['ZZ', ['112', '911']],
])('the emergency numbers of %s are %j', (country, numbers) => {
  expect([...emergencyNumbers(country)]).toEqual(numbers);
});
