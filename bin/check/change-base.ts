import { spawnSync } from 'node:child_process';

/** Runs git in the working directory. @returns what it prints, or undefined if it fails */
export type Git = (...command: readonly string[]) => string | undefined;

const runGit: Git = (...command) => {
  const { status, stdout } = spawnSync('git', command, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
};

/**
 * The commit against which changes are compared: where the current branch left `main` (or `origin/main`). On `main`
 * itself it is the parent of the last commit.
 *
 * @returns undefined where git knows no earlier commit, as in a checkout without history
 */
export function changeBase(git: Git = runGit): string | undefined {
  const head = git('rev-parse', 'HEAD');
  const branchPoint = git('merge-base', 'HEAD', 'main') ?? git('merge-base', 'HEAD', 'origin/main');
  return branchPoint === undefined || branchPoint === head ? git('rev-parse', '--verify', 'HEAD~1') : branchPoint;
}
