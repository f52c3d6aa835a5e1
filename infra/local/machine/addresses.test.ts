import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { addressesOf, urlOf } from './addresses.ts';

const ipv4 = (address: string, internal: boolean): NetworkInterfaceInfo => ({
  address,
  internal,
  family: 'IPv4',
  netmask: '255.255.255.0',
  mac: '00:00:00:00:00:00',
  cidr: null,
});
const ipv6: NetworkInterfaceInfo = { ...ipv4('', false), family: 'IPv6', address: '2001:db8::1', scopeid: 0 };
const interfaces = { lo: [ipv4('127.0.0.1', true)], eth0: [ipv6, ipv4('192.0.2.10', false)] };

test('an address of this machine is where it listens and what others get', () => {
  const addresses = addressesOf('192.0.2.10', interfaces);
  expect(addresses).toEqual({ listen: '192.0.2.10', public: '192.0.2.10', own: '192.0.2.10' });
  expect(urlOf(addresses, 3000)).toBe('http://192.0.2.10:3000');
});

test('of all addresses, others get the first one that is not internal', () => {
  expect(addressesOf('0.0.0.0', interfaces)).toEqual({ listen: '0.0.0.0', public: '192.0.2.10', own: '127.0.0.1' });
});

test('all addresses of a machine without a network are rejected', () => {
  expect(() => addressesOf('0.0.0.0', { lo: interfaces.lo })).toThrow('no address for others');
});

test('on loopback the URL names localhost', () => {
  expect(urlOf(addressesOf('127.0.0.1', interfaces), 3000)).toBe('http://localhost:3000');
});
