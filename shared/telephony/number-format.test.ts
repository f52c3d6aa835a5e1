import { expect, test } from 'vitest';
import { numberOriginOf, originOfCall, writtenForms } from './number-format.ts';

const numbers = {
  country: 'SE',
  strip: ['0'],
  national_prefix: '7',
  sources: { pbx: { strip: ['8'], country: 'DE' } },
};

test('the numbers of an organization have its country, and its format if it has one', () => {
  expect(numberOriginOf({ country: 'US', settings: {} })).toEqual({ country: 'US' });
  expect(numberOriginOf({ country: 'US', settings: { numbers } })).toEqual({ country: 'US', numbers });
});

test.each([
  ['of the organization', {}, { country: 'SE', strip: ['0'], national_prefix: '7' }],
  ['of the producer first', { source: 'pbx' }, { country: 'DE', strip: ['8'], national_prefix: '7' }],
  ['of the trunk before all', { source: 'pbx', trunk: { strip: ['9'] } }, { country: 'DE', strip: ['9'] }],
  ['of the organization if the trunk has none', { trunk: null }, { country: 'SE', strip: ['0'] }],
  ['of the organization if the producer has none', { source: 'toString' }, { country: 'SE', strip: ['0'] }],
])('each field of a format is that %s', (_whose, of, format) => {
  expect(originOfCall({ country: 'US', numbers }, of)).toMatchObject({ country: 'US', numbers: format });
});

test('a format names the forms that it reads', () => {
  expect(writtenForms({ country: 'SE' })).toBe(
    'E.164 with plus; 00 and the country code; national of SE; E.164 without plus',
  );
  expect(
    writtenForms({
      country: 'US',
      numbers: { international_prefixes: ['011'], national_prefix: '1', strip: ['9'], e164_without_plus: false },
    }),
  ).toBe('E.164 with plus; 011 and the country code; national of US after 1; each after 9');
});
