import { expect, test } from 'vitest';
import { changeBase, type Git } from './change-base.ts';

/** A git that answers these commands and fails on all others. */
const answering =
  (answers: Readonly<Record<string, string>>): Git =>
  (...command) =>
    answers[command.join(' ')];

test('a branch is compared with the commit where it left main', () => {
  const git = answering({
    'rev-parse HEAD': 'tip',
    'merge-base HEAD main': 'fork',
    'rev-parse --verify HEAD~1': 'parent',
  });
  expect(changeBase(git)).toBe('fork');
});

test('without a local main, origin/main counts', () => {
  const git = answering({ 'rev-parse HEAD': 'tip', 'merge-base HEAD origin/main': 'fork' });
  expect(changeBase(git)).toBe('fork');
});

test('main itself is compared with the parent of its last commit', () => {
  const git = answering({
    'rev-parse HEAD': 'tip',
    'merge-base HEAD main': 'tip',
    'rev-parse --verify HEAD~1': 'parent',
  });
  expect(changeBase(git)).toBe('parent');
});

test('a checkout without history has no base', () => {
  expect(changeBase(answering({ 'rev-parse HEAD': 'tip' }))).toBeUndefined();
});
