import { hangupCauses, type AudioCause, type DigitWay, type HangupCause } from '#telephony/call.ts';
import { hasCodecs } from '#sip/sdp/audio-codecs.ts';
import { hasMedia } from '#sip/sdp/sdp.ts';
import type { AbsentMedium } from '#sip/sdp/srtp.ts';
import type { MediaEncryption } from '#telephony/peer-settings.ts';
import type { PlayedSound } from './platform-sounds.ts';
import type { TransportName } from '../transport/flow.ts';
import type { DigitPosition } from './digit-feed.ts';
import type { FaxSetting } from './fax.ts';
import type { PeerAudio } from './peer-audio.ts';

/** A description that a leg sent, on its way to another leg of the call. */
export type SentDescription = {
  /** An answer is that of `from` to an offer of `to`. */
  readonly kind: 'offer' | 'answer';
  /** Early media: the party that is called has not answered. */
  readonly isEarly?: boolean;
  /** The platform asks a party whether it accepts the call: nothing of that is the call itself. */
  readonly isScreening?: true;
  readonly from: string;
  readonly to: string;
  readonly sdp: string;
};

/** Why a description cannot pass. */
export class MediaFailure extends Error {
  /** Of the response to the party whose description it is. */
  readonly status: 488 | 503;
  readonly hangupCause: HangupCause;

  constructor(status: 488 | 503, hangupCause: HangupCause, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.hangupCause = hangupCause;
  }

  /** As the failure of a leg that is not called. */
  get failure(): {
    readonly status: number;
    readonly q850: number;
    readonly cause: HangupCause;
    readonly by: 'us';
  } {
    const { status, hangupCause: cause } = this;
    return { status, q850: hangupCauses[cause], cause, by: 'us' };
  }
}

/**
 * No answer leaves without a codec: a call of events alone would be up, charged, and silent (RFC 3264 §6.1).
 * @throws MediaFailure 488
 */
export function assertCodecs(sdp: string): void {
  if (!hasCodecs(sdp)) throw new MediaFailure(488, 'INCOMPATIBLE_DESTINATION', 'the answer has no codec of the offer');
}

/**
 * No call begins with an answer that rejects all media of its offer (RFC 3264 §6): it would be up, charged, and silent.
 * @throws MediaFailure 488
 */
export function assertMedia(offer: string, answer: string): void {
  if (hasMedia(offer) && !hasMedia(answer))
    throw new MediaFailure(488, 'INCOMPATIBLE_DESTINATION', 'the answer rejects all media of the offer');
}

/** The relay of a call, and its connected legs there, for the task that goes on with it. */
export type StoredMedia = {
  readonly relay: string;
  readonly source: StoredLeg;
  readonly destination: StoredLeg;
  /** Whether the call is recorded. */
  readonly recorded?: true | undefined;
  /** Who hears music, as the other party holds the call. */
  readonly music?: 'source' | 'destination' | undefined;
  /** The last descriptions of both; absent: another task cannot return to them. */
  readonly agreed?: StoredExchange;
};
/** `from`: who offered. */
export type StoredExchange = {
  readonly from: 'source' | 'destination';
  readonly offer: string;
  readonly answer: string;
};
/**
 * `heard`: the address from which its SIP comes; absent: it is not known. `port`: of the relay, to which it sends.
 * `opus`: how it speaks Opus; absent: it does not. `encryption`, `profile`, `absent`: as it is encrypted
 * (`encrypted-leg.ts`), without keys. `fax`: absent: T.38 passes. `detectsTones`: the relay looks for digits in its
 * audio. `audio`: what it takes; absent: any.
 */
export type StoredLeg = {
  readonly tag: string;
  readonly kind: 'webrtc' | 'rtp';
  readonly heard?: string;
  readonly port?: number;
  readonly opus?: SpokenOpus;
  readonly encryption?: MediaEncryption;
  readonly profile?: string;
  readonly absent?: readonly AbsentMedium[];
  readonly fax?: FaxSetting;
  readonly detectsTones?: true;
  readonly audio?: PeerAudio;
};
/**
 * `format`: payload type to the relay. `isOnly`: it has offered, or answered with, neither PCMU nor PCMA. `events`:
 * payload type of its events, which count by 8 kHz.
 */
export type SpokenOpus = { readonly format?: number; readonly isOnly?: true; readonly events?: number };

/** Why a call that is to be recorded is not: no relay records, that of the call fails, or no G.711 is spoken. */
export type RecordingFailure = 'RECORDING_UNAVAILABLE' | 'MEDIA_RELAY_FAILED' | 'UNSUPPORTED_CODEC';

/** Where a relay hears parties: the ports of the caller, and the payload types of Opus by port. */
export type HeardMedia = {
  readonly caller: readonly number[];
  readonly opus: readonly { readonly port: number; readonly format: number }[];
};

/** The recording of a call. It begins with the first exchange of parties that talk, or fails then. */
export type Recording = {
  /** File at the relay that each party hears, once; undefined: none does. */
  readonly notice: string | undefined;
  /** Whether the call is to be recorded, which is known when it is routed. */
  readonly isWanted: () => boolean;
  /** What the relay stores with it. */
  readonly metadata: (heard: HeardMedia) => string;
  readonly onBegin: () => void;
  /** Called at most once. The call goes on. */
  readonly onFailure: (reason: RecordingFailure) => void;
};

