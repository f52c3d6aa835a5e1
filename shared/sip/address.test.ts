import fc from 'fast-check';
import { expect, test } from 'vitest';
import { address, type Address, parseAddress, printAddress } from './address.ts';
import { Fault } from './fault.ts';
import { Parameters } from './parameters.ts';
import { sipUri } from './uri.ts';

test.each([
  ['sip:a@b;tag=1', '<sip:a@b>;tag=1'],
  ['<sip:a@b;lr>;tag=1', '<sip:a@b;lr>;tag=1'],
  ['A B <sip:a@b>', '"A B" <sip:a@b>'],
  ['"a\\"b" <sip:a@b>', '"a\\"b" <sip:a@b>'],
  ['J\u00fcrgen <sip:a@b>', '"J\u00fcrgen" <sip:a@b>'],
  ['Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8', '"Anonymous" <sip:c8oqz84zk7z@privacy.org>;tag=hyh8'],
  ['<tel:+1>;TAG=x', '<tel:+1>;tag=x'],
  ['"" <sip:a@b>', '"" <sip:a@b>'],
])('%s is read', (text, printed) => {
  const value = parseAddress(text);
  expect(value instanceof Fault ? value.reason : printAddress(value)).toBe(printed);
});

test.each([
  '',
  '<>',
  '<sip:a@b',
  'sip:a@b>',
  '"a <sip:a@b>',
  '"a" x <sip:a@b>',
  'a, b <sip:a@b>',
  '<sip:a@b> x',
  '<sip:a@b>;',
  '<sip:a@b>;=x',
  'sip:a@b?x=y',
  'sip:a@b,c',
])('%j is a fault', (text) => {
  expect(parseAddress(text)).toBeInstanceOf(Fault);
});

test('an address with any display name and parameters is read as it was printed', () => {
  const token = fc.stringMatching(/^[a-z0-9\-.!%*_+`'~]{1,12}$/);
  const display = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !/[\r\n]/.test(text));
  const value = fc.oneof(fc.constant(null), token);
  fc.assert(
    fc.property(
      display,
      fc.uniqueArray(fc.tuple(token, value), { selector: ([name]) => name, maxLength: 5 }),
      (name, parameters) => {
        const made: Address = address(
          sipUri({ user: 'u', host: 'example.com', port: 5060 }),
          new Parameters(parameters),
          name,
        );
        expect(parseAddress(printAddress(made))).toEqual(made);
      },
    ),
  );
});
