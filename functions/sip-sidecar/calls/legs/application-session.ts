import type { Call, DigitWay } from '#telephony/call.ts';
import type { PromptName } from '#schema/prompt.ts';
import type { Sound } from '#schema/sound.ts';
import type { EndReason, Session, SessionListener } from '#sip/session/session.ts';
import { applicationDescription, echoDescription } from '../../media/application-description.ts';
import type { CallMedia } from '../../media/call-media.ts';
import type { DigitPosition } from '../../media/digit-feed.ts';
import type { MovedApplication, PlayingSounds, StoredFlow } from '../call/moved-application.ts';
import type { Application, ApplicationHost, StartApplication, WantedParties } from '../applications/application.ts';
import type { PlayedSound } from '../../media/platform-sounds.ts';

/** A leg that has no SIP peer, and what it is made of. */
export type ApplicationLeg = {
  readonly start: StartApplication;
  readonly listener: SessionListener;
  readonly media: Pick<
    CallMedia,
    'play' | 'ring' | 'stopPlaying' | 'stopRecording' | 'hearDigits' | 'digitPosition' | 'delay'
  >;
  readonly call: () => Call;
  /** The caller's leg, which hears what is played, and types. */
  readonly hearer: () => string;
  readonly headers: ApplicationHost['headers'];
  readonly joined: ApplicationHost['joined'];
  readonly hold: ApplicationHost['hold'];
  readonly park: ApplicationHost['park'];
  readonly dial: ApplicationHost['dial'];
  readonly record: ApplicationHost['record'];
  /** A digit of the hearer has come. */
  readonly noteDigit: (way: DigitWay) => void;
  /** The sound of the organization in place of a prompt of the platform, if it has one. */
  readonly replacement: (name: PromptName) => Promise<Sound | undefined>;
  /** The caller's offer as it passed the media; undefined: it wants one. */
  readonly offer: string | undefined;
  readonly fault: (error: unknown) => void;
  /** Unix milliseconds. */
  readonly now: () => number;
};

/** How late a caller hears itself, in milliseconds. */
const echoDelay = 1_000;

