import type { PromptName } from '#schema/prompt.ts';
import type { Sound } from '#schema/sound.ts';
import { second } from '#schema/time.ts';
import type { EndReason, Session, SessionListener } from '#sip/session/session.ts';
import type { DigitWay } from '#telephony/call.ts';
import { applicationDescription } from '../../media/application-description.ts';
import { type CallMedia, MediaFailure } from '../../media/call-media.ts';
import type { PlayedSound } from '../../media/platform-sounds.ts';
import type { Acceptance } from '../applications/application.ts';
import { Playing, playReplaced, signalledDigit } from './application-session.ts';
import { delegates } from './session-through-media.ts';

/**
 * A party that has answered, and is not joined yet: it hears an announcement, and accepts the call by a digit
 * (functions/sip-sidecar/calls/dialogs/README.md, "Parties that accept"). Its call sees an answer when it has accepted,
 * and a failure when it has not: so the others ring on.
 */

/** Milliseconds of an announcement that are played, and for which a digit is waited for after it. */
const acceptanceTimes = { announcement: 60 * second, key: 10 * second } as const;

/** What a screened leg is made of. */
export type ScreenedLegParts = {
  readonly leg: string;
  readonly accept: Acceptance;
  /** The sound of the organization in place of a prompt of the platform, if it has one. */
  readonly replacement: (name: PromptName) => Promise<Sound | undefined>;
  /** Of the call: it hears what happens. */
  readonly listener: SessionListener;
  readonly media: Pick<CallMedia, 'pass' | 'play' | 'stopPlaying' | 'hearDigits' | 'expectApplication'>;
  /** What is offered to a party that has accepted; undefined: it is asked for an offer. @throws MediaFailure */
  readonly offer: () => Promise<string | undefined>;
  /** A digit of the party has come. */
  readonly noteDigit: (way: DigitWay) => void;
  /** The party has answered: a carrier charges from now on. */
  readonly onAnswered: () => void;
  /** The party has accepted, and is the peer of this session. */
  readonly onAccepted: (session: Session) => void;
  /** The party has answered, and not accepted in time. */
  readonly onDeclined: () => void;
  /** Milliseconds that the answered party is paid for; null: no limit. */
  readonly paidFor: number | null;
  readonly fault: (error: unknown) => void;
  /** Unix milliseconds. */
  readonly now: () => number;
};

type State = 'ringing' | 'asked' | 'accepting' | 'accepted' | 'over';

/** Declines as a person does who does not answer; RFC 3261 §21.4.18, and call rejected (Q.850). */
const declined = { status: 480, q850: 21 } as const;

