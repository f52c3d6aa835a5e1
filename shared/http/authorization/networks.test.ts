import { expect, test } from 'vitest';
import { assertAllowedAddress, isWithin } from './networks.ts';

test.each([
  ['192.0.2.0', true],
  ['192.0.2.255', true],
  ['192.0.3.0', false],
  ['2001:db8::1', true],
  ['2001:db9::1', false],
  ['not an address', false],
])('%s is inside 192.0.2.0/24 or 2001:db8::/32: %j', (address, inside) => {
  expect(isWithin(address, ['192.0.2.0/24', '2001:db8::/32'])).toBe(inside);
});

test('an address outside the allowed blocks is rejected, and an empty list allows every address', () => {
  expect(() => assertAllowedAddress(['192.0.2.0/24'], '198.51.100.1')).toThrow(
    expect.objectContaining({ code: 'IP_NOT_ALLOWED' }),
  );
  expect(() => assertAllowedAddress(['192.0.2.0/24'], '192.0.2.1')).not.toThrow();
  expect(() => assertAllowedAddress([], '198.51.100.1')).not.toThrow();
});
