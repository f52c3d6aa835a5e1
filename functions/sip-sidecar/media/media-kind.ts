import { hasG711 } from '#sip/sdp/g711.ts';
import { isOpusOnly } from '#sip/sdp/opus.ts';
import { hasMedia } from '#sip/sdp/sdp.ts';
import { isWebRtc } from '#sip/sdp/webrtc.ts';
import { isWebSocket, type TransportName } from '../transport/flow.ts';
import type { NgCodecs, NgDescription, NgForm } from './ng-message.ts';

/** What media a party sends: those of a browser (ICE, DTLS-SRTP), or RTP and SRTP of phones, gateways and trunks. */
export type MediaKind = 'webrtc' | 'rtp';

/** The media of the party that sent a description; undefined if all of them are rejected (port 0). */
export function mediaKindOf(sdp: string): MediaKind | undefined {
  if (!hasMedia(sdp)) return undefined;
  return isWebRtc(sdp) ? 'webrtc' : 'rtp';
}

/** The media of a party that has sent no description: only browsers speak SIP over WebSocket (RFC 7118). */
export const mediaKindOver = (transport: TransportName): MediaKind => (isWebSocket(transport) ? 'webrtc' : 'rtp');

/** What a relay makes of a description for the party that gets it. Without a profile, that of the sender stays. */
const forms: Readonly<Record<MediaKind, Readonly<Record<MediaKind, NgForm>>>> = {
  webrtc: {
    webrtc: { ICE: 'force', 'rtcp-mux': ['offer', 'require'], SDES: ['off'] },
    // RFC 5761 §5.1.1: who offers multiplexed RTCP gets it, also if the other side does not know it.
    rtp: { ICE: 'remove', 'rtcp-mux': ['demux'], 'transport-protocol': 'RTP/AVP', SDES: ['off'] },
  },
  rtp: {
    webrtc: {
      ICE: 'force',
      'rtcp-mux': ['offer', 'require'],
      'transport-protocol': 'UDP/TLS/RTP/SAVPF',
      SDES: ['off'],
    },
    rtp: { ICE: 'remove' },
  },
};

/** What a relay makes of a description. @param from who sent it @param to who gets it */
export const formFor = (from: MediaKind, to: MediaKind): NgForm => forms[from][to];

/** What a relay records, and the digits beside it. */
const recordedCodecs = ['PCMU', 'PCMA', 'telephone-event'] as const;

/** The parties of an offer, as a relay knows them. */
type OfferParties = {
  readonly isFromApplication: boolean;
  readonly isToApplication: boolean;
  /** Whether the receiver has offered, or answered with, Opus only. */
  readonly isToOpus: boolean;
  /** What media the receiver is likely to have. */
  readonly to: MediaKind;
  readonly isRecorded: boolean;
};

/**
 * What a relay makes of the codecs of an offer: in a recorded call the answer has a codec that is recorded, if the
 * offer has one. A party that speaks Opus only is transcoded to and from PCMU. A phone that is asked by an application
 * may be one, too; all browsers speak G.711 (RFC 7874 §3).
 */
export function codecsFor(offer: string, parties: OfferParties): Pick<NgDescription, 'codec'> {
  if (isOpusOnly(offer)) {
    // An application speaks PCMU only, and of the parties of a recorded call one that is known at its begin may.
    const isMasked = parties.isToApplication || parties.isRecorded;
    return { codec: { ...(isMasked && { mask: ['opus'] }), transcode: ['PCMU'] } };
  }
  if (!hasG711(offer)) return {};
  const isTranscoded = parties.isToOpus || (parties.isFromApplication && parties.to === 'rtp');
  const codec: NgCodecs = {
    ...(parties.isRecorded && { strip: ['all'], except: recordedCodecs }),
    ...(isTranscoded && { transcode: ['opus'] }),
  };
  return Object.keys(codec).length > 0 ? { codec } : {};
}
