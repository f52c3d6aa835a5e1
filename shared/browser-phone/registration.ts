import { reasonOf } from './reasons.ts';
import { statusIn, type Sessions } from './sessions.ts';

/** The registration of a line: attempted again while it fails, which JsSIP does only when its connection is back. */

/** The part of JsSIP's user agent that registers. */
export type Registering = {
  on: (
    event: 'registered' | 'disconnected' | 'registrationFailed',
    listener: (failure: { readonly cause?: string; readonly response?: unknown }) => void,
  ) => unknown;
  readonly register: () => void;
  readonly isConnected: () => boolean;
};

/** Milliseconds before the next attempt: doubled each time, as in RFC 5626 §4.5. */
const waits = { first: 2_000, longest: 60_000 } as const;

/** Statuses that come with a line that has ended. */
const isOver = (status: number | undefined): boolean => status === 403 || status === 404;

/** Milliseconds for which a response wants no further attempt (RFC 3261 §20.33); 0: it says nothing. */
function retryAfter(response: unknown): number {
  const { getHeader } = Object(response) as { readonly getHeader?: (name: string) => string | undefined };
  return 1_000 * Number(/^\d{1,5}/.exec(getHeader?.call(response, 'retry-after') ?? '')?.[0] ?? 0);
}

/**
 * Reports each change of a registration, and keeps it up.
 *
 * @param random from 0 to 1; spreads the attempts of phones that failed at the same time
 * @returns what ends the attempts
 */
export function keepRegistered(
  agent: Registering,
  dispatch: Sessions['dispatch'],
  random: () => number = Math.random,
): () => void {
  let wait: number = waits.first;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = (): void => clearTimeout(timer);
  agent.on('registered', () => {
    end();
    wait = waits.first;
    dispatch({ kind: 'registered' });
  });
  agent.on('disconnected', () => {
    end();
    dispatch({ kind: 'interrupted', why: 'The connection is lost. The phone connects again.' });
  });
  agent.on('registrationFailed', ({ cause, response }) => {
    end();
    if (isOver(statusIn(response))) {
      dispatch({
        kind: 'signed out',
        problem: 'The line has ended, or may not be used any more. Sign in again.',
      });
      return;
    }
    const pause = Math.max(wait * (1 + random() / 2), retryAfter(response));
    timer = setTimeout(() => {
      // A connection that comes back registers by itself.
      if (agent.isConnected()) agent.register();
    }, pause);
    wait = Math.min(2 * wait, waits.longest);
    dispatch({ kind: 'interrupted', why: `The line does not register: ${reasonOf(undefined, cause)}` });
  });
  return end;
}
