import { sdpFault } from '#sip/sdp/sdp.ts';
import { MediaFailure } from './call-media.ts';
import type { NgReply } from './ng-message.ts';

/**
 * The description in the answer of a relay.
 * @throws MediaFailure 488 for what the relay cannot read; 503 if it cannot carry the call, or what it says is none
 */
export function descriptionIn({ result, sdp, 'error-reason': reason = '' }: NgReply): string {
  if (result === 'error' && /sdp|parse/i.test(reason))
    throw new MediaFailure(488, 'INCOMPATIBLE_DESTINATION', 'the media relay cannot read the description');
  if (result !== 'ok' || sdp === undefined || sdpFault(sdp) !== undefined)
    throw new MediaFailure(503, 'MEDIA_RELAY_UNAVAILABLE', `the media relay does not carry the call: ${result}`);
  return sdp;
}
