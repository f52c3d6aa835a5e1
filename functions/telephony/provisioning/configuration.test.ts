import { expect, test } from 'vitest';
import {
  clockText,
  firstDayOf,
  hostAndPort,
  hoursText,
  languageName,
  macDigits,
  notRenderable,
  uriUser,
  withoutNulls,
} from './configuration.ts';

test('a file name has the MAC address in lower case without separators', () => {
  expect(macDigits({ mac_address: '00:1A:2B:3C:4D:5E' })).toBe('001a2b3c4d5e');
});

test.each([
  [300, '5', '05:00:00'],
  [330, '5:30', '05:30:00'],
  [0, '0', '00:00:00'],
  [65, '1:05', '01:05:00'],
])('%i minutes are %s hours, or %s', (minutes, hours, clock) => {
  expect([hoursText(minutes), clockText(minutes)]).toEqual([hours, clock]);
});

test('the first day of the fourth week is the 22nd', () => {
  expect([1, 2, 4].map(firstDayOf)).toEqual([1, 8, 22]);
});

test('a SIP URI escapes every # of an extension', () => {
  expect(uriUser('*7#1#')).toBe('*7%231%23');
});

test('a language is named in English or in itself', () => {
  expect([languageName('fr-CA'), languageName('fr-CA', 'native')]).toEqual(['French', 'Français']);
});

test.each([
  ['sip.example.com:5080', { host: 'sip.example.com', port: 5080 }],
  ['sip.example.com', { host: 'sip.example.com', port: 5060 }],
])('the proxy %s has host and port', (address, expected) => {
  expect(hostAndPort(address)).toEqual(expected);
});

test('null fields are left out', () => {
  expect(withoutNulls({ a: 0, b: null, c: '' })).toEqual({ a: 0, c: '' });
});

test('an error names the field that the format cannot carry', () => {
  expect(notRenderable('lines', 'too many')).toMatchObject({
    code: 'NOT_RENDERABLE',
    details: [{ path: 'lines', message: 'too many' }],
  });
});
