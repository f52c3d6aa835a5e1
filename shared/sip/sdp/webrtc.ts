/** What tells the descriptions of browsers from those of phones (RFC 8827 §6.5, RFC 8829 §5.1.2). */

/** Profiles of media over DTLS-SRTP: `UDP/TLS/RTP/SAVPF`, and its forms over TCP or without feedback. */
const profile = /^m=\S+ \d{1,5}(?:\/\d{1,5})? (?:UDP|TCP)\/TLS\/RTP\/SAVPF? /m;
const fingerprint = /^a=fingerprint:/m;

/** Whether a description needs ICE and DTLS-SRTP: a browser rejects an answer without them. */
export const isWebRtc = (sdp: string): boolean => profile.test(sdp) && fingerprint.test(sdp);
