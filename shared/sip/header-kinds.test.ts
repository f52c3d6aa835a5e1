import { describe, expect, test } from 'vitest';
import { Fault } from './fault.ts';
import { header, textHeader } from './header-kinds.ts';
import { Parameters } from './parameters.ts';

const faultOf = (value: unknown): unknown => (value instanceof Fault ? value.reason : value);

test('CSeq is a number below 2^31 and a method', () => {
  expect(
    ['1 INVITE', '2147483647\tBYE', '2147483648 BYE', 'x BYE', '1', '1 a b', '1 <'].map((text) =>
      faultOf(header.cseq.parse(text)),
    ),
  ).toEqual([
    { sequence: 1, method: 'INVITE' },
    { sequence: 2_147_483_647, method: 'BYE' },
    'Number too large',
    'Not a number',
    'Not a number',
    'Not a number',
    'Malformed method',
  ]);
});

test.each(['contact', 'route', 'recordRoute', 'path'] as const)(
  'the URI of %s, to which requests go, has no port 0',
  (name) => {
    expect(faultOf(header[name].parse('<sip:a@192.0.2.1:0>'))).toBe('Port 0 in URI');
    expect(header[name].parse('<sip:a@192.0.2.1:1>')).not.toBeInstanceOf(Fault);
    expect(header.from.parse('<sip:a@192.0.2.1:0>')).not.toBeInstanceOf(Fault);
  },
);

test('Call-ID has no white space and no control characters', () => {
  expect(['a@b', 'a b', '', 'a\0'].map((text) => faultOf(header.callId.parse(text)))).toEqual([
    'a@b',
    'Malformed identifier',
    'Malformed identifier',
    'Malformed identifier',
  ]);
});

describe('a media type', () => {
  test('is lower case without spaces, and keeps its parameters', () => {
    expect(header.contentType.parse('Application / SDP;level=1')).toEqual({
      value: 'application/sdp',
      parameters: new Parameters([['level', '1']]),
    });
    expect(header.event.parse('check-sync;reboot=true')).toMatchObject({ value: 'check-sync' });
    expect(header.accept.parse('text/*')).toMatchObject({ value: 'text/*' });
  });

  test.each(['a/b/c', '/b', 'a b', ';x'])('%j is a fault', (text) => {
    expect(header.contentType.parse(text)).toEqual(new Fault('Malformed value'));
  });
});

test('Date is in GMT', () => {
  const noon = Date.parse('2026-11-20T12:00:00.000Z');
  expect(header.date.parse('Fri, 20 Nov 2026 12:00:00 GMT')).toBe(noon);
  expect(header.date.print(noon)).toBe('Fri, 20 Nov 2026 12:00:00 GMT');
  expect(faultOf(header.date.parse('Fri, 20 Nov 2026 12:00:00 CET'))).toBe('Not a date in GMT');
});

test('Contact is an address or an asterisk', () => {
  expect([header.contact.parse('*'), faultOf(header.contact.parse('**'))]).toEqual(['*', 'URI without scheme']);
});

test('Max-Forwards and Expires have their own limits', () => {
  expect([
    header.maxForwards.parse('255'),
    faultOf(header.maxForwards.parse('256')),
    header.expires.parse('4294967295'),
    faultOf(header.expires.parse('4294967296')),
  ]).toEqual([255, 'Number too large', 4_294_967_295, 'Number too large']);
});

test('a header without interpretation is its text, and may be empty', () => {
  const own = textHeader('X-Own');
  expect([own.key, own.parse('<<<'), own.mayBeEmpty]).toEqual(['x-own', '<<<', true]);
});
