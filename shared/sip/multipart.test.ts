import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Field, Headers } from './headers.ts';
import { multipartBody, partsOf, type BodyPart } from './multipart.ts';

const carrier = (body: string | Buffer, boundary = 'b', type = 'multipart/mixed') => ({
  headers: new Headers([new Field('Content-Type', 'content-type', `${type};boundary="${boundary}"`)]),
  body: Buffer.isBuffer(body) ? body : Buffer.from(body),
});
const lines = (...of: readonly string[]): string => of.join('\r\n');
const shown = (parts: readonly BodyPart[]) => parts.map(({ type, body }) => `${type}: ${body.toString()}`);
const textIn = (body: string, boundary?: string) => shown(partsOf(carrier(body, boundary)));

test('text before the first delimiter and after the last one is no part', () => {
  const body = lines(
    'before',
    '--b',
    '',
    'one',
    '--b  ',
    'Content-Type: a/b;c=d',
    '',
    'two',
    '--b--',
    '--b',
    '',
    'after',
  );
  expect(textIn(body)).toEqual(['text/plain: one', 'a/b: two']);
});

test('a line that only begins with the delimiter is text, and so is one after a bare LF', () => {
  expect(textIn(lines('--b', '', 'one', '--bb', '\n--b\n', '--b--'))).toEqual(['text/plain: one\r\n--bb\r\n\n--b\n']);
});

test('characters of a boundary mean themselves', () => {
  expect(textIn(lines('--a.b+(c)?', '', 'one', '--axb+(c)?', '--a.b+(c)?--'), 'a.b+(c)?')).toEqual([
    'text/plain: one\r\n--axb+(c)?',
  ]);
});

test('headers of a part may be folded and in any case, and have a Content-ID', () => {
  const head = lines('CONTENT-TYPE :', ' Application/PIDF+xml', 'Content-Id: <a@b>', 'X-Other: 1');
  expect(partsOf(carrier(lines('--b', head, '', 'x', '--b--')))).toEqual([
    { type: 'application/pidf+xml', id: '<a@b>', body: Buffer.from('x') },
  ]);
});

test('a part that two readers may read differently is none', () => {
  const twice = lines('--b', 'Content-Type: application/sdp', 'Content-Type: text/plain', '', 'x', '--b--');
  const coded = lines('--b', 'Content-Transfer-Encoding: base64', '', 'eA==', '--b--');
  const unended = lines('--b', 'Content-Type: application/sdp', '--b--');
  expect([twice, coded, unended].flatMap((body) => textIn(body))).toEqual([]);
});

test('parts of parts are read once, and no deeper', () => {
  const nested = (boundary: string, inner: string) =>
    lines(`--${boundary}`, `Content-Type: multipart/mixed;boundary=${boundary}x`, '', inner, `--${boundary}--`);
  const leaf = (boundary: string) => lines(`--${boundary}`, '', 'leaf', `--${boundary}--`);
  expect(textIn(nested('b', leaf('bx')))).toEqual(['text/plain: leaf']);
  expect(textIn(nested('b', nested('bx', leaf('bxx'))))).toEqual([]);
});

test('no more parts and bytes are read than anyone needs', () => {
  const many = Array.from({ length: 40 }, (_, at) => lines('--b', '', String(at))).join('\r\n');
  expect(textIn(many)).toHaveLength(16);
  expect(textIn(lines('--b', '', 'x'.repeat(70_000), '--b--'))).toEqual([]);
});

test('a body without a usable boundary has no parts', () => {
  expect(['', ' ', 'ends with space ', 'x'.repeat(71)].flatMap((each) => textIn(`--${each}\r\n\r\nx`, each))).toEqual(
    [],
  );
  expect(partsOf(carrier('--b\r\n\r\nx\r\n--b--', 'b', 'text/plain'))).toEqual([]);
});

const part = fc.record({
  type: fc.constantFrom('application/sdp', 'application/pidf+xml', 'text/plain'),
  id: fc.constantFrom(undefined, '<a@example.com>'),
  // Pieces of delimiters, and any bytes.
  body: fc
    .array(fc.oneof(fc.constantFrom('\r\n', '--', '--part', '\n', ' ', '--part-', 'part-1--'), fc.string()), {
      maxLength: 8,
    })
    .map((pieces) => Buffer.from(pieces.join(''))),
});

test('what is written is read', () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      expect(partsOf(carrier(multipartBody(parts, 'part-0d5f'), 'part-0d5f'))).toEqual(parts);
    }),
  );
});

test('any bytes are read in bounds, and never throw', () => {
  const piece = fc.constantFrom('--b', '\r\n', '--', 'Content-Type:', ' multipart/mixed;boundary=b', '\r\n\r\n', '\0');
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 60 }), (pieces) => {
      const body = Buffer.from(pieces.join(''));
      const parts = partsOf(carrier(body));
      expect(parts.length).toBeLessThanOrEqual(16);
      for (const each of parts) expect(body.includes(each.body)).toBe(true);
    }),
  );
});
