import { expect, test } from 'vitest';
import { accountLines, extensionsOf, MacAddress, primaryExtensions, type DeviceLine } from './device.ts';

test.each(['001a2b3c4d5e', '00:1A:2B:3C:4D:5E', '00-1a-2b-3c-4d-5e', ' 001A2B3C4D5E '])(
  '%j is converted to the canonical MAC address',
  (text) => {
    expect(MacAddress.parse(text)).toBe('00:1A:2B:3C:4D:5E');
  },
);

test.each([
  '001a2b3c4d5',
  '001a2b3c4d5e0',
  '00:1a-2b:3c:4d:5e',
  '00:1a2b3c4d5e',
  '001a2b3c4d5g',
  // Group addresses, and the address of no interface.
  '01:00:5e:00:00:01',
  'ff:ff:ff:ff:ff:ff',
  '000000000000',
])('%s is rejected as a MAC address of an interface', (text) => {
  expect(MacAddress.safeParse(text).error?.issues).toMatchObject([{ params: { code: 'INVALID_MAC' } }]);
});

const line = (line_number: number, type: DeviceLine['type'], extension: string): DeviceLine => ({
  line_number,
  type,
  extension,
  label: null,
  sip_username: type === 'blf' ? null : `line${line_number}`,
});
const lines = [line(1, 'primary', '201'), line(2, 'shared', '201'), line(3, 'shared', '300'), line(4, 'blf', '202')];

test('primary and shared lines have SIP accounts, a blf line has none', () => {
  expect(accountLines(lines).map(({ sip_username }) => sip_username)).toEqual(['line1', 'line2', 'line3']);
});

test('a call to an extension rings on all its account lines', () => {
  expect([...extensionsOf(lines)]).toEqual([
    ['201', ['line1', 'line2']],
    ['300', ['line3']],
  ]);
});

test('only primary lines make an extension the device’s own', () => {
  expect([...primaryExtensions(lines)]).toEqual(['201']);
});
