import { expect, test } from 'vitest';
import { Field, Headers } from '../headers.ts';
import { contentTypeOf, sdpOf, sdpParts } from './body.ts';
import { sdp } from './sessions.fixture.ts';

const carrier = (type: string, body: string) => ({
  headers: new Headers([new Field('Content-Type', 'content-type', type)]),
  body: Buffer.from(body),
});

test('a description is the body, or the part of a multipart body', () => {
  expect(sdpOf(carrier('Application/SDP', sdp('a')))).toBe(sdp('a'));
  const parts = [
    '--b',
    'Content-Type: text/plain',
    '',
    'hello',
    '--b',
    'content-type : application/sdp',
    '',
    sdp('a'),
    '--b--',
  ];
  expect(sdpOf(carrier('multipart/mixed;boundary=b', parts.join('\r\n')))).toBe(sdp('a'));
  expect(sdpOf(carrier('multipart/mixed;boundary="b"', parts.join('\r\n')))).toBe(sdp('a'));
});

test('a body of another type, or a multipart body without one, has none', () => {
  expect([
    sdpOf(carrier('text/plain', sdp('a'))),
    sdpOf(carrier('application/sdp', '')),
    sdpOf(carrier('multipart/mixed', '--b')),
    sdpOf(carrier('multipart/mixed;boundary=b', '--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--')),
    sdpOf(carrier('multipart/mixed;boundary=b', '--b\r\nContent-Type: application/sdp')),
    sdpOf({ headers: Headers.none, body: Buffer.from('x') }),
  ]).toEqual([undefined, undefined, undefined, undefined, undefined, undefined]);
});

test('the type of a body is in lower case without parameters', () => {
  expect([contentTypeOf(carrier('Message/SIPfrag;version=2.0', 'x')), contentTypeOf(carrier('a/b', ''))]).toEqual([
    'message/sipfrag',
    '',
  ]);
});

test('what we send has header and body, or neither', () => {
  const { headers, body } = sdpParts(Headers.none, 'v=0');
  expect([[...headers][0]?.value, body?.toString(), sdpParts(Headers.none, undefined)]).toEqual([
    'application/sdp',
    'v=0',
    { headers: Headers.none },
  ]);
});
