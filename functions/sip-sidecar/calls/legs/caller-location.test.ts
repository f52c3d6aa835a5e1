import { expect, test } from 'vitest';
import { Field, Headers } from '#sip/headers.ts';
import { multipartBody } from '#sip/multipart.ts';
import { locationIn } from './caller-location.ts';

const xml = Buffer.from('<presence xmlns="urn:ietf:params:xml:ns:pidf"/>');
const sdp = { type: 'application/sdp', id: undefined, body: Buffer.from('v=0\r\n') };
const pidf = { type: 'application/pidf+xml', id: '<here@phone.example>', body: xml };

const invite = (fields: Readonly<Record<string, readonly string[]>>, parts = [sdp, pidf]) => ({
  headers: new Headers([
    ...Object.entries(fields).flatMap(([name, values]) =>
      values.map((value) => new Field(name, name.toLowerCase(), value)),
    ),
    new Field('Content-Type', 'content-type', 'multipart/mixed;boundary=b'),
  ]),
  body: parts.length === 0 ? Buffer.alloc(0) : multipartBody(parts, 'b'),
});
const passed = (request: ReturnType<typeof invite>): readonly string[] =>
  [...(locationIn(request)?.headers ?? [])].map(({ name, value }) => `${name}: ${value}`);

test('a location is its headers and its part of the body, without the description', () => {
  const request = invite({ Geolocation: ['<cid:here@phone.example>'], 'Geolocation-Routing': ['yes'] });
  expect(locationIn(request)?.parts).toEqual([pidf]);
  expect(passed(request)).toEqual(['Geolocation: <cid:here@phone.example>', 'Geolocation-Routing: yes']);
});

test('an INVITE without one has none', () => {
  expect(locationIn(invite({ Subject: ['x'] }, [sdp]))).toBeUndefined();
  expect(locationIn(invite({ 'Geolocation-Routing': ['yes'] }, []))).toBeUndefined();
});

test('what is no location, or is too much, does not pass', () => {
  const wrong = [
    '<javascript:alert(1)>',
    'https://a.example',
    '<https://a.example> , x',
    `<https://${'a'.repeat(600)}>`,
  ];
  expect(passed(invite({ Geolocation: wrong, 'Geolocation-Routing': ['maybe'] }, []))).toEqual([
    'Geolocation: <https://a.example>',
  ]);
  const many = Array.from({ length: 9 }, (_, at) => `<https://lis.example/${at}>`).join(', ');
  expect(passed(invite({ Geolocation: [many] }, []))).toHaveLength(3);
  const large = { ...pidf, body: Buffer.alloc(17 * 1_024, 'x') };
  expect(locationIn(invite({}, [large, pidf, pidf, pidf, pidf]))?.parts).toHaveLength(3);
});
