import { expect, test } from 'vitest';
import { hasG711 } from './g711.ts';

test.each([
  ['PCMU', 'm=audio 6000 RTP/AVP 0', true],
  ['PCMA among others, of a browser', 'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 8 13 110', true],
  ['several ports', 'm=audio 6000/2 RTP/AVP 18 0', true],
  ['Opus only', 'm=audio 9 UDP/TLS/RTP/SAVPF 111 110', false],
  ['numbers that contain these', 'm=audio 6000 RTP/AVP 100 18 80', false],
  ['a rejected medium', 'm=audio 0 RTP/AVP 0', false],
  ['video only', 'm=video 6000 RTP/AVP 0', false],
])('%s', (_what, medium, expected) => {
  expect(hasG711(`v=0\r\ns=-\r\n${medium}\r\na=sendrecv\r\n`)).toBe(expected);
  expect(hasG711(`m=video 0 RTP/AVP 0\r\n${medium}`)).toBe(expected);
});
