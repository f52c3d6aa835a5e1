import { expect, test } from 'vitest';
import { emergencyNumbers } from './emergency-numbers.ts';
import { isEmergencyNumber } from './emergency-spellings.ts';
import { helpDialed } from './help-dialed.ts';

const america = { country: 'US', numbers: { strip: ['9'] } };

test.each([
  ['911', '911'],
  ['9911', '911'],
  ['+911', '911'],
  ['+1911', '911'],
  ['9+1911', '911'],
  ['011911', '911'],
  ['001911', '911'],
  ['99112', '112'],
])('an American caller that dials %s calls %s', (dialed, number) => {
  expect(helpDialed(dialed, america)).toBe(number);
});

test.each(['9', '8911', '1911', '91', '9110', '+19115550100', '+49911', '4911', ''])(
  'an American caller that dials %j calls no emergency number',
  (dialed) => expect(helpDialed(dialed, america)).toBeUndefined(),
);

test('an access code is none without the setting, and an emergency number may begin with one', () => {
  expect(helpDialed('9911', { country: 'US' })).toBeUndefined();
  expect(helpDialed('999', { country: 'GB', numbers: { strip: ['9'] } })).toBe('999');
});

test('a prefix of the organization is one of international numbers', () => {
  const numbers = { international_prefixes: ['0011'] };
  expect(helpDialed('0011000', { country: 'AU', numbers })).toBe('000');
  expect(helpDialed('001161000', { country: 'AU', numbers })).toBe('000');
});

test('each spelling is one that an extension, a forward and a code may not be', () => {
  const spellings = ['', '9', '+', '+1', '00', '011', '00911', '9+'].flatMap((prefix) =>
    [...emergencyNumbers('US')].map((number) => `${prefix}${number}`),
  );
  const called = spellings.filter((spelling) => helpDialed(spelling, america) !== undefined);
  expect(called.length).toBeGreaterThan(emergencyNumbers('US').size * 6);
  expect(called.filter((spelling) => !isEmergencyNumber(spelling, america))).toEqual([]);
});