/** What a relay has counted of the audio of a party. Times are Unix milliseconds. */
export type HeardAudio = {
  /** Since the call began: packets, and their bytes with the header of RTP. RTCP that is multiplexed is among them. */
  readonly packets: number;
  readonly bytes: number;
  /** When the last packet, or the last description, came. */
  readonly last: number;
  /** When the party agreed on descriptions last. */
  readonly agreedAt: number;
  /** Why nothing comes, if nothing comes. */
  readonly likely: Exclude<AudioCause, 'comfort_noise_only'>;
};

/** What a relay hears of a party. */
export type HeardParty = {
  /**
   * When its last packet, RTP or RTCP, or its last description came, in Unix milliseconds: the middle of the second
   * that the relay says.
   */
  readonly at: number;
  /** Packets of its largest stream since the call began. */
  readonly packets: number;
  /** Whether its media are to be heard: it is not on hold, and does not only listen. */
  readonly isExpected: boolean;
  /** Absent: it is an application, or sends a fax. */
  readonly audio?: HeardAudio;
};
export type HeardParties = Readonly<Record<'source' | 'destination', HeardParty>>;

/** The media of one call: how the descriptions of its legs pass to one another. */
export type CallMedia = {
  /** The relay; undefined: media do not pass one. */
  readonly relay: string | undefined;
  /**
   * A leg calls or is called over a transport, which says what media it is likely to have.
   * @param heard the address from which its SIP comes; undefined: it is not known yet
   */
  readonly expect: (leg: string, transport: TransportName, heard?: string) => void;
  /** Whether a leg is to be encrypted by SRTP. Call it before its first description. Default: as it wants. */
  readonly encrypt: (leg: string, encryption: MediaEncryption) => void;
  /** What becomes of faxes with a leg. Call it before its first description. Default: they pass. */
  readonly limitFax: (leg: string, fax: FaxSetting) => void;
  /** What audio a leg takes. Call it before its first description. Default: any. */
  readonly limitAudio: (leg: string, audio: PeerAudio) => void;
  /** A leg is an application, which has no SIP peer. @throws MediaFailure without a relay */
  readonly expectApplication: (leg: string) => void;
  /**
   * Plays a sound to a leg, in place of what it hears.
   * @param times how often in a row; once by default
   * @returns its milliseconds
   * @throws an Error if it does not play
   */
  readonly play: (leg: string, sound: PlayedSound, times?: number) => Promise<number>;
  /**
   * Records the call from now on, until {@link stopRecording} or its end.
   * @param metadata of the recording, as that of a {@link Recording}
   * @param how `replaces`: it ends the recording of the call as a whole, as a relay has one of each call
   * @returns false: the call is recorded as a whole, in a file of its own
   * @throws an Error if it cannot be recorded
   */
  readonly startRecording: (metadata: Recording['metadata'], how?: { readonly replaces: boolean }) => Promise<boolean>;
  /** Ends what {@link startRecording} began. @throws an Error if the relay does not answer */
  readonly stopRecording: () => Promise<void>;
  /** Plays a ringing tone to a leg, until it is stopped. @throws an Error if the relay does not answer */
  readonly ring: (leg: string) => Promise<void>;
  /**
   * Plays a ringing tone to a leg whose partner has left, until it is stopped: music on hold goes on instead.
   * @throws an Error if the relay does not answer
   */
  readonly ringAlone: (leg: string) => Promise<void>;
  /**
   * A command holds a leg, or resumes it: it has no one to hear.
   * @returns the direction that is offered to a leg that is held: it hears music, or nothing
   */
  readonly heldDirection: () => 'sendonly' | 'inactive';
  readonly setHeld: (leg: string, partner: string, isHeld: boolean) => void;
  /** What a leg says is heard later from now on. @throws an Error if the relay does not answer */
  readonly delay: (leg: string, milliseconds: number) => Promise<void>;
  /** Ends what is played to a leg. @throws an Error if the relay does not answer */
  readonly stopPlaying: (leg: string) => Promise<void>;
  /**
   * Hears the digits of a leg, each once: telephone events, or tones if it has agreed on no events.
   * @param after the last one that another task has heard; default: from now on
   * @returns ends it
   */
  readonly hearDigits: (
    leg: string,
    onDigit: (digit: string, way: DigitWay) => void,
    after?: DigitPosition,
  ) => () => void;
  /** The last digit that was heard. Undefined: the digits of the relay are not heard. */
  readonly digitPosition: () => DigitPosition | undefined;
  /**
   * The description that the other leg gets. A relay is asked in order.
   * @throws MediaFailure at once, or as a rejection
   */
  readonly pass: (description: SentDescription) => string | Promise<string>;
  /** Lets the parties hear each other only when {@link open} is called. Early media pass. Call it before the answer. */
  readonly holdBack: () => void;
  readonly open: () => void;
  /**
   * Whether the relay learns from packets where a leg is, behind NAT: each description of the leg has to pass, as the
   * NAT may have another port for it.
   */
  readonly learnsPlaceOf: (leg: string) => boolean;
  /** The leg has rejected the offer that passed to it last: its former partner is connected to it again. */
  readonly reject: (leg: string) => void;
  /** What the relay hears of two legs now. Undefined without a relay, or if it does not say it. */
  readonly heard: (source: string, destination: string) => Promise<HeardParties | undefined>;
  /** Undefined without a relay. */
  readonly stored: (source: string, destination: string) => StoredMedia | undefined;
  /** Another task goes on with the call. */
  readonly leave: () => void;
  /** The call is over. Resolves when the relay has forgotten it, or does not answer. */
  readonly close: () => Promise<void>;
  /**
   * The answer by which a leg that offered sends and gets nothing, until it is joined to another one.
   * @throws MediaFailure at once, or as a rejection
   */
  readonly hold: (leg: string, sdp: string) => string | Promise<string>;
};
