/** `a=ssrc:` and `a=ssrc-group:` (RFC 5576 §4). */
const source = /^a=ssrc(?:-group)?:[^\r\n]*\r?\n?/gm;

/** A description that names no sources of RTP: a browser plays only those that are named, if there are any. */
export const withoutSources = (sdp: string): string => sdp.replace(source, '');
