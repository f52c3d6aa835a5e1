import { expect, test } from 'vitest';
import { readHead } from './head.ts';

const limits = { bytes: 1_000, headBytes: 100, fields: 3 };
const read = (text: string) => {
  const { fields, ...head } = readHead(Buffer.from(text), limits);
  return { ...head, fields: fields.map(({ key, value }) => `${key}=${value}`) };
};

test('the start line, the fields and the start of the body are found', () => {
  expect(read('\r\nOPTIONS a\r\nv : x\r\nSubject:  y \r\n\r\nbody')).toEqual({
    startLine: 'OPTIONS a',
    fields: ['via=x', 'subject=y'],
    end: 36,
    fault: undefined,
  });
});

test('a folded line continues its field', () => {
  expect(read('a\r\nSubject: x\r\n  y\r\n\tz\r\n\r\n').fields).toEqual(['subject=x y z']);
});

test('a bare CR or LF in a field is malformed, and the other fields are still read', () => {
  expect(read('a\r\nX: 1\nY: 2\r\nZ: 3\r\n\r\n')).toMatchObject({
    fields: ['z=3'],
    fault: { code: 400, reason: 'Malformed header line' },
  });
});

test('a line that is no UTF-8 is read as Latin-1, and the others are UTF-8', () => {
  const bytes = Buffer.concat([
    Buffer.from('a\r\nFrom: M\u00fcller\r\n', 'latin1'),
    Buffer.from('To: J\u00f6rg \u4e2d\r\n'),
    Buffer.from('Name: \ufffd\r\n\r\n'),
  ]);
  const { fields, fault } = readHead(bytes, limits);
  expect(fields.map(({ key, value }) => `${key}=${value}`)).toEqual([
    ...['from=M\u00fcller', 'to=J\u00f6rg \u4e2d', 'name=\ufffd'],
  ]);
  expect(fault).toBeUndefined();
});

test('the limits of fields and bytes are exact', () => {
  const line = 'a: b\r\n';
  expect([3, 4].map((count) => read(`x\r\n${line.repeat(count)}\r\n`).fault)).toEqual([
    undefined,
    { code: 400, reason: 'Too many header fields' },
  ]);
  const tooLarge = { code: 513, reason: 'Message Too Large' };
  const bodyOf = (bytes: number): string => `x\r\n\r\n${'y'.repeat(bytes - 5)}`;
  expect([1_000, 1_001].map((bytes) => read(bodyOf(bytes)).fault)).toEqual([undefined, tooLarge]);
  const headOf = (bytes: number): string => `x\r\na: ${'y'.repeat(bytes - 10)}\r\n\r\n`;
  expect([102, 103].map((bytes) => read(headOf(bytes)).fault)).toEqual([undefined, tooLarge]);
});
