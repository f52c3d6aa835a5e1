/** `m=audio <port> RTP/… <formats>`, not rejected (port 0). */
const audio = /^m=audio (?!0 )\d{1,5}(?:\/\d{1,5})? \S+((?: \S+)+)\r?$/gm;

/** Whether a description has PCMU (0) or PCMA (8), whose payload types are fixed (RFC 3551 §6). */
export const hasG711 = (sdp: string): boolean =>
  [...sdp.matchAll(audio)].some(([, formats = '']) => / [08](?: |$)/.test(formats));
