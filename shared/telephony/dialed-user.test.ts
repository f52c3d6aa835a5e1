import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeUser } from '../sip/uri.ts';
import { dialedUser, portabilityIn, readDialed } from './dialed-user.ts';

describe('what is dialed', () => {
  test.each([
    ['+33970000001;npdi;rn=+33600000001', '+33970000001'],
    ['+33970000001;tgrp=sales;trunk-context=pbx.example.com', '+33970000001'],
    ['+33970000001;isub=12;ext=4', '+33970000001'],
    ['%2B33-9-70.00(00)01', '+33970000001'],
    ['0970000001;phone-context=+33', '+33970000001'],
    ['0970000001;Phone-Context=%2B33', '+33970000001'],
    ['5550100;phone-context=+1-213', '+12135550100'],
    ['0612345678;phone-context=+39', '+390612345678'],
    ['202;phone-context=+999', '202'],
    ['0970000001;phone-context=pbx.example.com', '0970000001'],
    ['+4930123456;phone-context=+33', '+4930123456'],
    ['*72-202', '*72202'],
    ['+44(0)7700900123', '+447700900123'],
    ['+44(0)77', '+44(0)77'],
    ['0044(0)7700900123', '00447700900123'],
    ['+4407400123456', '+447400123456'],
    ['+1%20202%20555%200142', '+12025550142'],
    ['%E2%80%AA+1%E2%80%91202%E2%80%91555%E2%80%910142', '+12025550142'],
    ['ann%E2%80%91b', 'ann\u2011b'],
    ['ann-2.b;tag=x', 'ann-2.b'],
    ['park/701', 'park/701'],
  ])('of the user %s is %s', (user, dialed) => {
    expect([dialedUser(user), readDialed(user)]).toEqual([dialed, dialed]);
  });

  test.each([
    ['tel:+33-970-00-00-01;ext=4', '+33970000001'],
    ['tel:0970000001;phone-context=+33', '+33970000001'],
    ['TEL:112', '112'],
    ['sip:+33970000001;npdi@pbx.example.com:5060;user=phone', '+33970000001'],
    ['sips:202:secret@pbx.example.com', '202'],
  ])('in the URI %s is %s', (uri, dialed) => {
    expect(readDialed(uri)).toBe(dialed);
  });

  test.each(['112', '17', '911'])('in the context of a country is the short number %s itself', (short) => {
    for (const country of ['+1', '+33', '+44', '+49'])
      expect(dialedUser(`${short};phone-context=${country}`)).toBe(short);
  });

  test('keeps what no one may cut off: keys, letters and blanks', () => {
    for (const rest of ['%23', '*1', 'x', '%2012345', '%3Bext=1', '%23%23'])
      expect(dialedUser(`+33970000001${rest}`)).toBe(`+33970000001${decodeURIComponent(rest)}`);
    expect(dialedUser('0970000001%2312;phone-context=+33')).toBe('0970000001#12');
  });
});

const digits = fc.stringMatching(/^[0-9]{1,15}$/);
const parameters = fc
  .array(
    fc.tuple(
      fc.constantFrom('npdi', 'rn', 'tgrp', 'trunk-context', 'isub', 'ext', 'cic', 'x'),
      fc.option(fc.stringMatching(/^[0-9a-z.+-]{1,8}$/)),
    ),
    { maxLength: 4 },
  )
  .map((each) => each.map(([name, value]) => (value === null ? `;${name}` : `;${name}=${value}`)).join(''));

test('no spelling of a number, and nothing beside it, changes what is dialed', () => {
  const separator = fc.constantFrom('', '-', '.', '(', ')');
  fc.assert(
    fc.property(fc.boolean(), digits, fc.array(separator), parameters, (isGlobal, number, each, beside) => {
      const spelled = Array.from(
        number,
        (digit, at) => `${at === 0 ? '' : (each[at % (each.length || 1)] ?? '')}${digit}`,
      );
      // A prefix of the country is dropped, however it is separated.
      const expected = isGlobal ? dialedUser(`+${number}`) : number;
      fc.pre(!/\([0-9]{1,2}\)/.test(spelled.join('')));
      const user = `${isGlobal ? '%2B' : ''}${spelled.join('')}${beside}`;
      expect([dialedUser(user), readDialed(user)]).toEqual([expected, expected]);
      expect(readDialed(`tel:${isGlobal ? '+' : ''}${spelled.join('')}${beside}`)).toBe(expected);
    }),
  );
});

test('any text that is escaped as a user is dialed as itself, unless it has separators of a number', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (text) => {
      fc.pre(!/^\+?[0-9*#().-]*$/.test(text) && text.isWellFormed());
      expect(dialedUser(escapeUser(text).replaceAll(';', '%3B'))).toBe(text);
    }),
  );
});

describe('of number portability', () => {
  const number = '+33970000001';
  test.each([
    [`${number};npdi;rn=+33-600-000-001`, ';npdi;rn=+33600000001'],
    [`tel:${number};isub=1;NPDI;rn=%2B33600000001;tgrp=x`, ';npdi;rn=+33600000001'],
    [`sip:${number};npdi@carrier.example`, ';npdi'],
    [`${number};rn=6A1;rn-context=+33`, ';rn=6A1;rn-context=+33'],
    [`${number};rn=+46600000001;npdi`, ';npdi'],
    [`${number};rn=600000001;rn-context=+46`, ''],
    [`${number};rn=600000001`, ''],
    [`${number};rn=+33%0d%0aX`, ''],
    [`${number};rn=+33600000001600000001`, ''],
    [number, ''],
  ])('%s says %j', (user, said) => {
    expect(portabilityIn(user, number)).toBe(said);
  });
});
