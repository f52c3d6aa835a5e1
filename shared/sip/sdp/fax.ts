import { editMedia, mediaOf, rejectedMedium } from './sdp.ts';

/** Fax by T.38 (RFC 3362, RFC 6466): an image medium, `m=image <port> udptl t38`. */

/** Not rejected (port 0), whatever its transport is: UDPTL, TCP or RTP. */
const image = /^m=image (?!0 )\d{1,5}(?:\/\d{1,5})? /;

const isImage = ([first = '']: readonly string[]): boolean => image.test(first);

/** Whether a description has an image medium that is not rejected. */
export const hasFax = (sdp: string): boolean => mediaOf(sdp).some(isImage);

/** The description with its image media rejected, each in its place (RFC 3264 §6). */
export const withoutFax = (sdp: string): string =>
  editMedia(sdp, (lines) => (isImage(lines) ? [rejectedMedium(lines)] : lines));
