import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openJournal } from './journal.ts';
import type { Outcome } from './outcome.ts';

const outcomeOf = (name: string, failed = 0): Outcome => ({
  name,
  seconds: 1.5,
  counts: { passed: 3, failed, skipped: 0 },
  output: 'a line\nanother one',
  failures: [],
  finished: [{ file: 'a.test.ts', seconds: 1, isFailed: failed > 0 }],
});

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'cache', 'test-all.jsonl');
}

test('a run that resumes has the outcomes of the steps that had ended, failed ones too', () => {
  const file = newFile();
  const interrupted = openJournal(file, 'tree', false);
  expect(interrupted.ended).toEqual([]);
  interrupted.add(outcomeOf('calls'));
  interrupted.add(outcomeOf('billing', 1));
  const again = openJournal(file, 'tree', true);
  expect(again.ended).toEqual([outcomeOf('calls'), outcomeOf('billing', 1)]);
  again.add(outcomeOf('records'));
  expect(openJournal(file, 'tree', true).ended).toHaveLength(3);
});

test('an outcome that was not written to its end is left out, and the next one follows a whole one', () => {
  const file = newFile();
  openJournal(file, 'tree', false).add(outcomeOf('calls'));
  appendFileSync(file, '{"name":"bill');
  const again = openJournal(file, 'tree', true);
  expect(again.ended).toEqual([outcomeOf('calls')]);
  again.add(outcomeOf('billing'));
  expect(openJournal(file, 'tree', true).ended).toEqual([outcomeOf('calls'), outcomeOf('billing')]);
});

test('a run of other files, and one that was not interrupted, are not resumed', () => {
  const file = newFile();
  expect(() => openJournal(file, 'tree', true)).toThrow('no run was interrupted');
  openJournal(file, 'tree', false).add(outcomeOf('calls'));
  const written = readFileSync(file, 'utf8');
  expect(() => openJournal(file, 'other', true)).toThrow('files have changed');
  expect(readFileSync(file, 'utf8')).toBe(written);
});

test('a new run forgets the former one', () => {
  const file = newFile();
  openJournal(file, 'tree', false).add(outcomeOf('calls'));
  openJournal(file, 'tree', false);
  expect(openJournal(file, 'tree', true).ended).toEqual([]);
});
