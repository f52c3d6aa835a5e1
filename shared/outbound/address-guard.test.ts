import { expect, test } from 'vitest';
import { isPublicAddress } from './address-guard.ts';

test.each(['8.8.8.8', '172.15.255.255', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2001:4860::8888'])(
  '%s is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test.each([
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '169.254.170.2',
  '172.31.255.255',
  '192.168.1.1',
  '198.19.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:8.8.8.8',
  '64:ff9b::808:808',
  '2001:db8::1',
  '2002::1',
  'fd00::1',
  'fe80::1',
  'ff02::1',
  'fd00:ec2::254',
  '::7f00:1',
  '::ffff:0:7f00:1',
  '64:ff9b:1::a00:1',
  '2001:0:7f00:1::',
  '3fff::1',
  '4000::1',
  'fec0::1',
  'fe80::1%eth0',
  '2606:4700::1111%1',
  '0177.0.0.1',
  '0x7f.0.0.1',
  'localhost',
  '',
  '1.2.3',
])('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});
