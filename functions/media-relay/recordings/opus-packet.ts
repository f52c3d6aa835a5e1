/** The rules of a packet of Opus (RFC 6716 §3.4), without which the decoder writes to the log of the process. */

const maxFrame = 1_275;
/** Samples of a packet at 48 kHz: 120 ms. */
const maxSamples = 5_760;

/** Samples of a frame by its configuration (RFC 6716 §3.1, table 2). */
function samplesOf(configuration: number): number {
  if (configuration < 12) return [480, 960, 1_920, 2_880][configuration & 3] ?? 0;
  return configuration < 16 ? 480 << (configuration & 1) : 120 << (configuration & 3);
}

/** The length of a frame at a place, and the bytes that say it (RFC 6716 §3.2.1); undefined: the packet ends before. */
function lengthAt(packet: Uint8Array, at: number): { readonly length: number; readonly size: number } | undefined {
  const [first, second] = [packet[at], packet[at + 1]];
  if (first === undefined) return undefined;
  if (first < 252) return { length: first, size: 1 };
  return second === undefined ? undefined : { length: second * 4 + first, size: 2 };
}

/** The bytes of padding, and where frames begin (RFC 6716 §3.2.5); undefined: the packet ends before. */
function paddingOf(packet: Uint8Array): { readonly padding: number; readonly at: number } | undefined {
  if (((packet[1] ?? 0) & 0x40) === 0) return { padding: 0, at: 2 };
  let padding = 0;
  for (let at = 2; ; at += 1) {
    const byte = packet[at];
    if (byte === undefined) return undefined;
    padding += byte === 255 ? 254 : byte;
    if (byte < 255) return { padding, at: at + 1 };
  }
}

/** Whether frames fit that each say their length, but the last one, which has the rest. @param at first length */
function hasFittingLengths(frames: Uint8Array, at: number, count: number): boolean {
  let begin = at;
  let rest = frames.length - at;
  for (let frame = 1; frame < count; frame += 1) {
    const next = lengthAt(frames, begin);
    if (next === undefined) return false;
    begin += next.size;
    rest -= next.size + next.length;
  }
  return rest >= 0 && rest <= maxFrame;
}

/** Whether the frames of a packet with a count of them (code 3) fit into it. */
function hasFittingFrames(packet: Uint8Array): boolean {
  const [first = 0, header = 0] = packet;
  const count = header & 0x3f;
  const found = paddingOf(packet);
  if (count === 0 || count * samplesOf(first >> 3) > maxSamples || found === undefined) return false;
  const rest = packet.length - found.at - found.padding;
  if (rest < 0) return false;
  if ((header & 0x80) === 0) return rest % count === 0 && rest / count <= maxFrame;
  return hasFittingLengths(packet.subarray(0, packet.length - found.padding), found.at, count);
}

/** Whether the bytes are a packet of Opus. */
export function isOpusPacket(packet: Uint8Array): boolean {
  const [first] = packet;
  if (first === undefined) return false;
  const rest = packet.length - 1;
  switch (first & 3) {
    case 0:
      return rest <= maxFrame;
    case 1:
      return rest % 2 === 0 && rest / 2 <= maxFrame;
    case 2: {
      const next = lengthAt(packet, 1);
      if (next === undefined) return false;
      const last = rest - next.size - next.length;
      return last >= 0 && last <= maxFrame;
    }
    default:
      return hasFittingFrames(packet);
  }
}
