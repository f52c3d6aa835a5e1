import { mediaOf } from './sdp.ts';

/** `m=audio <port>[/<count>] <protocol> <formats>`, not rejected (port 0). */
const audio = /^m=audio (?!0 )\d{1,5}(?:\/\d{1,5})? \S+((?: \S+)+)$/;
/** `a=rtpmap:<format> <encoding>/<clock>` (RFC 8866 §6.6). */
const encoding = /^a=rtpmap:(\d{1,3}) ([^\/ ]+)\//;
/** What is sent beside a codec: events and tones (RFC 4733), comfort noise (RFC 3389), redundancy (RFC 2198). */
const beside = new Set(['telephone-event', 'tone', 'cn', 'red']);

/** Payload types whose codec is fixed (RFC 3551 §6); 13 is comfort noise, and others need a name. */
const isFixed = (format: string): boolean => Number(format) <= 34 && format !== '13';

function hasCodec([, ...attributes]: readonly string[], formats: string): boolean {
  const names = new Map(
    attributes.flatMap((line) => {
      const [, format, name] = encoding.exec(line) ?? [];
      return format === undefined || name === undefined ? [] : [[format, name.toLowerCase()]];
    }),
  );
  return formats
    .trim()
    .split(' ')
    .some((format) => {
      const name = names.get(format);
      return name === undefined ? isFixed(format) : !beside.has(name);
    });
}

/**
 * Whether each audio of a description has a codec: events and comfort noise alone carry no voice. Rejected audio, of
 * port 0, needs none.
 */
export const hasCodecs = (sdp: string): boolean =>
  mediaOf(sdp).every((lines) => {
    const formats = audio.exec(lines[0] ?? '')?.[1];
    return formats === undefined || hasCodec(lines, formats);
  });
