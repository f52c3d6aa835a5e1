import { expect, test } from 'vitest';
import { hasFax, withoutFax } from './fax.ts';

const description = (...media: readonly string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...media, ''].join('\r\n');

const audio = ['m=audio 6000 RTP/AVP 0', 'a=sendrecv'];
const fax = ['m=image 6002 udptl t38', 'a=T38FaxVersion:0', 'a=T38FaxRateManagement:transferredTCF'];

test.each([
  ['T.38 over UDPTL', true, fax],
  ['T.38 over TCP', true, ['m=image 6002 tcp t38']],
  ['beside audio', true, [...audio, ...fax]],
  ['audio alone', false, audio],
  ['rejected', false, [...audio, 'm=image 0 udptl t38']],
])('a fax: %s: %s', (_what, expected, media) => {
  expect(hasFax(description(...media))).toBe(expected);
});

test('without a fax, all media keep their places, and lines of others stay as they are', () => {
  expect(withoutFax(description(...fax, ...audio))).toBe(description('m=image 0 udptl t38', ...audio));
  expect(withoutFax(description(...audio))).toBe(description(...audio));
});
