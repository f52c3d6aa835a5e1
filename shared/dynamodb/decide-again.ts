import { setTimeout as pause } from 'node:timers/promises';
import type { Entity } from '../contract/entities.ts';
import { Contention, StaleWrite } from './commit.ts';
import { attemptInTurn, type LineContext } from './waiting-line.ts';

type Committed<Result> = { readonly kind: 'committed'; readonly result: Result };

/** One decision and its commit. */
export type Attempt<Result> =
  | Committed<Result>
  /** Another writer was faster. `entity`: what it writes, if the writers of that take turns. */
  | { readonly kind: 'stale'; readonly entity: Entity | undefined };

/** How often a decision is made at most, where writers do not take turns. */
const maxDecisions = 16;
/** Milliseconds. Doubles with each of the first five decisions, with jitter, so that rivals do not collide again. */
const firstPause = 4;

/** Whether a commit failed because another writer was faster, or, where writers take turns, holds the item. */
export const isLostRace = (error: unknown, entity: Entity | undefined): boolean =>
  error instanceof StaleWrite || (entity !== undefined && error instanceof Contention);

/**
 * Makes a decision again until it is committed: after a pause, or in its turn where writers take turns.
 *
 * @param deadline Unix milliseconds, where writers take turns
 * @param attempt reads everything that it depends on
 * @returns undefined if other writers were faster 16 times
 * @throws AppError UNAVAILABLE at the deadline; the errors of the attempt
 */
export async function decideAgain<Result>(
  context: LineContext & { readonly random: () => number },
  { organization, deadline }: { readonly organization: number; readonly deadline: number },
  attempt: () => Promise<Attempt<Result>>,
): Promise<Committed<Result> | undefined> {
  for (let turn = 1; turn <= maxDecisions; turn += 1) {
    const made = await attempt();
    if (made.kind === 'committed') return made;
    if (made.entity !== undefined) {
      const inTurn = async () => {
        const again = await attempt();
        return again.kind === 'committed' ? again : undefined;
      };
      return attemptInTurn(context, { organization, entity: made.entity }, inTurn, deadline);
    }
    if (turn < maxDecisions) await pause(context.random() * firstPause * 2 ** Math.min(turn, 5));
  }
  return undefined;
}
