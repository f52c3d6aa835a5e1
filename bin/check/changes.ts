import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs git in the working directory. @returns what it prints, or undefined if it fails */
export type Git = (...command: readonly string[]) => string | undefined;

const runGit: Git = (...command) => {
  const { status, stdout } = spawnSync('git', command, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
};

const linesOf = (printed: string | undefined): readonly string[] =>
  (printed ?? '').split('\n').filter((line) => line !== '');

export type Changes = {
  /** What the files are compared with, as a person reads it. */
  readonly since: string;
  /** Changed and new files that exist, relative to the working directory. */
  readonly files: readonly string[];
};

/**
 * What changed since the current branch left `main` (or `origin/main`), committed or not. On `main` itself these are
 * the uncommitted changes, or those of the last commit if there are none.
 *
 * @returns undefined where git knows no earlier commit, as in a checkout without history
 */
export function changes(git: Git = runGit): Changes | undefined {
  const head = git('rev-parse', 'HEAD');
  if (head === undefined) return undefined;
  const branchPoint = git('merge-base', 'HEAD', 'main') ?? git('merge-base', 'HEAD', 'origin/main') ?? head;
  const created = linesOf(git('ls-files', '--others', '--exclude-standard'));
  const since = (commit: string) => [
    ...linesOf(git('diff', '--name-only', '--diff-filter=d', '--relative', commit)),
    ...created,
  ];
  const files = since(branchPoint);
  if (branchPoint !== head || files.length > 0 || git('status', '--porcelain') !== '')
    return { since: branchPoint.slice(0, 12), files };
  const parent = git('rev-parse', '--verify', 'HEAD~1');
  return parent === undefined ? undefined : { since: parent.slice(0, 12), files: since(parent) };
}

/**
 * Identifies the contents of all files that git does not ignore: two runs with the same one test the same.
 * @returns undefined outside a repository
 */
export function treeOf(directory: string): string | undefined {
  const git = (command: readonly string[], environment = process.env) => {
    const { status, stdout } = spawnSync('git', command, { cwd: directory, env: environment, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  const index = git(['rev-parse', '--path-format=absolute', '--git-path', 'index']);
  if (index === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-index-'));
  try {
    const copy = join(folder, 'index');
    copyFileSync(index, copy);
    // In an index of its own: what a person has staged stays as it is.
    const environment = { ...process.env, GIT_INDEX_FILE: copy };
    git(['add', '--all'], environment);
    return git(['write-tree'], environment);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
