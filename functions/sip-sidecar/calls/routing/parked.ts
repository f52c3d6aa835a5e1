import { second } from '#schema/time.ts';
import type { DialedParty } from '#functions/telephony/schema/call-flow-state.ts';
import type { StartApplication } from './application.ts';

/** A call in a slot: its party hears music, and rings at who parked it after a while. */

type Parked = {
  /** Who parked it; undefined: it rings at no one. */
  readonly by: DialedParty | undefined;
  readonly returnSeconds: number;
  readonly fault: (error: unknown) => void;
};

/** Seconds that it rings at who parked it, and how often it does. */
const ringSeconds = 30;
const maxReturns = 5;

const noAnswer = { status: 480, q850: 19 } as const;

/** Waits in a slot until a phone fetches the call. It does not move to another task. */
export const parked =
  ({ by, returnSeconds, fault }: Parked): StartApplication =>
  (host) => {
    host.answer();
    let [returns, isOver] = [0, false];
    let timer: NodeJS.Timeout | undefined;
    const wait = (): void => {
      if (isOver) return;
      host.hold(true);
      timer = setTimeout(() => void ringBack().catch(fault), returnSeconds * second);
    };
    const ringBack = async (): Promise<void> => {
      returns += 1;
      host.hold(false);
      const wanted = { strategy: 'all', ring_seconds: ringSeconds, caller_id: null, policy: null, user: null } as const;
      const outcome =
        by === undefined
          ? 'no_answer'
          : await host.dial({ parties: [by], ...wanted, after: null, accept: undefined, music: undefined });
      if (outcome === 'answered' || isOver) return;
      if (returns < maxReturns) wait();
      else host.hangUp(noAnswer);
    };
    void host.joined().then(wait);
    return {
      onDigit: () => undefined,
      onEnd: () => {
        isOver = true;
        clearTimeout(timer);
      },
      isMovable: false,
      suspend: () => undefined,
      goOn: () => undefined,
    };
  };
