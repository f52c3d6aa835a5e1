import type { PeerSettings } from '#telephony/peer-settings.ts';
import { hasFax, withoutFax } from '#sip/sdp/fax.ts';
import { hasMedia } from '#sip/sdp/sdp.ts';
import { MediaFailure } from './call-media.ts';
import type { MediaKind } from './media-kind.ts';

/** What becomes of faxes by T.38 with a party: they pass, are sent as audio (G.711), or are rejected. */
export type FaxSetting = PeerSettings['fax'];

/** A party of a call, as far as faxes matter. */
type FaxParty = {
  /** Absent: T.38 passes. */
  readonly fax?: FaxSetting | undefined;
  readonly kind?: MediaKind | undefined;
  readonly isApplication?: true | undefined;
  /** Of its SRTP. Absent: it has none. */
  readonly profile?: string | undefined;
};

/** Applications and browsers have no T.38, and UDPTL is in clear beside SRTP. */
const settingOf = ({ fax = 't38', kind, isApplication, profile }: FaxParty): FaxSetting =>
  fax === 't38' && (isApplication === true || kind === 'webrtc' || profile !== undefined) ? 'audio' : fax;

/**
 * A description as it may pass between two parties: as it is, or without the fax beside its audio.
 * @throws MediaFailure 488 for a fax alone that one of them does not take, and for any if one of them rejects faxes
 */
export function permittedFax(sdp: string, parties: readonly FaxParty[]): string {
  const settings = parties.map(settingOf);
  if (settings.every((setting) => setting === 't38') || !hasFax(sdp)) return sdp;
  const audio = withoutFax(sdp);
  if (settings.includes('reject') || !hasMedia(audio))
    throw new MediaFailure(488, 'INCOMPATIBLE_DESTINATION', 'a party of the call takes no fax by T.38');
  return audio;
}
