import { expect, test } from 'vitest';
import { countryOf, isBrokenNumber, isImpossibleNumber, possibleNumbers, readNumber } from './dialed-number.ts';
import type { NumberFormat } from './number-format.ts';

const us = { country: 'US' };

test.each([
  ['+14155550123', 'US', '+14155550123'],
  ['+1 (415) 555-0123', 'US', '+14155550123'],
  ['4155550123', 'US', '+14155550123'],
  ['14155550123', 'US', '+14155550123'],
  ['011442079460000', 'US', '+442079460000'],
  ['00442079460000', 'US', '+442079460000'],
  ['442079460000', 'US', '+442079460000'],
  ['020 7946 0000', 'GB', '+442079460000'],
  ['0011442079460000', 'AU', '+442079460000'],
  ['0800 1234567', 'DE', '+498001234567'],
  ['+99912345678', 'US', '+99912345678'],
])('%s, dialed in %s, is %s', (number, country, expected) => {
  expect(readNumber(number, { country })).toBe(expected);
});

test.each([
  'anonymous',
  'reception',
  'alice4155550123',
  '1001',
  '911',
  '*67',
  '+0123456789',
  '+1234567890123456',
  '++442079460000',
  '9011442079460000',
  '00',
  '+',
  '',
])('%j is not a number in the US', (number) => {
  expect(readNumber(number, us)).toBeNull();
});

test.each([
  ['sip:+12135550100@x', '+12135550100'],
  ['SIPS:2135550100:secret@192.0.2.1:5061;transport=tls', '+12135550100'],
  ['sip:2135550100;phone-context=+1@x;user=phone', '+12135550100'],
  ['sip:%2B442079460000@x', '+442079460000'],
  ['tel:+1-213-555-0100', '+12135550100'],
  ['tel:2135550100;phone-context=+1', '+12135550100'],
  ['sip:reception@2135550100', null],
  ['sip:2135550100', null],
  ['mailto:2135550100@x', null],
])('the number of the URI %s is %s', (uri, expected) => {
  expect(readNumber(uri, us)).toBe(expected);
});

test('an extension is not a national number, even where national numbers are short', () => {
  expect(readNumber('100', { country: 'DE' })).toBeNull();
});

test('only international numbers are read if the country is unknown', () => {
  const unknown = { country: 'XX' };
  expect(readNumber('4155550123', unknown)).toBeNull();
  expect(['+14155550123', '0014155550123', '14155550123'].map((number) => readNumber(number, unknown))).toEqual([
    '+14155550123',
    '+14155550123',
    '+14155550123',
  ]);
});

test.each<[string, NumberFormat, string | null]>([
  ['9011442079460000', { strip: ['9'] }, '+442079460000'],
  ['94155550123', { strip: ['9'] }, '+14155550123'],
  // It is a number of India, too.
  ['914155550123', { strip: ['9'] }, '+14155550123'],
  ['914155550123', {}, '+914155550123'],
  // Nothing else is a number behind the code.
  ['919876543210', { strip: ['9'] }, '+919876543210'],
  ['9442079460000', { strip: ['9'] }, '+442079460000'],
  ['sip:9011442079460000@x', { strip: ['9'] }, '+442079460000'],
  // What is a number already keeps its first digits.
  ['9195550123', { strip: ['9'] }, '+19195550123'],
  // The order begins again, with the other codes.
  ['*319011442079460000', { strip: ['9', '*31'] }, '+442079460000'],
  ['8011442079460000', { strip: ['9'] }, null],
  ['442079460000', { e164_without_plus: false }, null],
  ['00442079460000', { international_prefixes: ['011'], e164_without_plus: false }, null],
  ['810442079460000', { international_prefixes: ['810', '8'] }, '+442079460000'],
  ['02079460000', { country: 'GB' }, '+442079460000'],
  ['77702079460000', { country: 'GB', national_prefix: '7770' }, '+442079460000'],
  ['02079460000', { country: 'GB', national_prefix: '7770' }, '+442079460000'],
])('%s is read by the format %j as %s', (number, numbers, expected) => {
  expect(readNumber(number, { ...us, numbers })).toBe(expected);
});

test.each([
  ['469012345678', {}],
  ['09012345678', {}],
  ['80469012345678', { strip: ['80'] }],
] as const)('%s may be +469012345678, which numbering plans do not know', (text, numbers) => {
  const origin = { country: 'SE', numbers: numbers as NumberFormat };
  expect(readNumber(text, origin)).toBeNull();
  expect(possibleNumbers(text, origin)).toContain('+469012345678');
});

test.each([
  ['00469012345678', 'SE', {}, '+469012345678'],
  ['99469012345678', 'SE', { international_prefixes: ['99'] }, '+469012345678'],
  ['011469012345678', 'US', {}, '+469012345678'],
  ['0112025550142', 'US', {}, '+2025550142'],
  // Too short for a number of Sweden, and a national number.
  ['0046123', 'SE', {}, null],
  ['0312345678', 'SE', { strip: ['0'] }, '+46312345678'],
] as const)(
  '%s in %s, by the format %j, is %s, as it is as long as a number abroad',
  (text, country, numbers, expected) => {
    expect(readNumber(text, { country, numbers: numbers as NumberFormat })).toBe(expected);
  },
);