/** One digit of an INFO: `Signal=5` (application/dtmf-relay), or `5` (application/dtmf). */
const signal = /^(?:signal\s*=\s*)?([0-9A-D*#])\s*$/im;
const digitTypes: ReadonlySet<string> = new Set(['application/dtmf-relay', 'application/dtmf']);

/** The digit of an INFO, or the status that rejects it. */
export function signalledDigit(contentType: string, body: Buffer): string | 400 | 415 {
  if (!digitTypes.has(contentType)) return 415;
  return signal.exec(body.toString('latin1'))?.[1]?.toUpperCase() ?? 400;
}

/** Of a leg that its application ends before the answer. The caller gets the status, and a phrase of its own. */
const unanswered = 'Temporarily Unavailable';

/** An application as a party of a call: it answers, plays and hears digits; its media are those of the relay. */
export class ApplicationSession implements Session {
  readonly callId: string;
  readonly route = undefined;
  readonly gone = Promise.resolve();
  readonly #leg: ApplicationLeg;
  #application: Application | undefined;
  #state: 'begun' | 'answered' | 'over' = 'begun';
  #playing: Playing | undefined;
  #deafen: (() => void) | undefined;
  #moved: MovedApplication | undefined;

  constructor(id: string, leg: ApplicationLeg) {
    this.callId = id;
    this.#leg = leg;
  }

  /** Lets the application begin. The session must be known to its call. */
  begin(): void {
    const { start, offer, listener } = this.#leg;
    if (applicationDescription(offer) === undefined) {
      this.#state = 'over';
      listener.onFailure({ by: 'us', status: 488, reason: 'Not Acceptable Here', q850: 88 });
      return;
    }
    // Before the answer passes: a caller may type at once. Without its offer the relay does not know it yet.
    if (offer !== undefined) this.#hear();
    this.#application = start(this.#host());
  }

  /** Goes on with the application of a leg that another task had. */
  resume({ playing, digits }: MovedApplication): void {
    this.#state = 'answered';
    if (playing !== null) this.#playing = this.#newPlaying(playing);
    this.#application = this.#leg.start(this.#host());
    this.#hear(digits ?? undefined);
  }

  get #isUp(): boolean {
    return this.#state === 'answered';
  }

  /** With what a parked call goes on when the phone that fetches it hangs up; undefined: it ends. */
  get afterFetch(): StoredFlow | undefined {
    return this.#application?.afterFetch;
  }

  readonly isOffered = false;

  /** Whether another task may go on with it now. */
  get isIdle(): boolean {
    return this.#isUp && this.#application?.isMovable === true && this.#playing?.isPreparing !== true;
  }

  /**
   * Lets nothing happen, so that another task can go on with it.
   * @returns whether that is possible now; if not, everything goes on
   */
  suspend(): boolean {
    const application = this.isIdle ? this.#application?.suspend() : undefined;
    if (application === undefined) return false;
    const playing = this.#playing?.suspend() ?? null;
    this.#moved = { application, playing, digits: this.#leg.media.digitPosition() ?? null };
    return true;
  }

  /** What the task that goes on with it begins with; undefined: it is not suspended. */
  get moved(): MovedApplication | undefined {
    return this.#moved;
  }

  /** Goes on here after all. */
  goOn(): void {
    if (this.#moved === undefined || this.#state === 'over') return;
    this.#moved = undefined;
    this.#playing?.goOn();
    this.#application?.goOn();
  }

  #host(): ApplicationHost {
    const { call, headers, joined, hold, record, media } = this.#leg;
    return {
      call,
      headers,
      joined,
      progress: () => this.#progress(),
      answer: () => this.#answer(applicationDescription(this.#leg.offer)),
      answerAsEcho: () => this.#echo(),
      hangUp: (reason) => this.#hangUp(reason),
      play: (sounds, onSkipped) => this.#play(sounds, onSkipped),
      playOn: (onSkipped) => this.#playOn(onSkipped),
      hold: (isHeld) => {
        if (this.#isUp) hold(isHeld);
      },
      park: (isParked) => this.#park(isParked),
      stop: () => this.#playing?.stop(),
      record,
      stopRecording: () => media.stopRecording(),
      dial: (wanted) => this.#dial(wanted),
    };
  }

  end(reason?: EndReason): void {
    this.#close((wasAnswered) => {
      const { listener } = this.#leg;
      if (wasAnswered) listener.onEnd({ by: 'us', ...reason });
      else listener.onFailure({ by: 'us', status: 487, reason: 'Request Terminated' });
    });
  }

  async offer(sdp: string | undefined): Promise<{ readonly sdp: string } | { readonly status: number }> {
    const answer = this.#state === 'over' ? undefined : applicationDescription(sdp);
    return answer === undefined ? { status: 488 } : { sdp: answer };
  }

  acknowledge(): void {
    // Its own offer is always the same, whatever the caller answers.
  }

  async info(contentType: string, body: Buffer): Promise<number> {
    const digit = signalledDigit(contentType, body);
    if (typeof digit === 'number') return digit;
    // What the other task has begun with does not change any more.
    if (this.#moved !== undefined) return 500;
    this.type(digit, 'info');
    return 200;
  }

  /** The caller has typed a digit. */
  type(digit: string, way: DigitWay): void {
    if (this.#state === 'over') return;
    this.#leg.noteDigit(way);
    this.#application?.onDigit(digit);
  }

  async refer(): Promise<number> {
    return 403;
  }

  readonly described = undefined;

  stored(): undefined {
    return undefined;
  }

  handOver(): void {
    this.#close(() => undefined);
  }

  refreshTarget(): void {
    // It has no peer.
  }

  #progress(): void {
    const sdp = applicationDescription(this.#leg.offer);
    if (this.#state === 'begun' && sdp !== undefined) this.#leg.listener.onProgress({ status: 183, sdp });
  }

  #echo(): void {
    const { media, hearer, offer, joined, fault } = this.#leg;
    this.#answer(echoDescription(offer));
    joined()
      .then(() => (this.#state === 'over' ? undefined : media.delay(hearer(), echoDelay)))
      .catch(fault);
  }

  #answer(sdp: string | undefined): void {
    if (this.#state !== 'begun' || sdp === undefined) return;
    this.#state = 'answered';
    this.#leg.listener.onAnswer({ sdp });
    if (this.#leg.offer === undefined) this.#hear();
  }

  #hear(after?: DigitPosition): void {
    const { media, hearer } = this.#leg;
    this.#deafen = media.hearDigits(hearer(), (digit, way) => this.type(digit, way), after);
  }

  #hangUp({ status, q850 }: { readonly status: number; readonly q850: number }): void {
    this.#close((wasAnswered) => {
      const { listener } = this.#leg;
      if (wasAnswered) listener.onEnd({ by: 'peer', q850 });
      else listener.onFailure({ by: 'peer', status, q850, reason: unanswered });
    });
  }

  async #play(sounds: readonly PlayedSound[], onSkipped: (error: unknown) => void): Promise<boolean> {
    if (this.#state === 'over') return false;
    this.#playing?.stop();
    const playing = this.#newPlaying({ sounds, until: 0 });
    this.#playing = playing;
    return playing.all(onSkipped);
  }

  /** Plays on what another task has begun. */
  async #playOn(onSkipped: (error: unknown) => void): Promise<boolean> {
    if (this.#playing === undefined) return true;
    const isOver = await this.#playing.all(onSkipped);
    const { media, hearer } = this.#leg;
    // These media do not know when a sound of the other task ends.
    if (isOver) media.stopPlaying(hearer()).catch(() => undefined);
    return isOver;
  }

  /** The caller hears music or a ringing tone until a party has answered, or none does. */
  async #dial(wanted: WantedParties): ReturnType<ApplicationHost['dial']> {
    if (this.#state === 'over') return 'unreachable';
    const { media, hearer, dial, fault } = this.#leg;
    const caller = hearer();
    await waiting(media, caller, wanted.music).catch(fault);
    const outcome = await dial(wanted);
    // A relay has forgotten a call that is over.
    media.stopPlaying(caller).catch(() => undefined);
    return outcome;
  }

  async #park(isParked: boolean): Promise<boolean> {
    if (this.#state === 'over') return false;
    const { hold, joined, park } = this.#leg;
    if (isParked) await joined();
    // Before what is played next.
    else hold(false);
    const isIn = await park(isParked);
    if (isIn && this.#isUp) hold(true);
    return isIn;
  }

  #newPlaying(sounds: PlayingSounds): Playing {
    const { media, hearer, fault, now } = this.#leg;
    const parts = {
      play: (sound: PlayedSound) => playReplaced(this.#leg, sound),
      stop: () => void media.stopPlaying(hearer()).catch(fault),
      now,
    };
    return new Playing(sounds, parts);
  }

  #close(report: (wasAnswered: boolean) => void): void {
    if (this.#state === 'over') return;
    const wasAnswered = this.#state === 'answered';
    this.#state = 'over';
    this.#playing?.abandon();
    this.#deafen?.();
    report(wasAnswered);
    this.#application?.onEnd();
  }
}

/** Plays a sound, or what the organization has in its place: a file that is gone, or does not play, is no loss. */
export async function playReplaced(
  {
    media,
    hearer,
    replacement,
    fault,
  }: Pick<ApplicationLeg, 'hearer' | 'replacement' | 'fault'> & {
    readonly media: Pick<CallMedia, 'play'>;
  },
  sound: PlayedSound,
): Promise<number> {
  try {
    const own = 'platform' in sound && sound.platform === 'prompt' ? await replacement(sound.name) : undefined;
    if (own !== undefined) return await media.play(hearer(), own);
  } catch (error) {
    fault(error);
  }
  return media.play(hearer(), sound);
}

/** How often music is played at most: for longer than phones ring. */
const musicTimes = 300;

async function waiting(media: ApplicationLeg['media'], leg: string, music: Sound | undefined): Promise<void> {
  if (music === undefined) await media.ring(leg);
  else await media.play(leg, music, musicTimes);
}

type PlayingParts = {
  readonly play: (sound: PlayedSound) => Promise<number>;
  readonly stop: () => void;
  readonly now: () => number;
};

/** Sounds that are played one after the other. The relay does not say when one ends: a timer does. */
export class Playing {
  readonly #parts: PlayingParts;
  readonly #sounds: PlayedSound[];
  /** When the first of the sounds ends; 0: it does not play yet. */
  #until: number;
  #isOver = false;
  #isSuspended = false;
  #timer: NodeJS.Timeout | undefined;
  #next: (() => void) | undefined;

  constructor({ sounds, until }: PlayingSounds, parts: PlayingParts) {
    this.#sounds = [...sounds];
    this.#until = until;
    this.#parts = parts;
  }

  /** Whether the relay is asked to play a sound, so that its end is not known. */
  get isPreparing(): boolean {
    return !this.#isOver && this.#until === 0;
  }

  /** @returns whether it is over by itself */
  async all(onSkipped: (error: unknown) => void): Promise<boolean> {
    for (let [sound] = this.#sounds; sound !== undefined; [sound] = this.#sounds) {
      if (this.#until === 0) this.#until = await this.#begin(sound, onSkipped);
      await this.#end();
      if (this.#isOver) return false;
      this.#sounds.shift();
      this.#until = 0;
    }
    this.#isOver = true;
    return true;
  }

  stop(): void {
    if (!this.#isOver) this.#parts.stop();
    this.abandon();
  }

  /** Nothing more is played; the relay forgets the call. */
  abandon(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#next?.();
  }

  /** Another task may play on. @returns undefined: nothing plays */
  suspend(): PlayingSounds | undefined {
    if (this.#isOver) return undefined;
    this.#isSuspended = true;
    clearTimeout(this.#timer);
    return { sounds: [...this.#sounds], until: this.#until };
  }

  goOn(): void {
    this.#isSuspended = false;
    if (this.#next !== undefined) this.#wait(this.#next);
  }

  /** @returns when it ends */
  async #begin(sound: PlayedSound, onSkipped: (error: unknown) => void): Promise<number> {
    const milliseconds = await this.#parts.play(sound).catch((error: unknown) => {
      onSkipped(error);
      return 0;
    });
    return this.#parts.now() + milliseconds;
  }

  /** Resolves when the first sound is over. */
  async #end(): Promise<void> {
    if (this.#isOver) return;
    await new Promise<void>((resolve) => {
      this.#next = resolve;
      if (!this.#isSuspended) this.#wait(resolve);
    });
    this.#next = undefined;
  }

  #wait(resolve: () => void): void {
    this.#timer = setTimeout(resolve, Math.max(0, this.#until - this.#parts.now()));
  }
}
