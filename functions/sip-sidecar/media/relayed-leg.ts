import { foreignEventsIn, isOpusOnly, opusIn, withEventClock } from '#sip/sdp/opus.ts';
import type { HeardMedia, SentDescription, SpokenOpus, StoredLeg } from './call-media.ts';
import type { Encryption } from './encrypted-leg.ts';
import type { FaxSetting } from './fax.ts';
import { codecsFor, type MediaKind, mediaKindOf } from './media-kind.ts';
import type { NgDescription } from './ng-message.ts';
import type { PeerAudio, RelayedOffer } from './peer-audio.ts';
import type { DigitLeg } from './tone-detection.ts';

/** A leg of a call at its relay. */
export type Leg = Encryption &
  DigitLeg & {
    readonly tag: string;
    /** Its media as the session of the call has them: RTP, if it has SRTP by keys of its own. */
    kind: MediaKind;
    heard?: string;
    /** Of the relay, to which it sends. */
    port?: number;
    /** Whether the relay learns where it is from its packets. */
    learns?: boolean;
    /** Whether it has no SIP peer: it sends nothing, and gets nothing. */
    isApplication?: true;
    opus?: SpokenOpus;
    /** Whether its last description names another address than that from which its SIP comes. */
    isElsewhere?: boolean;
    /** When it agreed on descriptions last, in Unix milliseconds. */
    agreedAt?: number;
    /** What becomes of faxes with it. Absent: they pass. */
    fax?: FaxSetting;
    /** What audio it takes. Absent: any. */
    audio?: PeerAudio;
  };

export const storedLeg = (leg: Leg): StoredLeg => {
  const { tag, kind, heard, port, opus, encryption, profile, absent, fax, audio, detectsTones } = leg;
  return {
    tag,
    kind,
    ...(heard === undefined ? {} : { heard }),
    ...(port === undefined ? {} : { port }),
    ...(opus === undefined ? {} : { opus }),
    ...(encryption === undefined ? {} : { encryption }),
    ...(profile === undefined ? {} : { profile }),
    ...(absent === undefined ? {} : { absent }),
    ...(fax === undefined || fax === 't38' ? {} : { fax }),
    ...(audio === undefined ? {} : { audio }),
    ...(detectsTones === undefined ? {} : { detectsTones }),
  };
};

/**
 * Notes what a leg speaks by a description of its own.
 * @returns the description as the relay understands it, which takes no events of another clock than that of the audio
 */
export function readDescription(leg: Leg, kind: SentDescription['kind'], sdp: string): string {
  leg.kind = mediaKindOf(sdp) ?? leg.kind;
  const events = kind === 'offer' ? foreignEventsIn(sdp) : leg.opus?.events;
  noteOpus(leg, { format: leg.opus?.format, isOnly: isOpusOnly(sdp), events });
  return withEventClock(sdp, events, 48_000);
}

/** Notes where a leg sends by a description that it gets. @returns the description as the leg understands it */
export function writeDescription(leg: Leg, sdp: string): string {
  leg.port = Number(/^m=audio (\d+)/m.exec(sdp)?.[1] ?? 0);
  const { format, isOnly = false, events } = leg.opus ?? {};
  noteOpus(leg, { format: opusIn(sdp) ?? format, isOnly, events });
  return withEventClock(sdp, events, 8_000);
}

type NotedOpus = { format: number | undefined; isOnly: boolean; events: number | undefined };

function noteOpus(leg: Leg, { format, isOnly, events }: NotedOpus): void {
  if (format === undefined && !isOnly) delete leg.opus;
  else
    leg.opus = {
      ...(format !== undefined && { format }),
      ...(isOnly && { isOnly }),
      ...(events !== undefined && { events }),
    };
}

/** What the relay makes of the codecs of an offer between two legs. */
export function codecsBetween(
  [from, to]: readonly [Leg, Leg],
  { sdp, transcode: added }: Pick<RelayedOffer, 'sdp' | 'transcode'>,
  isRecorded: boolean,
): Pick<NgDescription, 'codec'> {
  const { codec } = codecsFor(sdp, {
    isFromApplication: from.isApplication === true,
    isToApplication: to.isApplication === true,
    isToOpus: to.opus?.isOnly === true,
    to: to.kind,
    isRecorded,
  });
  if (added.length === 0) return codec === undefined ? {} : { codec };
  return { codec: { ...codec, transcode: [...new Set([...(codec?.transcode ?? []), ...added])] } };
}

/** Where the relay hears legs by their names; those of the caller begin with `a` (`calls/call.ts`). */
export function heardMedia(legs: ReadonlyMap<string, Leg>): HeardMedia {
  const heard = [...legs].flatMap(([name, { port, opus }]) => (port === undefined ? [] : [{ name, port, opus }]));
  return {
    caller: heard.filter(({ name }) => name.startsWith('a')).map(({ port }) => port),
    opus: heard.flatMap(({ port, opus }) => (opus?.format === undefined ? [] : [{ port, format: opus.format }])),
  };
}
