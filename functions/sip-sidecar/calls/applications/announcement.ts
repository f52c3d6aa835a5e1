import type { PlayedSound } from '../../media/platform-sounds.ts';
import type { ApplicationHost, StartApplication } from './application.ts';

/** Says something to a caller, and then ends the call. */

const cleared = { status: 480, q850: 16 } as const;

/** Answers, plays sounds one after the other, and hangs up. What does not play is skipped. */
export const announcement =
  (sounds: readonly PlayedSound[]): StartApplication =>
  (host) => {
    host.answer();
    return playing(host, async () => {
      await host.joined();
      await host.play(sounds, () => undefined);
    });
  };

/**
 * The same with sounds that are known later: what they say happens when the caller hears it, or has hung up. So of two
 * calls that change one setting, the one whose change is the last one says it last. It moves once it plays.
 */
export const announcementOf =
  (prepare: () => Promise<readonly PlayedSound[]>): StartApplication =>
  (host) => {
    host.answer();
    let isReady = false;
    const play = async (): Promise<void> => {
      await host.joined();
      const sounds = await prepare();
      isReady = true;
      await host.play(sounds, () => undefined);
    };
    return playing(host, play, () => isReady);
  };

/** Goes on with the announcement of a call of another task: what plays is stored with its leg. */
export const resumedAnnouncement: StartApplication = (host) =>
  playing(host, async () => {
    await host.playOn(() => undefined);
  });

function playing(
  host: ApplicationHost,
  play: () => Promise<void>,
  isReady: () => boolean = () => true,
): ReturnType<StartApplication> {
  let [isSuspended, isOver] = [false, false];
  const hangUp = (): void => {
    isOver = true;
    if (!isSuspended) host.hangUp(cleared);
  };
  play().then(hangUp, hangUp);
  return {
    onDigit: () => undefined,
    onEnd: () => undefined,
    get isMovable() {
      return !isOver && isReady();
    },
    suspend: () => {
      isSuspended = true;
      return { kind: 'announcement' };
    },
    goOn: () => {
      isSuspended = false;
      if (isOver) host.hangUp(cleared);
    },
  };
}
