import { mediaOf } from './sdp.ts';

const audio = /^m=audio (?!0 )\d{1,5}(?:\/\d{1,5})? \S+((?: \S+)+)$/;
const events = /^a=rtpmap:(\d{1,3}) telephone-event\/\d/i;

/** Whether a description takes digits as telephone events (RFC 4733) in an audio medium that is not rejected. */
export const hasTelephoneEvents = (sdp: string): boolean =>
  mediaOf(sdp).some((lines) => {
    const formats =
      audio
        .exec(lines[0] ?? '')?.[1]
        ?.trim()
        .split(' ') ?? [];
    return lines.some((line) => formats.includes(events.exec(line)?.[1] ?? ''));
  });
