/**
 * `npm test`: what a reader of the project must believe. `npm run test:all`: that, then the tests of a running system
 * area by area, storms, and some planted faults; `--resume` goes on where it was interrupted. Prints one line per
 * check, and one about the progress of tests every minute; runs all of them even if one fails. The last line counts
 * what passed and failed: each test, and each step that is not a test run as one. `--profile` adds what each folder and
 * the costliest test files cost.
 */
import { join } from 'node:path';
import * as z from 'zod';
import { command, CommandError, run, UsageError } from './command-line/command.ts';
import { treeOf } from './check/changes.ts';
import { openJournal, type Journal } from './check/journal.ts';
import { runAndProfile, runAndReport } from './check/run.ts';
import { allSteps, steps } from './check/steps.ts';

export const tool = command({
  name: 'test',
  purpose: 'Runs all static checks, unit tests and proofs, and a journey per area.',
  options: {
    all: z.boolean().default(false).describe('also what takes longer, as `npm run test:all`'),
    resume: z.boolean().default(false).describe('with --all: only what an interrupted run has not ended'),
    profile: z.boolean().default(false).describe('prints the cost of folders and test files'),
  },
});

/** @throws CommandError if a run cannot be resumed */
function journalOfAll(isResumed: boolean): Journal | undefined {
  const tree = treeOf(process.cwd());
  if (tree !== undefined) return openJournal(join('node_modules/.cache/trunkline', 'test-all.jsonl'), tree, isResumed);
  if (isResumed) throw new CommandError('--resume compares files by git, and this is no repository');
  return undefined;
}

if (import.meta.main) {
  await run(tool, async ({ all, resume, profile }) => {
    if (resume && (!all || profile)) throw new UsageError('--resume is for `npm run test:all`, without --profile');
    const chosen = all ? allSteps : steps;
    process.exitCode = await (profile
      ? runAndProfile(chosen)
      : runAndReport(chosen, all ? journalOfAll(resume) : undefined));
  });
}
