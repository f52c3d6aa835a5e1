import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { emergencyNumbers } from './emergency-numbers.ts';
import { isEmergencyNumber } from './emergency-spellings.ts';

const sweden = { country: 'SE' };

test.each(
  [
    ['911', '112', '+911', '+112', '+1911', '+1-911', '011911', '0111911', '00112', '0046112', '+46112', '+44999'],
    ['9-1-1', ' 9 1 1 ', '911;phone-context=+1', 'tel:911', 'sip:112@pbx.example.com', '%2B1911', '+1 (911)'],
    ['+358 0 112', '+358 (0)112', '00358 (0)\u2011112', '+\u0661\u0661\u0662'],
  ].flat(),
)('%s is an emergency number', (text) => {
  expect(isEmergencyNumber(text, sweden)).toBe(true);
});

test('the numbers, prefixes and access codes of the organization count', () => {
  expect([isEmergencyNumber('17', sweden), isEmergencyNumber('17', { country: 'FR' })]).toEqual([false, true]);
  expect([isEmergencyNumber('0011000', { country: 'AU' }), isEmergencyNumber('010110', { country: 'JP' })]).toEqual([
    true,
    true,
  ]);
  const numbers = { strip: ['9', '#'], international_prefixes: ['810'] };
  for (const text of ['9911', '9#911', '99112', '810112', '99+1911'])
    expect([isEmergencyNumber(text, sweden), isEmergencyNumber(text, { ...sweden, numbers })]).toEqual([false, true]);
});

test.each(['201', '1911', '0110', '+46701234567', '+12025550112', '0701234911', '*97', '', '+', '00', 'ann'])(
  '%j is none',
  (text) => expect(isEmergencyNumber(text, sweden)).toBe(false),
);

test('no spelling of an emergency number is missed', () => {
  fc.assert(
    fc.property(
      fc.record({
        country: fc.constantFrom('SE', 'US', 'GB', 'FR', 'DE', 'AU', 'JP', 'OM'),
        at: fc.nat(),
        prefix: fc.constantFrom('', '+', '00', '011', '+1', '001', '0111'),
        code: fc.constantFrom('', '9', '99'),
        between: fc.constantFrom('', '-', '.', ' '),
        beside: fc.constantFrom('', ';ext=1', ';npdi;rn=+46701234567'),
      }),
      ({ country, at, prefix, code, between, beside }) => {
        const all = [...emergencyNumbers(/1$/.test(prefix) && prefix !== '011' ? 'US' : country)];
        const number = all[at % all.length] ?? '';
        const spelled = `${code}${prefix}${Array.from(number).join(between)}${beside}`;
        expect(isEmergencyNumber(spelled, { country, numbers: { strip: ['9'] } })).toBe(true);
      },
    ),
  );
});

test('a number of a subscriber is none', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\+[1-9][0-9]{8,14}$/), fc.constantFrom('SE', 'US', 'FR'), (number, country) => {
      expect(isEmergencyNumber(number, { country })).toBe(false);
    }),
  );
});
