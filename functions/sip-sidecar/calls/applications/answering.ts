import type { PlayedSound } from '../../media/platform-sounds.ts';
import type { Application, StartApplication } from './application.ts';

/** Answers a call, and waits. */

/** Nothing happens any more until the caller hangs up. */
const waiting = {
  onDigit: () => undefined,
  onEnd: () => undefined,
  isMovable: true,
  suspend: () => ({ kind: 'answer' }),
  goOn: () => undefined,
} as const satisfies Application;

/** The action `answer`: the caller is answered, and hears silence until it hangs up. */
export const answering: StartApplication = (host) => {
  host.answer();
  return waiting;
};

/** The caller hears what is said, and itself a second later. The relay does it, wherever the call is. */
export const echoing =
  (said: readonly PlayedSound[]): StartApplication =>
  (host) => {
    host.answerAsEcho();
    void host.joined().then(() => host.play(said, () => undefined));
    return waiting;
  };
