import type { Call } from '#schema/call.ts';
import type { Sound } from '#schema/sound.ts';
import type { EndReason, Session, SessionListener } from '#sip/session/session.ts';
import { applicationDescription } from '../../media/application-description.ts';
import type { CallMedia } from '../../media/call-media.ts';
import type { Application, ApplicationHost, StartApplication } from '../routing/application.ts';

/** A leg that has no SIP peer, and what it is made of. */
export type ApplicationLeg = {
  readonly start: StartApplication;
  readonly listener: SessionListener;
  readonly media: Pick<CallMedia, 'play' | 'stopPlaying' | 'hearDigits'>;
  readonly call: () => Call;
  /** The caller's leg, which hears what is played, and types. */
  readonly hearer: () => string;
  readonly dial: ApplicationHost['dial'];
  /** The caller's offer as it passed the media; undefined: it wants one. */
  readonly offer: string | undefined;
  readonly fault: (error: unknown) => void;
};

/** One digit of an INFO: `Signal=5` (application/dtmf-relay), or `5` (application/dtmf). */
const signal = /^(?:signal\s*=\s*)?([0-9A-D*#])\s*$/im;
const digitTypes: ReadonlySet<string> = new Set(['application/dtmf-relay', 'application/dtmf']);

/** Of a leg that its application ends before the answer. The caller gets the status, and a phrase of its own. */
const unanswered = 'Temporarily Unavailable';

/** An application as a party of a call: it answers, plays and hears digits; its media are those of the relay. */
export class ApplicationSession implements Session {
  readonly callId: string;
  readonly route = undefined;
  /** No other task can go on with it. */
  readonly isIdle = false;
  readonly gone = Promise.resolve();
  readonly #leg: ApplicationLeg;
  #application: Application | undefined;
  #state: 'begun' | 'answered' | 'over' = 'begun';
  #playing: Playing | undefined;
  #deafen: (() => void) | undefined;

  constructor(id: string, leg: ApplicationLeg) {
    this.callId = id;
    this.#leg = leg;
  }

  /** Lets the application begin. The session must be known to its call. */
  begin(): void {
    const { start, call, offer, listener, dial } = this.#leg;
    if (applicationDescription(offer) === undefined) {
      this.#state = 'over';
      listener.onFailure({ by: 'us', status: 488, reason: 'Not Acceptable Here', q850: 88 });
      return;
    }
    // Before the answer passes: a caller may type at once. Without its offer the relay does not know it yet.
    if (offer !== undefined) this.#hear();
    this.#application = start({
      call,
      progress: () => this.#progress(),
      answer: () => this.#answer(),
      hangUp: (reason) => this.#hangUp(reason),
      play: (sounds, onSkipped) => this.#play(sounds, onSkipped),
      stop: () => this.#playing?.stop(),
      dial: async (wanted) => (this.#state === 'over' ? 'unreachable' : dial(wanted)),
    });
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
    if (!digitTypes.has(contentType)) return 415;
    const [, digit] = signal.exec(body.toString('latin1')) ?? [];
    if (digit === undefined) return 400;
    this.type(digit.toUpperCase());
    return 200;
  }

  /** The caller has typed a digit. */
  type(digit: string): void {
    if (this.#state !== 'over') this.#application?.onDigit(digit);
  }

  async refer(): Promise<number> {
    return 403;
  }

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

  #answer(): void {
    const sdp = applicationDescription(this.#leg.offer);
    if (this.#state !== 'begun' || sdp === undefined) return;
    this.#state = 'answered';
    this.#leg.listener.onAnswer({ sdp });
    if (this.#leg.offer === undefined) this.#hear();
  }

  #hear(): void {
    const { media, hearer } = this.#leg;
    this.#deafen = media.hearDigits(hearer(), (digit) => this.type(digit));
  }

  #hangUp({ status, q850 }: { readonly status: number; readonly q850: number }): void {
    this.#close((wasAnswered) => {
      const { listener } = this.#leg;
      if (wasAnswered) listener.onEnd({ by: 'peer', q850 });
      else listener.onFailure({ by: 'peer', status, q850, reason: unanswered });
    });
  }

  async #play(sounds: readonly Sound[], onSkipped: (error: unknown) => void): Promise<boolean> {
    if (this.#state === 'over') return false;
    this.#playing?.stop();
    const { media, hearer, fault } = this.#leg;
    const playing = new Playing({
      play: (sound) => media.play(hearer(), sound),
      stop: () => void media.stopPlaying(hearer()).catch(fault),
    });
    this.#playing = playing;
    return playing.all(sounds, onSkipped);
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

type PlayingParts = { readonly play: (sound: Sound) => Promise<number>; readonly stop: () => void };

/** Sounds that are played one after the other. The relay does not say when one ends: a timer does. */
class Playing {
  readonly #parts: PlayingParts;
  #isOver = false;
  #next: (() => void) | undefined;

  constructor(parts: PlayingParts) {
    this.#parts = parts;
  }

  /** @returns whether it is over by itself */
  async all(sounds: readonly Sound[], onSkipped: (error: unknown) => void): Promise<boolean> {
    for (const sound of sounds) {
      const milliseconds = await this.#parts.play(sound).catch((error: unknown) => {
        onSkipped(error);
        return 0;
      });
      if (!this.#isOver && milliseconds > 0) await this.#wait(milliseconds);
      if (this.#isOver) return false;
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
    this.#next?.();
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#next = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
