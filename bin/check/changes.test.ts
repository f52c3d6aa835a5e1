import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { changes, treeOf, type Git } from './changes.ts';

const diff = (commit: string) => `diff --name-only --diff-filter=d --relative ${commit}`;
const untracked = 'ls-files --others --exclude-standard';
const clean = { 'rev-parse HEAD': 'tip', 'status --porcelain': '' };

/** A git that answers these commands and fails on all others. */
const answering =
  (answers: Readonly<Record<string, string>>): Git =>
  (...command) =>
    answers[command.join(' ')];

test('a branch is compared with the commit where it left main', () => {
  const git = answering({
    ...clean,
    'merge-base HEAD main': 'fork',
    'rev-parse --verify HEAD~1': 'parent',
    [diff('fork')]: 'shared/errors.ts\nfunctions/contracts.ts',
    [untracked]: 'new.ts',
  });
  expect(changes(git)).toEqual({ since: 'fork', files: ['shared/errors.ts', 'functions/contracts.ts', 'new.ts'] });
});

test('without a local main, origin/main counts', () => {
  const git = answering({ ...clean, 'merge-base HEAD origin/main': 'fork', [diff('fork')]: 'shared/errors.ts' });
  expect(changes(git)).toEqual({ since: 'fork', files: ['shared/errors.ts'] });
});

test('on main itself, uncommitted changes count', () => {
  const git = answering({
    'rev-parse HEAD': 'tip',
    'status --porcelain': ' M shared/errors.ts',
    'merge-base HEAD main': 'tip',
    'rev-parse --verify HEAD~1': 'parent',
    [diff('tip')]: 'shared/errors.ts',
  });
  expect(changes(git)).toEqual({ since: 'tip', files: ['shared/errors.ts'] });
});

test('on main without uncommitted changes, the last commit counts', () => {
  const git = answering({
    ...clean,
    'merge-base HEAD main': 'tip',
    'rev-parse --verify HEAD~1': 'parent',
    [diff('parent')]: 'shared/errors.ts',
  });
  expect(changes(git)).toEqual({ since: 'parent', files: ['shared/errors.ts'] });
});

test('a branch whose changes were reverted has none', () => {
  const git = answering({ ...clean, 'merge-base HEAD main': 'fork', [diff('fork')]: '' });
  expect(changes(git)).toEqual({ since: 'fork', files: [] });
});

test('a checkout without history has no changes to compare', () => {
  expect(changes(answering(clean))).toBeUndefined();
  expect(changes(answering({}))).toBeUndefined();
});

test('a tree is named by the contents of its files, committed or not, and what is staged stays', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-tree-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const git = (...command: string[]) => spawnSync('git', command, { cwd: folder, encoding: 'utf8' }).stdout;
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  expect(treeOf(folder)).toBeUndefined();
  git('init', '--quiet');
  write('.gitignore', 'ignored');
  write('a', '1');
  git('add', 'a');
  const first = treeOf(folder);
  expect(first).toMatch(/^[0-9a-f]{40}$/);
  expect(git('status', '--porcelain')).toBe('A  a\n?? .gitignore\n');
  write('ignored', '1');
  git('add', '--all');
  git('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '--quiet', '--message', 'a');
  expect(treeOf(folder)).toBe(first);
  write('b', '1');
  const second = treeOf(folder);
  expect(second).not.toBe(first);
  write('b', '2');
  expect(treeOf(folder)).not.toBe(second);
  rmSync(join(folder, 'b'));
  expect(treeOf(folder)).toBe(first);
});
