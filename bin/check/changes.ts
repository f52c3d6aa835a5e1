import { spawnSync } from 'node:child_process';

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
