import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvLine } from './csv.ts';

/** A parser of RFC 4180 §2. */
function parsed(file: string): string[][] {
  const lines: string[][] = [];
  const record = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  const cells: string[] = [];
  for (let match = record.exec(file); match !== null; match = record.exec(file)) {
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '\r\n') lines.push(cells.splice(0));
    if (record.lastIndex === file.length) return lines;
  }
  throw new Error('this is no CSV');
}

const cell = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '"', ',', '\r', '\n', '\t', "'", '=', '+', '-', '@', '1', '.') }),
  fc.string(),
);

test('every cell is read back unchanged', () => {
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 5 }), (lines) => {
      expect(parsed(lines.map(csvLine).join(''))).toEqual(
        lines.map((cells) => cells.map((each) => parsed(csvLine([each]))[0]?.[0])),
      );
    }),
  );
});

test('no cell is a formula unless it is a number; at most one quote is added', () => {
  fc.assert(
    fc.property(cell, (text) => {
      const [[shown = ''] = []] = parsed(csvLine([text]));
      expect([text, `'${text}`]).toContain(shown);
      expect(/^[=+\-@\t\r]/.test(shown) && !/^\+\d+$/.test(shown) && Number.isNaN(Number(shown))).toBe(false);
    }),
  );
});

test.each([
  ['+442079460000', '+442079460000'],
  ['-0.0955', '-0.0955'],
  ['+1', "'+1"],
  ['-', "'-"],
  ['=1+1', "'=1+1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['+1-800', "'+1-800"],
  ['-1e5', "'-1e5"],
  ['\t=1', "'\t=1"],
  ['＝1+1', "'＝1+1"],
  ['＋1', "'＋1"],
  ['－1', "'－1"],
  ['＠SUM(A1)', "'＠SUM(A1)"],
  ["'=1", "'=1"],
  ['say "a", b', '"say ""a"", b"'],
  ['', ''],
])('%j is written %s', (text, written) => {
  expect(csvLine([text])).toBe(`${written}\r\n`);
});