test.each([
  ['+44 (0)7400 123456', '+447400123456'],
  ['+4407400123456', '+447400123456'],
  ['(+44)(0)20 7946 0018', '+442079460018'],
  ['0044 (0)20 7946 0018', '+442079460018'],
  ['+44-0-20-7946-0018', '+442079460018'],
  ['+49 (0)30 123456', '+4930123456'],
  ['+7 (8) 495 1234567', '+74951234567'],
  // Of Saint Petersburg, without a prefix.
  ['+7 812 123 45 67', '+78121234567'],
  ['+1 (1) 202 555 0142', '+12025550142'],
  ['+1 (202) 555-0142', '+12025550142'],
  ['+36 (06) 1 234 5678', '+3612345678'],
  ['+370 (8) 5 212 3456', '+37052123456'],
  // A zero of Italy is part of the number.
  ['+39 (0)6 69812345', '+390669812345'],
  // As long as no number of the country is.
  ['+44 (0)7400 12', null],
])('of %s, a trunk prefix is no part: %s', (written, expected) => {
  expect(readNumber(written, us)).toBe(expected);
});

test.each([
  ['+1\u2011202\u2013555\u20110142', '+12025550142'],
  ['\u202a+1 202 555 0142\u202c', '+12025550142'],
  ['+1\u00a0202\u2009555\u200b0142', '+12025550142'],
  ['\uff0b\u0661\u0662\u0660\u0662\u0665\u0665\u0665\u0660\u0661\u0664\u0662', '+12025550142'],
])('%j is %s: characters of other scripts, and those that only format', (written, expected) => {
  expect(readNumber(written, us)).toBe(expected);
});

test('what a carrier puts a plus before is read as dialed in its country, and dialed by no one', () => {
  const read = ['+0012025550142', '+01112025550142', '+02025550142'].map((text) => readNumber(text, us));
  expect(read).toEqual(['+12025550142', '+12025550142', null]);
  expect(readNumber('+02079460000', { country: 'GB' })).toBe('+442079460000');
  for (const text of ['+0012025550142', '+02025550142', '+0']) expect(isBrokenNumber(text, us)).toBe(true);
});

test('a number that numbering plans know is no other one, and extensions and names are none', () => {
  expect(possibleNumbers('4690510000', { country: 'SE' })).toEqual(['+4690510000']);
  for (const text of ['204', '911', '112233', 'alice', '*97', '+46123'])
    expect(possibleNumbers(text, { country: 'SE' })).toEqual(text === '+46123' ? ['+46123'] : []);
  expect(possibleNumbers('469012345678', { country: 'SE', numbers: { e164_without_plus: false } })).not.toContain(
    '+469012345678',
  );
});

test.each([
  ['+46101234567', 'SE'],
  ['+14165550100', 'CA'],
  ['+881612345678', undefined],
  ['201', undefined],
  ['', undefined],
])('%s is of country %s', (number, country) => {
  expect(countryOf(number)).toBe(country);
});

const sweden = { country: 'SE', numbers: { strip: ['9'] } };

test.each([
  ...['+4670123456#', '+4670x', '+46701+46702', '*31#+1+2', '1'.repeat(65)],
  ...['0701234567#', '0701234567#12', '0701234567*1', '0701234567x12', '0701234567ext12', '46701234567#'],
  ...['0046701234567#1', '90701234567#', '80701234567#12', '0701234567ann'],
])('%j is no number, and no part of it is one', (dialed) => {
  expect([isBrokenNumber(dialed, sweden), readNumber(dialed, sweden)]).toEqual([true, null]);
});

test.each([
  ...['+46701234567', '0701234567', '*97', '00#12', '1234#0044', 'ann', 'ann x', '+', ''],
  ...[
    '*21*0701234567#',
    '#31#0701234567',
    '202#1',
    '202*',
    '112#',
    '0701234567@example.com',
    '30123456-a1',
    '1234567ann',
    '123456#1',
  ],
])('%j is a number, or does not begin as one', (dialed) => {
  expect(isBrokenNumber(dialed, sweden)).toBe(false);
});

test('a number with blanks is dialed by no one, and read where people write it', () => {
  expect([isBrokenNumber('0701 234567', sweden), readNumber('0701 234567', sweden)]).toEqual([true, '+46701234567']);
});

test('digits of any script are read', () => {
  expect(readNumber('０７０１２３４５６７', sweden)).toBe('+46701234567');
});

test.each([
  // Longer or shorter than numbers of the country.
  ['+1234567890123456', 'US', {}],
  ['0044123', 'US', {}],
  ['00442079460000123456', 'US', {}],
  ['01144207946000012', 'US', {}],
  ['9011442079460000123', 'US', { strip: ['9'] }],
  ['99442079460000123', 'US', { international_prefixes: ['99'] }],
  // A number with digits behind it.
  ['14155550123999', 'US', {}],
  ['4155550123999', 'US', {}],
  ['0207946000012345', 'GB', {}],
  ['8104420794600001', 'RU', {}],
] as const)(
  '%s in %s, by the format %j, is impossible: a carrier may connect a part of it',
  (text, country, numbers) => {
    expect(isImpossibleNumber(text, { country, numbers: numbers as NumberFormat })).toBe(true);
  },
);

test.each([
  ...[
    '14155550123',
    '00442079460000',
    '+99912345678',
    '911',
    '1001',
    '*67',
    '118118',
    '0044',
    'reception',
    '',
    '#14155550123',
  ],
  // On the network of a PBX, and of an area that numbering plans do not know.
  ...['80001234', '1234567'],
])('%j is no impossible number', (text) => {
  expect(isImpossibleNumber(text, us)).toBe(false);
});
