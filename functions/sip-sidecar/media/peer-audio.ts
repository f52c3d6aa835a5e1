import { type AudioLimit, limitAudio } from '#sip/sdp/audio-codecs.ts';
import { hasTelephoneEvents } from '#sip/sdp/telephone-events.ts';
import type { Codec } from '#telephony/sip-peer.ts';
import type { Trunk } from '#telephony/trunk.ts';
import { MediaFailure } from './call-media.ts';
import type { NgCodecs } from './ng-message.ts';

/** What a trunk or gateway takes: its `codecs`, and digits as its `dtmf_mode` says. */
export type PeerAudio = { readonly codecs: readonly Codec[]; readonly isInband?: true };

/** The settings of a peer; a gateway of its own has no `dtmf_mode`. */
export const peerAudioOf = ({
  codecs,
  dtmf_mode: mode,
}: Pick<Trunk, 'codecs'> & Partial<Pick<Trunk, 'dtmf_mode'>>): PeerAudio => ({
  codecs,
  ...(mode === 'inband' && { isInband: true }),
});

/** Encodings of descriptions, in small letters (RFC 3551, RFC 3952, RFC 7587). */
const encodings: Readonly<Record<Codec, readonly string[]>> = {
  'G.711': ['pcmu', 'pcma'],
  'G.711U': ['pcmu'],
  'G.711A': ['pcma'],
  'G.722': ['g722'],
  'G.726': ['g726-16', 'g726-24', 'g726-32', 'g726-40'],
  'G.729': ['g729', 'g729a'],
  GSM: ['gsm'],
  iLBC: ['ilbc'],
  OPUS: ['opus'],
};

/** What a relay makes of other codecs, by the names of the protocol (`rtpengine --codecs` of 10.5.3). */
const transcoded: Readonly<Partial<Record<Codec, string>>> = {
  'G.711': 'PCMU',
  'G.711U': 'PCMU',
  'G.711A': 'PCMA',
  'G.722': 'G722',
  'G.729': 'G729',
  OPUS: 'opus',
};

const limitOf = ({ codecs, isInband: isOfTones }: PeerAudio): AudioLimit => ({
  encodings: codecs.map((codec) => encodings[codec]),
  hasNoEvents: isOfTones === true,
});

const noCodec = (): MediaFailure =>
  new MediaFailure(488, 'INCOMPATIBLE_DESTINATION', 'the trunk or gateway takes none of the codecs');

/** An offer of a party, as others may get it. @throws MediaFailure 488 if its codecs are all of others */
export function permittedOffer(sdp: string, audio: PeerAudio | undefined): string {
  const permitted = audio === undefined ? sdp : limitAudio(sdp, limitOf(audio));
  if (permitted === undefined) throw noCodec();
  return permitted;
}

/** An offer to a party, in the order of its codecs. @throws MediaFailure 488 if it takes none of them */
export function offerFor(sdp: string, audio: PeerAudio | undefined): string {
  const offer = audio === undefined ? sdp : limitAudio(sdp, { ...limitOf(audio), isOrdered: true });
  if (offer === undefined) throw noCodec();
  return offer;
}

/** A party of an offer that passes a relay. */
type AudioParty = { readonly audio?: PeerAudio; readonly isApplication?: true };

/** An offer as a relay gets it. */
export type RelayedOffer = {
  readonly sdp: string;
  /** Codecs that the relay adds, and transcodes. */
  readonly transcode: NonNullable<NgCodecs['transcode']>;
  /** Whether it turns the events of who offers into tones, and the tones of the other party into events. */
  readonly turnsEvents: boolean;
};

/** A party that is no application. */
const isParty = ({ isApplication }: AudioParty): boolean => isApplication !== true;
const isInband = ({ audio }: AudioParty): boolean => audio?.isInband === true;

/**
 * An offer as a relay gets it, which adds what the receiver takes if the sender has nothing of that. Digits as events
 * and as tones are turned into each other (`functions/media-relay/README.md`).
 */
export function offerAtRelay(sdp: string, from: AudioParty, to: AudioParty): RelayedOffer {
  const isMixed = isParty(from) && isParty(to) && isInband(from) !== isInband(to);
  const turnsEvents = isMixed && isInband(to) && hasTelephoneEvents(sdp);
  const events = isMixed && isInband(from) ? ['telephone-event'] : [];
  const { audio } = to;
  if (audio === undefined) return { sdp, transcode: events, turnsEvents };
  // The relay hears the events of the sender; what it describes to the receiver loses them.
  const limited = limitAudio(sdp, { ...limitOf(audio), hasNoEvents: isInband(to) && !turnsEvents });
  if (limited !== undefined) return { sdp: limited, transcode: events, turnsEvents };
  const added = audio.codecs.flatMap((codec) => transcoded[codec] ?? []).slice(0, 1);
  return { sdp, transcode: [...added, ...events], turnsEvents };
}
