import type { HangupCause } from '#schema/call.ts';
import { reasonHeaders as headersOf } from '#sip/session/reason.ts';
import type { Headers } from '#sip/headers.ts';
import type { Cause } from './causes.ts';

/** What a caller can do about causes that its phone does not know. */
const texts: Partial<Readonly<Record<HangupCause, string>>> = {
  HOST_IN_USE: 'Another organization uses the host, and it asks for no credentials',
  MEDIA_RELAY_REQUIRED: 'WebRTC and RTP need a media relay',
  MEDIA_RELAY_UNAVAILABLE: 'No media relay is available',
  MEDIA_RELAY_LOST: 'The media relay is lost',
};

/** The header Reason (RFC 3326) with a cause of ITU-T Q.850. */
export const reasonHeaders = ({ cause, q850 }: Cause): Headers => headersOf({ q850, text: texts[cause] });
