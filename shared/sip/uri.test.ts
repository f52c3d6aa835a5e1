import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from './fault.ts';
import { hostOfAddress, isHost, isIpv4, isIpv6, normalizedHost } from './host.ts';
import { Parameters } from './parameters.ts';
import { escapedUser, isSipUri, parseUri, printUri, sipUri, type Uri, userOf } from './uri.ts';
import { sameUri } from './uri-equality.ts';

function uri(text: string): Uri {
  const parsed = parseUri(text);
  if (parsed instanceof Fault) throw new Error(`${text}: ${parsed.reason}`);
  return parsed;
}

describe('a URI', () => {
  test('of sip has its parts, texts as they were written', () => {
    expect(uri('sips:al%20ice:pass@example.com:5061;transport=tcp;lr?subject=a&priority=b')).toEqual({
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

  // §19.1.3, RFC 3966 §6, RFC 5118.
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
  ])('%s is printed as it was', (text) => expect(printUri(uri(text))).toBe(text));

  test.each([
    'alice',
    'sip:',
    'sip:@host',
    'sip:a@',
    'sip:a b@host',
    'sip:a@host:',
    'sip:a@host:65536',
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
  ])('%j is none', (text) => expect(parseUri(text)).toBeInstanceOf(Fault));

  test('of any user text is escaped, and gives the text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (user) => {
        const made = uri(printUri(sipUri({ user, host: 'example.com' })));
        return isSipUri(made) && userOf(made) === user;
      }),
    );
    expect(escapedUser('a@b/\u00e4:\0')).toBe('a%40b/%C3%A4%3A%00');
  });

  test('escaped with bytes that are no UTF-8 keeps them escaped', () => {
    const users = ['sip:a%FFb%41@x', 'sip:%EF%BF%BD@x'].map(uri).map((each) => isSipUri(each) && userOf(each));
    expect(users).toEqual(['a%FFbA', '\u{fffd}']);
  });
});

describe('hosts', () => {
  test('are names, IPv4 and IPv6 addresses', () => {
    expect(
      [
        'example.com',
        'example.com.',
        'a',
        'x-1.y',
        '192.0.2.1',
        '[::]',
        '[2001:db8::1]',
        '[::ffff:192.0.2.1]',
        '[1:2:3:4:5:6:7:8]',
      ].filter((text) => !isHost(text)),
    ).toEqual([]);
    expect(
      [
        '',
        '-a',
        '1.2.3',
        '256.1.1.1',
        '1.2.3.4.5',
        'a.1',
        '::1',
        '[::1',
        '[1:2:3:4:5:6:7]',
        '[1:2:3:4:5:6:7:8:9]',
        '[::1::]',
        '[1:2:3:4:5:6:7::8]',
        '[:::]',
        '[1.2.3.4]',
        'a b',
      ].filter(isHost),
    ).toEqual([]);
    expect([isIpv4('192.0.2.1'), isIpv4('192.0.2'), isIpv6('::1'), isIpv6('[::1]')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test('are equal in all their spellings', () => {
    expect(
      ['EXAMPLE.com', '[2001:DB8::0:1]', '2001:db8:0::1', '[::ffff:192.0.2.1]', '::FFFF:c000:201'].map(normalizedHost),
    ).toEqual([
      'example.com',
      '2001:db8:0:0:0:0:0:1',
      '2001:db8:0:0:0:0:0:1',
      '0:0:0:0:0:ffff:c000:201',
      '0:0:0:0:0:ffff:c000:201',
    ]);
    expect(['192.0.2.1', '2001:db8::1', '[::1]'].map(hostOfAddress)).toEqual(['192.0.2.1', '[2001:db8::1]', '[::1]']);
  });
});

describe('URIs are the same (§19.1.4)', () => {
  test.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;newparam=5'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    [
      'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
      'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
    ],
    ['sip:a@[2001:db8::1]', 'sip:a@[2001:DB8:0::1]'],
    ['tel:+1-201-555-0123', 'tel:+12015550123'],
    ['tel:7042;phone-context=example.com', 'tel:7042;phone-context=EXAMPLE.com'],
  ])('%s and %s', (one, other) =>
    expect([sameUri(uri(one), uri(other)), sameUri(uri(other), uri(one))]).toEqual([true, true]),
  );

  test.each([
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:a@b', 'sips:a@b'],
    ['sip:a:x@b', 'sip:a:y@b'],
    ['sip:a%3Bb@c', 'sip:a;b@c'],
    ['sip:a@b', 'tel:123'],
    ['tel:123', 'tel:+123'],
    ['urn:a', 'urn:b'],
    ['tel:7042;phone-context=example.com', 'tel:7042'],
  ])('not: %s and %s', (one, other) =>
    expect([sameUri(uri(one), uri(other)), sameUri(uri(other), uri(one))]).toEqual([false, false]),
  );
});
