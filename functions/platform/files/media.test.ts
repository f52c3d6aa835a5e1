import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentCheck, headLength, mediaProblem, mediaTypes, type MediaType } from './media.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** First bytes of each type that shows itself by them. */
const heads: readonly (readonly [MediaType, string])[] = [
  ['audio/wav', 'RIFF\x24\x08\0\0WAVEfmt '],
  ['audio/mpeg', 'ID3\x04\0\0\0\0\0\0'],
  ['audio/mpeg', '\xff\xfb\x90\x64'],
  ['audio/ogg', 'OggS\0\x02\0\0\0\0\0\0'],
  ['application/pdf', '%PDF-1.7\n%'],
  ['image/png', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR'],
  ['image/jpeg', '\xff\xd8\xff\xe0\0\x10JFIF'],
];

describe('the first bytes', () => {
  test.each(heads)('of %s show it, and no other type', (type, head) => {
    expect(mediaProblem(type, bytes(head))).toBeNull();
    const others = heads.filter(([other]) => other !== type);
    for (const [other] of others) expect(mediaProblem(other, bytes(head))).toBe('TYPE_MISMATCH');
  });

  test.each([
    ['audio/wav', 'RIFF\x24\x08\0\0AVI LIST'],
    ['audio/wav', 'WAVE'],
    ['audio/mpeg', '\xff\xff\xff\xff'],
    ['audio/mpeg', '\xff\xd8\xff\xe0'],
    ['image/png', '\x89PNG\n\x1a\n'],
    ['application/x-sh', '#!/bin/sh'],
  ])('of something else are no %s: %j', (type, head) => {
    expect(mediaProblem(type, bytes(head))).toBe('TYPE_MISMATCH');
  });
});

/** What the check says of a content in pieces of some length. */
function isContent(type: string, content: Uint8Array, length: number): boolean {
  const { add, end } = contentCheck(type);
  for (let at = 0; at < content.length; at += length) if (!add(content.subarray(at, at + length))) return false;
  return end();
}

test.each(heads)('%s is recognized in pieces of any length', (type, head) => {
  for (let length = 1; length <= headLength + 1; length += 1) {
    expect(isContent(type, bytes(`${head}${'\0'.repeat(20)}`), length)).toBe(true);
    expect(isContent(type, bytes(`x${head}`), length)).toBe(false);
  }
});

test('text is valid UTF-8 without NUL, however it is cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (text, length) => {
      const wellFormed = text.toWellFormed();
      expect(isContent('text/plain', Buffer.from(wellFormed), length)).toBe(!wellFormed.includes('\0'));
    }),
  );
  expect(isContent('text/csv', bytes('caf\xe9'), 1)).toBe(false);
  expect(isContent('text/plain', Buffer.from('é').subarray(0, 1), 1)).toBe(false);
});

test('an empty content is text, and nothing else', () => {
  const nothing = new Uint8Array(0);
  expect(mediaTypes.filter((type) => isContent(type, nothing, 1))).toEqual(['text/plain', 'text/csv']);
});

test('XML is well-formed, however it is cut', () => {
  for (const length of [1, 3, 100]) {
    expect(isContent('application/xml', Buffer.from('<ä>{{line.1.name}}</ä>'), length)).toBe(true);
    expect(isContent('application/xml', Buffer.from('<!DOCTYPE a><a/>'), length)).toBe(false);
    expect(isContent('application/xml', Buffer.from('<a>caf\xe9</a>', 'latin1'), length)).toBe(false);
  }
});

test('the text of a template is kept, up to 256 KB; that of an attachment is not', () => {
  const text = Buffer.from('{{device.name}} é');
  const kept = (kind: 'provisioning_template' | 'attachment') => {
    const check = contentCheck('text/plain', kind);
    check.add(text.subarray(0, -1));
    check.add(text.subarray(-1));
    check.end();
    return check.text();
  };
  expect([kept('provisioning_template'), kept('attachment')]).toEqual(['{{device.name}} é', '']);
  expect(contentCheck('text/plain', 'provisioning_template').add(Buffer.alloc(256 * 1024 + 1, 'x'))).toBe(false);
  expect(contentCheck('text/plain', 'attachment').add(Buffer.alloc(256 * 1024 + 1, 'x'))).toBe(true);
});
