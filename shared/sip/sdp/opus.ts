import { hasG711 } from './g711.ts';
import { editMedia, mediaOf } from './sdp.ts';

/** Descriptions of parties that speak Opus (RFC 7587), and neither PCMU nor PCMA. */

const audio = /^m=audio (?!0 )\d{1,5}(?:\/\d{1,5})? \S+((?: \S+)+)$/;
const opus = /^a=rtpmap:(\d{1,3}) opus\/48000\/2$/i;
/** `a=rtpmap:<format> telephone-event/<clock>` (RFC 4733 §2.4). */
const events = /^a=rtpmap:(\d{1,3}) telephone-event\/(8000|48000)$/i;

const formatsOf = (lines: readonly string[]): readonly string[] =>
  audio
    .exec(lines[0] ?? '')?.[1]
    ?.trim()
    .split(' ') ?? [];

/** Payload type of Opus in the audio of a description; undefined: it has none. */
export function opusIn(sdp: string): number | undefined {
  for (const lines of mediaOf(sdp)) {
    const formats = formatsOf(lines);
    const found = lines.flatMap((line) => opus.exec(line)?.[1] ?? []).find((format) => formats.includes(format));
    if (found !== undefined) return Number(found);
  }
  return undefined;
}

export const isOpusOnly = (sdp: string): boolean => !hasG711(sdp) && opusIn(sdp) !== undefined;

/**
 * Payload type of the events that a party counts by a clock of 8 kHz beside Opus, of 48 kHz, as it offers no others:
 * against RFC 4733 §2.1, by which they have the clock of the audio. Undefined: it does not.
 */
export function foreignEventsIn(sdp: string): number | undefined {
  if (!isOpusOnly(sdp)) return undefined;
  for (const lines of mediaOf(sdp)) {
    const formats = formatsOf(lines);
    const found = lines.flatMap((line) => {
      const [, format = '', clock = ''] = events.exec(line) ?? [];
      return formats.includes(format) ? [{ format, clock }] : [];
    });
    if (found.some(({ clock }) => clock === '48000')) return undefined;
    const [first] = found;
    if (first !== undefined) return Number(first.format);
  }
  return undefined;
}

/** The description with another clock of the events of a payload type; undefined: it is as it was. */
export const withEventClock = (sdp: string, format: number | undefined, clock: 8_000 | 48_000): string =>
  format === undefined
    ? sdp
    : editMedia(sdp, (lines) =>
        lines.map((line) =>
          events.exec(line)?.[1] === String(format) ? `a=rtpmap:${format} telephone-event/${clock}` : line,
        ),
      );
