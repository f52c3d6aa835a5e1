/** Characters of a quoted file name that need no care (RFC 6266 §4.3, Appendix D). */
const unsafe = /[^\x20-\x7e]|["\\%;/]/gu;

/** RFC 8187 §3.2.1: what `encodeURIComponent` leaves and an extended value may not contain. */
const extended = (name: string): string =>
  encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, (each) => `%${each.charCodeAt(0).toString(16)}`);

/** `Content-Disposition` of a download (RFC 6266): the name in ASCII, and as it is for clients that know RFC 8187. */
export const attachment = (name: string): string =>
  `attachment; filename="${name.replaceAll(unsafe, '_')}"; filename*=UTF-8''${extended(name)}`;