/** The leg of a party that is asked before it is joined. */
export class ScreenedLeg {
  /** Of the party's session. */
  readonly listener: SessionListener;
  readonly #parts: ScreenedLegParts;
  #session: Session | undefined;
  #state: State = 'ringing';
  #playing: Playing | undefined;
  #deafen: (() => void) | undefined;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(parts: ScreenedLegParts) {
    this.#parts = parts;
    this.listener = this.#listener();
  }

  /** The session as its call sees it. @param session that of the party */
  sessionOf(session: Session): Session {
    this.#session = session;
    return { ...delegates(session), end: (reason) => this.#end(reason) };
  }

  get #isAccepted(): boolean {
    return this.#state === 'accepted';
  }

  #listener(): SessionListener {
    const { listener } = this.#parts;
    return {
      // Early media of a party that is to be asked go to no one: instead of their tone the caller's phone makes one.
      onProgress: ({ status, sdp }) => listener.onProgress({ status: sdp === undefined ? status : 180 }),
      onAnswer: ({ sdp }) => this.#onAnswer(sdp),
      onFailure: (failure) => {
        this.#close();
        listener.onFailure(failure);
      },
      onSilence: (isSilent) => listener.onSilence?.(isSilent),
      onAcknowledge: (acknowledgement) => {
        if (this.#isAccepted) listener.onAcknowledge(acknowledgement);
      },
      onOffer: (offer) => {
        if (this.#isAccepted) listener.onOffer(offer);
        else offer.respond({ status: 491 });
      },
      onInfo: (request) => {
        if (this.#isAccepted) {
          listener.onInfo(request);
          return;
        }
        const digit = signalledDigit(request.contentType, request.body);
        request.respond(typeof digit === 'number' ? digit : 200);
        if (typeof digit === 'string') this.#onDigit(digit, 'info');
      },
      onRefer: (refer) => {
        if (this.#isAccepted) listener.onRefer(refer);
        else refer.reject(491);
      },
      onSign: () => listener.onSign?.(),
      onEnd: (end) => {
        if (this.#isAccepted) listener.onEnd(end);
        else this.#decline();
      },
    };
  }

  #onAnswer(sdp: string | undefined): void {
    const { onAnswered, fault, paidFor } = this.#parts;
    if (this.#state !== 'ringing') return;
    this.#state = 'asked';
    onAnswered();
    if (paidFor !== null) this.#after(paidFor, () => this.#decline());
    this.#ask(sdp).catch((error: unknown) => {
      if (!(error instanceof MediaFailure)) fault(error);
      this.#decline(error instanceof MediaFailure ? error.status : 503);
    });
  }

  async #ask(sdp: string | undefined): Promise<void> {
    const { leg, media, accept } = this.#parts;
    // The platform as the partner of this party, in the session of the call at its relay.
    const screen = `${leg}-screen`;
    media.expectApplication(screen);
    const [from, to] = [leg, screen];
    const passed = sdp && (await media.pass({ kind: 'offer', from, to, sdp, isScreening: true }));
    const answer = passed && applicationDescription(passed);
    if (!answer) {
      this.#decline(488);
      return;
    }
    const answered = await media.pass({ kind: 'answer', from: to, to: from, sdp: answer, isScreening: true });
    if (!this.#isAsked) return;
    this.#session?.acknowledge(answered);
    this.#deafen = media.hearDigits(leg, (digit, way) => this.#onDigit(digit, way));
    await this.#announce(await accept.announcement());
    if (accept.key === null) await this.#join();
    else this.#after(acceptanceTimes.key, () => this.#decline());
  }

  async #announce(sounds: readonly PlayedSound[]): Promise<void> {
    if (this.#state !== 'asked') return;
    const { leg, media, now, fault, replacement } = this.#parts;
    const playing = new Playing(
      { sounds, until: 0 },
      {
        play: (sound) => playReplaced({ media, hearer: () => leg, replacement, fault }, sound),
        stop: () => void media.stopPlaying(leg).catch(fault),
        now,
      },
    );
    this.#playing = playing;
    this.#after(acceptanceTimes.announcement, () => playing.stop());
    await playing.all(this.#parts.accept.onSkipped);
  }

  #onDigit(digit: string, way: DigitWay): void {
    if (this.#state !== 'asked') return;
    this.#parts.noteDigit(way);
    if (digit !== this.#parts.accept.key) return;
    this.#playing?.stop();
    this.#join().catch(this.#parts.fault);
  }

  /** The party leaves the platform for its call. */
  async #join(): Promise<void> {
    const { offer, onAccepted, listener, fault } = this.#parts;
    const session = this.#session;
    if (this.#state !== 'asked' || session === undefined) return;
    this.#state = 'accepting';
    this.#release();
    try {
      const outcome = await session.offer(await offer());
      if (this.#hasEnded) return;
      if ('status' in outcome) {
        this.#decline(outcome.status);
        return;
      }
      this.#state = 'accepted';
      onAccepted(session);
      listener.onAnswer({ sdp: outcome.sdp });
    } catch (error) {
      if (!(error instanceof MediaFailure)) fault(error);
      this.#decline(error instanceof MediaFailure ? error.status : 503);
    }
  }

  get #isAsked(): boolean {
    return this.#state === 'asked';
  }

  get #hasEnded(): boolean {
    return this.#state === 'over';
  }

  /** For this party only: its call goes on searching. */
  #decline(status: number = declined.status): void {
    if (this.#state === 'over' || this.#state === 'accepted') return;
    this.#close();
    this.#session?.end({ q850: 16 });
    if (status === declined.status) this.#parts.onDeclined();
    this.#parts.listener.onFailure({
      by: 'peer',
      status,
      reason: 'Not Accepted',
      ...(status === declined.status && { q850: declined.q850 }),
    });
  }

  /** The call ends the leg. */
  #end(reason: EndReason | undefined): void {
    const wasAsked = this.#state === 'asked' || this.#state === 'accepting';
    if (wasAsked) this.#close();
    this.#session?.end(reason);
    if (wasAsked) this.#parts.listener.onFailure({ by: 'us', status: 487, reason: 'Request Terminated' });
  }

  /** While the party is asked. */
  #after(milliseconds: number, work: () => void): void {
    if (!this.#isAsked) return;
    this.#timers.push(setTimeout(work, milliseconds));
  }

  #close(): void {
    this.#state = 'over';
    this.#release();
  }

  #release(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#playing?.abandon();
    this.#deafen?.();
  }
}
