import { expect, test } from 'vitest';
import { canonicalAddress, hasHostBits, networkOf, specialAddress, bytesOfAddress } from './ip-address.ts';

test.each([
  ['203.0.113.10', '203.0.113.10'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['::', '::'],
  ['0:0:0:0:0:0:0:1', '::1'],
])('%s has the canonical form %s', (text, canonical) => {
  expect(canonicalAddress(text)).toBe(canonical);
});

test.each([
  '',
  '203.0.113',
  '203.0.113.256',
  '203.0.113.010',
  '203.0.113.0/24',
  '2001:db8::/32',
  'fe80::1%eth0',
  '[::1]',
  'sip.example.com',
  '1::2::3',
  ' 192.0.2.1',
  '٣.0.0.1',
])('"%s" is not an IP address', (text) => {
  expect(canonicalAddress(text)).toBeUndefined();
});

test.each([
  ['0.0.0.0', 'unspecified'],
  ['::', 'unspecified'],
  ['127.0.0.2', 'a loopback address'],
  ['::1', 'a loopback address'],
  ['169.254.1.1', 'link-local'],
  ['fe80::1', 'link-local'],
  ['febf::1', 'link-local'],
  ['224.0.0.1', 'a multicast or broadcast address'],
  ['239.1.1.1', 'a multicast or broadcast address'],
  ['ff02::1', 'a multicast or broadcast address'],
  ['10.0.0.1', undefined],
  ['203.0.113.10', undefined],
  ['2001:db8::1', undefined],
  ['fec0::1', undefined],
])('%s: %s', (address, kind) => {
  expect(specialAddress(address)).toBe(kind);
});

test.each([
  ['192.0.2.77', '192.0.2.0/24'],
  ['::ffff:192.0.2.77', '192.0.2.0/24'],
  ['2001:db8:aa:1:2:3:4:5', '2001:db8:aa::/48'],
  ['2001:DB8:00AA::5', '2001:db8:aa::/48'],
  ['2001:db8::5', '2001:db8::/48'],
  ['2001::5:0:0:1', '2001::/48'],
  ['::1', '::/48'],
  ['1:0:3:4::', '1:0:3::/48'],
  ['not an address', 'not an address'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('the first address of a network has no bits after its prefix', () => {
  const has = (network: string): boolean => {
    const [address = '', length] = network.split('/');
    return hasHostBits(address, Number(length));
  };
  expect(
    ['192.0.2.0/24', '192.0.2.7/32', '10.0.0.0/8', '2001:db8::/32', '2001:db8::7/128', '::/19'].filter(has),
  ).toEqual([]);
  expect(['192.0.2.1/24', '10.128.0.0/8', '2001:db8::1/127', '2001:db8:1::/32', 'ff00::1/19'].every(has)).toBe(true);
});

test('an address has the bytes that a packet has', () => {
  expect(bytesOfAddress('192.0.2.1')).toEqual([192, 0, 2, 1]);
  expect(bytesOfAddress('2001:db8::1')).toEqual([0x20, 1, 0x0d, 0xb8, ...Array<number>(11).fill(0), 1]);
});
