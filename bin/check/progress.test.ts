import { expect, test } from 'vitest';
import { progressOf, progressText, slowestFiles, type FinishedFile } from './progress.ts';

const finished = (file: string, seconds: number, isFailed = false): FinishedFile => ({ file, seconds, isFailed });
const written = (...lines: readonly object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

test('progress counts finished and failed files', () => {
  const run = [{ files: 3 }, finished('a.test.ts', 1), finished('b.test.ts', 2)];
  expect(progressText(progressOf(written(...run)))).toBe('2 of 3 files');
  expect(progressText(progressOf(written(...run, finished('c.test.ts', 1, true))))).toBe('3 of 3 files, 1 failed');
});

test('a line that is being written is not read', () => {
  expect(progressOf(`${written({ files: 3 })}{"file":"a.te`)).toEqual({ files: 3, finished: [] });
  expect(progressOf('')).toEqual({ files: 0, finished: [] });
});

test('the slowest files are listed first', () => {
  const files = [finished('a.test.ts', 1), finished('b.test.ts', 120.25), finished('c.test.ts', 2)];
  expect(slowestFiles(files, 2)).toEqual(['  120.3 s  b.test.ts', '    2.0 s  c.test.ts']);
});
