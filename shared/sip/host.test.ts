import { expect, test } from 'vitest';
import { hostAndPort, hostOfAddress, isHost, isIpv4, isIpv6, normalizeHost } from './host.ts';

test('a host is a name, an IPv4 address or an IPv6 address in brackets', () => {
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
  expect([isIpv4('192.0.2.1'), isIpv4('192.0.2'), isIpv6('::1'), isIpv6('[::1]')]).toEqual([true, false, true, false]);
});

test('every spelling of a host has the same canonical form', () => {
  expect(
    ['EXAMPLE.com', '[2001:DB8::0:1]', '2001:db8:0::1', '[::ffff:192.0.2.1]', '::FFFF:c000:201'].map(normalizeHost),
  ).toEqual([
    'example.com',
    '2001:db8:0:0:0:0:0:1',
    '2001:db8:0:0:0:0:0:1',
    '0:0:0:0:0:ffff:c000:201',
    '0:0:0:0:0:ffff:c000:201',
  ]);
  expect(['192.0.2.1', '2001:db8::1', '[::1]'].map(hostOfAddress)).toEqual(['192.0.2.1', '[2001:db8::1]', '[::1]']);
});

test('a port is at most 65,535', () => {
  expect([
    hostAndPort('h', '65535'),
    hostAndPort('h', '65536'),
    hostAndPort('h', undefined),
    hostAndPort('', '1'),
  ]).toEqual([{ host: 'h', port: 65_535 }, undefined, { host: 'h', port: undefined }, undefined]);
});
