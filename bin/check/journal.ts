import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { CommandError } from '../command-line/command.ts';
import { Outcome } from './outcome.ts';

/** Outcomes of the steps that have ended, in a file, so that a run that was interrupted can go on. */
export type Journal = {
  /** Of the interrupted run. */
  readonly ended: readonly Outcome[];
  readonly add: (outcome: Outcome) => void;
};

const Head = z.object({ tree: z.string() });

const lineOf = (value: unknown): string => `${JSON.stringify(value)}\n`;

/** The outcomes in a journal. The last line may be incomplete. @throws CommandError if they are of other files */
function endedIn(written: string, tree: string): readonly Outcome[] {
  const [head, ...lines] = written.split('\n').slice(0, -1);
  if (head === undefined) throw new CommandError('no run was interrupted: run it without --resume');
  if (Head.parse(JSON.parse(head)).tree !== tree)
    throw new CommandError('files have changed since the run was interrupted: run it without --resume');
  return lines.map((line) => Outcome.parse(JSON.parse(line)));
}

/**
 * Opens the journal of a run, a new one unless the run resumes.
 * @param tree identifies what is tested
 * @throws CommandError if there is nothing to resume
 */
export function openJournal(file: string, tree: string, isResumed: boolean): Journal {
  const ended = isResumed ? endedIn(existsSync(file) ? readFileSync(file, 'utf8') : '', tree) : [];
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, [{ tree }, ...ended].map(lineOf).join(''));
  return { ended, add: (outcome) => appendFileSync(file, lineOf(outcome)) };
}
