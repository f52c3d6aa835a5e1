import { withDirection } from '#sip/sdp/sdp.ts';
import { assertCodecs, MediaFailure, type CallMedia, type SentDescription, type Recording } from './call-media.ts';
import { mediaKindOf, mediaKindOver, type MediaKind } from './media-kind.ts';

function noRelay(): never {
  throw new MediaFailure(503, 'MEDIA_RELAY_UNAVAILABLE', 'a media relay plays, and there is none');
}

/**
 * Without a relay, descriptions pass as they are, and media flow between the parties. Browsers and phones cannot be
 * joined so: that is rejected before a phone rings in vain. A call that is to be recorded is not.
 */
export function directMedia(recording?: Recording): CallMedia {
  const kinds = new Map<string, MediaKind>();
  let isComplete = false;
  const complete = (): void => {
    if (!isComplete && recording?.isWanted() === true) recording.onFailure('RECORDING_UNAVAILABLE');
    isComplete = true;
  };
  return {
    relay: undefined,
    expect: (leg, transport) => void kinds.set(leg, mediaKindOver(transport)),
    pass: ({ kind: type, from, to, sdp }: SentDescription) => {
      if (type === 'answer') {
        assertCodecs(sdp);
        complete();
      }
      const kind = mediaKindOf(sdp);
      const other = kinds.get(to);
      if (kind === undefined) return sdp;
      kinds.set(from, kind);
      if (other === undefined || other === kind) return sdp;
      throw new MediaFailure(488, 'MEDIA_RELAY_REQUIRED', 'WebRTC and RTP can be joined by a media relay only');
    },
    expectApplication: noRelay,
    play: async () => noRelay(),
    startRecording: async () => noRelay(),
    stopRecording: async () => noRelay(),
    ring: async () => noRelay(),
    stopPlaying: async () => noRelay(),
    heldDirection: () => 'inactive',
    setHeld: () => undefined,
    delay: noRelay,
    hearDigits: noRelay,
    digitPosition: () => undefined,
    holdBack: () => undefined,
    open: () => undefined,
    reject: () => undefined,
    heard: async () => undefined,
    stored: () => undefined,
    leave: () => undefined,
    close: async () => undefined,
    hold: (_leg, sdp) => withDirection(sdp, 'inactive'),
  };
}
