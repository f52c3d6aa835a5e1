import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from './fault.ts';
import { Parameters } from './parameters.ts';
import { asRequestUri, escapeUser, isSipUri, parseUri, printUri, sipUri, userOf } from './uri.ts';
import { uriOf } from './values.fixture.ts';

describe('a URI', () => {
  test('of scheme sip has its parts with their escapes', () => {
    expect(uriOf('sips:al%20ice:pass@example.com:5061;transport=tcp;lr?subject=a&priority=b')).toEqual({
      scheme: 'sips',
      user: 'al%20ice',
      password: 'pass',
      host: 'example.com',
      port: 5061,
      parameters: new Parameters([
        ['transport', 'tcp'],
        ['lr', null],
      ]),
      headers: 'subject=a&priority=b',
    });
  });

  // Examples of RFC 3261 §19.1.3, RFC 3966 §6 and RFC 5118.
  test.each([
    'sip:alice@atlanta.com',
    'sip:alice:secretword@atlanta.com;transport=tcp',
    'sips:alice@atlanta.com?subject=project%20x&priority=urgent',
    'sip:+1-212-555-1212:1234@gateway.com;user=phone',
    'sips:1212@gateway.com',
    'sip:alice@192.0.2.4',
    'sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com',
    'sip:alice;day=tuesday@atlanta.com',
    'sip:[2001:db8::10]:5070',
    'sip:a@[::ffff:192.0.2.1]',
    'tel:+1-201-555-0123',
    'tel:7042;phone-context=example.com',
    'tel:863-1234;phone-context=+1-914-555',
    'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    'mailto:a@example.com',
    'sip:host_of_compose:5060',
  ])('%s is printed as it was read', (text) => expect(printUri(uriOf(text))).toBe(text));

  test.each([
    'alice',
    'sip:',
    'sip:@host',
    'sip:a@',
    'sip:a b@host',
    'sip:a@host:',
    'sip:a@host:65536',
    'tel:7042;a=b?c',
    'sip:a@host:x',
    'sip:a@192.0.2.300',
    'sip:a@2001:db8::1',
    'sip:a@[2001:db8::1',
    'sip:a@[1::2::3]',
    'sip:a@[12345::]',
    'sip:a%4@host',
    'sip:a%zz@host',
    'sip:a@b@c',
    'sip:a@host;',
    'sip:a@host;;x',
    'sip:a@host;x=a b',
    'sip:a@host?',
    'sip:a@host?x=<y>',
    'sip:\u00e4@host',
    'sip:a@h\u00f6st',
    'tel:',
    'tel:abc!',
    'tel:+',
    'http://a b',
    '<sip:a@b>',
  ])('%j is a fault', (text) => expect(parseUri(text)).toBeInstanceOf(Fault));

  test('escapes any text as its user and yields it again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (user) => {
        const made = uriOf(printUri(sipUri({ user, host: 'example.com' })));
        return isSipUri(made) && userOf(made) === user;
      }),
    );
    expect(escapeUser('a@b/\u00e4:\0')).toBe('a%40b/%C3%A4%3A%00');
  });

  test('keeps escapes that are not valid UTF-8', () => {
    const users = ['sip:a%FFb%41@x', 'sip:%EF%BF%BD@x'].map(uriOf).map((each) => isSipUri(each) && userOf(each));
    expect(users).toEqual(['a%FFbA', '\u{fffd}']);
  });
});

test('as Request-URI a URI has no headers and no method; others stay as they are', () => {
  expect(printUri(asRequestUri(uriOf('sip:a@b;method=BYE;lr?Route=x')))).toBe('sip:a@b;lr');
  const [plain, tel] = [uriOf('sip:a@b;lr'), uriOf('tel:+1')];
  expect([asRequestUri(plain) === plain, asRequestUri(tel) === tel]).toEqual([true, true]);
});
