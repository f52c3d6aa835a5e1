import * as fc from 'fast-check';
import { appendFileSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { filesIn, matches, nextLines, wholeDocument, type GrowingFile } from './growing-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'trunkline-forward-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['Master.csv', 'Master.csv', true],
  ['Master.csv.1', 'Master.csv', false],
  ['Master.csv.1', 'Master.csv*', true],
  ['a_1.cdr.json', '*.cdr.json', true],
  ['a.json', 'a*a.json', false],
  ['cdr-1-x.csv', 'cdr-*-*.csv', true],
  ['cdr-1.csv', 'cdr-*-*.csv', false],
  ['.csv', '*', true],
  ['a+b.csv', 'a+*', true],
])('%s matches %s: %s', (name, pattern, expected) => {
  expect(matches(name, pattern)).toBe(expected);
});

/** A file of the folder as it is now. */
const fileAt = (path: string, isFinished = false): GrowingFile => ({
  id: path,
  path,
  size: statSync(path).size,
  isFinished,
});

test('lines are read whole, and a last line without its end is read once the file is finished', () => {
  const path = join(folder, 'lines.csv');
  writeFileSync(path, 'a\nb\npart');
  expect(nextLines(fileAt(path), 0)).toEqual({ text: 'a\nb\n', end: 4 });
  expect(nextLines(fileAt(path), 4)).toBeUndefined();
  expect(nextLines(fileAt(path, true), 4)).toEqual({ text: 'part', end: 8 });
  appendFileSync(path, 'ly\n');
  expect(nextLines(fileAt(path), 4)).toEqual({ text: 'partly\n', end: 11 });
  expect(nextLines(fileAt(path), 11)).toBeUndefined();
});

test('chunks of any file have each of its bytes once, at most 500 lines or a megabyte each', () => {
  const path = join(folder, 'chunks.csv');
  const line = fc.oneof(fc.string({ maxLength: 30, unit: 'grapheme' }), fc.constant('x'.repeat(1_200_000)));
  const property = fc.property(
    fc.array(
      line.map((each) => each.replaceAll(/[\n\uFFFD]/g, '')),
      { maxLength: 1_200 },
    ),
    (lines) => {
      writeFileSync(path, lines.map((each) => `${each}\n`).join(''));
      const read: string[] = [];
      for (let from = 0; ;) {
        const chunk = nextLines(fileAt(path), from);
        if (chunk === undefined) break;
        expect(chunk.text.split('\n').length).toBeLessThanOrEqual(501);
        expect(chunk.end - from).toBeLessThanOrEqual(1_000_000);
        read.push(chunk.text);
        from = chunk.end;
      }
      expect(read.join('')).toBe(lines.map((each) => `${each}\n`).join(''));
    },
  );
  fc.assert(property, { numRuns: 20 });
});

test('files are read from the oldest; a renamed one stays the same, and an older one that is quiet is finished', () => {
  const own = mkdtempSync(join(folder, 'rotated-'));
  const [current, rotated] = [join(own, 'Master.csv'), join(own, 'Master.csv.1')];
  writeFileSync(current, 'a\n');
  const [before] = filesIn(own, 'Master.csv*', Date.now());
  renameSync(current, rotated);
  writeFileSync(current, 'b\n');
  writeFileSync(join(own, 'Master.csv.2.gz'), 'c');
  // The newest may be quiet because there are no calls.
  utimesSync(rotated, new Date(), new Date(Date.now() - 120_000));
  utimesSync(current, new Date(), new Date(Date.now() - 90_000));
  const found = filesIn(own, 'Master.csv*', Date.now());
  expect(found.map(({ path, isFinished }) => [path, isFinished])).toEqual([
    [rotated, true],
    [current, false],
  ]);
  expect(found[0]?.id).toBe(before?.id);
  expect(found[1]?.id).not.toBe(before?.id);
});

test('a document is read when its file is quiet, and once', () => {
  const path = join(folder, 'one.cdr.json');
  writeFileSync(path, '{"a":1}');
  const written = statSync(path).mtimeMs;
  expect(wholeDocument(fileAt(path), 0, written + 1_000)).toBeUndefined();
  expect(wholeDocument(fileAt(path), 0, written + 3_000)).toEqual({ text: '{"a":1}', end: 7 });
  expect(wholeDocument(fileAt(path), 7, written + 3_000)).toBeUndefined();
});
