import { expect, test } from 'vitest';
import { described as descriptions } from './descriptions.fixture.ts';
import { mediaSourceOf } from './media-source.ts';

const at = (address: string, family = 'IP4'): string =>
  descriptions.rtp.replace('c=IN IP4 192.0.2.1', `c=IN ${family} ${address}`);

const described = { address: undefined, learns: false };

test('media go to the public address of a description, whoever sent it', () => {
  for (const allowsPrivate of [false, true]) {
    expect(mediaSourceOf(at('8.8.8.8'), undefined, allowsPrivate)).toEqual(described);
    expect(mediaSourceOf(at('2606:4700::1111', 'IP6'), '8.8.4.4', allowsPrivate)).toEqual(described);
  }
});

test.each(['10.0.0.5', '127.0.0.1', '169.254.169.254', '192.168.1.7', '224.0.0.1', 'db.internal'])(
  'media for %s go to where the party is heard, or nowhere',
  (address) => {
    expect(mediaSourceOf(at(address), '8.8.4.4', false)).toEqual({ address: '8.8.4.4', learns: true });
    expect(mediaSourceOf(at(address), '10.0.0.9', false)).toBe('rejected');
    expect(mediaSourceOf(at(address), undefined, false)).toBe('rejected');
    expect(mediaSourceOf(at(address), undefined, true)).toEqual({ address: undefined, learns: true });
  },
);

test.each(['a=rtcp:6001 IN IP4 10.0.0.5', 'c=IN IP4 10.0.0.5/127'])('%s of one medium counts, too', (line) => {
  expect(mediaSourceOf(`${at('8.8.8.8')}${line}\r\n`, undefined, false)).toBe('rejected');
});

test.each([
  'c=in IP4 10.0.0.5',
  'c=IN  IP4 10.0.0.5',
  'c=IN IP4  10.0.0.5',
  'c=IN IP4',
  'c=',
  'a=rtcp:006001 IN IP4 10.0.0.5',
  'a=rtcp:+6001 IN IP4 10.0.0.5',
  'a=rtcp:6001 in IP4 10.0.0.5',
  'a=rtcp:6001  IN IP4 10.0.0.5',
  'a=rtcp:6001\tIN IP4 10.0.0.5',
])('%s, which a relay may read in another way, is no public address', (line) => {
  expect(mediaSourceOf(`${at('8.8.8.8')}${line}\r\n`, '8.8.4.4', false)).toEqual({ address: '8.8.4.4', learns: true });
});

test('a port of RTCP without an address, or at a public one, changes nothing', () => {
  for (const line of ['a=rtcp:6001', 'a=rtcp:6001 ', 'a=rtcp:6001 IN IP4 8.8.8.8', 'c=IN IP4 8.8.8.8 '])
    expect(mediaSourceOf(`${at('8.8.8.8')}${line}\n`, undefined, false)).toEqual(described);
});

test('a held party names no address', () => {
  expect(mediaSourceOf(at('0.0.0.0'), undefined, false)).toEqual(described);
});

test('where private addresses are allowed, a party has one if its SIP comes from there, else it is behind NAT', () => {
  expect(mediaSourceOf(at('10.0.0.5'), '10.0.0.5', true)).toEqual(described);
  expect(mediaSourceOf(at('10.0.0.5'), '10.0.0.9', true)).toEqual({ address: '10.0.0.9', learns: true });
  expect(mediaSourceOf(`${at('10.0.0.5')}a=rtcp:6001 IN IP4 10.0.0.6\r\n`, '10.0.0.5', true)).toEqual({
    address: '10.0.0.5',
    learns: true,
  });
});
