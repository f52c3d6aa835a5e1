import type { Call } from '#telephony/call.ts';
import type { Sound } from '#schema/sound.ts';
import type { DialedParty, DialOutcome } from '#functions/telephony/schema/call-flow-state.ts';
import type { PlayedSound } from '../../media/platform-sounds.ts';
import type { StoredApplication, StoredFlow } from '../call/moved-application.ts';

/** What answers a call in place of a SIP peer: a leg whose other end is this process. */

/** What an application can do. After the end of its leg nothing happens any more. */
export type ApplicationHost = {
  /** The call as it is now. */
  readonly call: () => Call;
  /** The `X-` headers of the caller's INVITE; none of a call that the API has placed. */
  readonly headers: () => readonly (readonly [name: string, value: string])[];
  /** The caller hears what is played before the answer (183 with a session description). */
  readonly progress: () => void;
  readonly answer: () => void;
  /** Answers a caller that offers media, which then hears itself a second later. */
  readonly answerAsEcho: () => void;
  /** Resolves when the caller hears the application, after `answer`, or the leg is over. */
  readonly joined: () => Promise<void>;
  /** Ends the call. @param status of the response to a caller that is not answered */
  readonly hangUp: (reason: { readonly status: number; readonly q850: number }) => void;
  /**
   * Plays to the caller, one after the other, after `progress` or `answer`. What does not play is skipped.
   * @param onSkipped gets the error of each that is
   * @returns whether it is over by itself; false: it was stopped, or the leg is over
   */
  readonly play: (sounds: readonly PlayedSound[], onSkipped: (error: unknown) => void) => Promise<boolean>;
  /** The caller hears the music on hold of its organization, until it is not held or joined to another one. */
  readonly hold: (isHeld: boolean) => void;
  /**
   * Puts the call into a free slot, from which a phone may fetch it, or takes it out of there. In the slot its party
   * hears music.
   * @returns whether it is in one now
   */
  readonly park: (isParked: boolean) => Promise<boolean>;
  /** Ends what is played. */
  readonly stop: () => void;
  /** Plays on what another task began to play. @returns as `play` */
  readonly playOn: (onSkipped: (error: unknown) => void) => Promise<boolean>;
  /**
   * Records the caller from now on, after `answer`.
   * @param message id of the voicemail message that it is; undefined: a file of its own
   * @returns id of the file that waits for the recording, or of the message @throws an Error if nothing is recorded
   */
  readonly record: (message?: string) => Promise<string>;
  /** Ends that. A call that is recorded as a whole goes on to be, but not after a message. */
  readonly stopRecording: () => Promise<void>;
  /** Calls others, and joins the caller to the first one that answers: then the leg is over. Answer the call first. */
  readonly dial: (wanted: WantedParties) => Promise<'answered' | DialOutcome>;
};

/** How a party accepts a call that it has answered (`legs/screened-leg.ts`). */
export type Acceptance = {
  /** What it hears; looked up when it has answered. */
  readonly announcement: () => Promise<readonly PlayedSound[]>;
  /** A sound of these does not play. */
  readonly onSkipped: (error: unknown) => void;
  /** The digit by which it accepts; null: it accepts by its answer, and is joined after the announcement. */
  readonly key: string | null;
  /** Id of the user whom calls follow to the party; undefined: an application calls it. */
  readonly follows?: string;
};

/** Whom an application may call. */
export type WantedParty = DialedParty | { readonly device: string };

/**
 * Whom an application calls. `strategy`: all at once, or one after the other, as they are named or those first whose
 * phones have had no call for the longest time.
 */
export type WantedParties = {
  readonly parties: readonly WantedParty[];
  readonly strategy: 'all' | 'in_order' | 'longest_idle';
  readonly ring_seconds: number;
  /**
   * The number to present outside, if it is one of the organization still, or `original`: that of the caller, to those
   * that accept it; null: that of the call.
   */
  readonly caller_id: string | null;
  /** The user as whose call it is decided and charged; null: the call of the organization. */
  readonly user: string | null;
  /** Id of the policy that may allow numbers from variables; null: those reach phones of the organization only. */
  readonly policy: string | null;
  /** With what the call goes on when the called hangs up; null: it ends. */
  readonly after: StoredFlow | null;
  /** What each party is asked before it is joined; undefined: nothing. */
  readonly accept: Acceptance | undefined;
  /** What the caller hears until one answers; undefined: a ringing tone. */
  readonly music: Sound | undefined;
};

/** An application of one call. */
export type Application = {
  /** The caller has typed: one of 0-9, A-D, * and #. */
  readonly onDigit: (digit: string) => void;
  /** The leg is over. */
  readonly onEnd: () => void;
  /** With what a parked call goes on when the phone that fetches it hangs up; undefined: it ends. */
  readonly afterFetch?: StoredFlow | undefined;
  /** Whether another task can go on with it now. */
  readonly isMovable: boolean;
  /**
   * Takes no more events, so that another task can go on with it.
   * @returns what that task begins with; undefined: it cannot move now, and takes events as before
   */
  readonly suspend: () => StoredApplication | undefined;
  /** Takes events again, those first that came since it was suspended. */
  readonly goOn: () => void;
};

/** Begins an application when its leg is called. */
export type StartApplication = (host: ApplicationHost) => Application;
