/** Whether bytes of a WebSocket are within a message, by the headers of its frames (RFC 6455 §5.2). */
export type FrameProgress = {
  /** Takes the next bytes. @returns whether a frame, or a message of several, has begun and is not complete */
  readonly take: (chunk: Buffer) => boolean;
  readonly isWithin: () => boolean;
};

const opcodes = { control: 0x08, mask: 0x0f } as const;
const final = 0x80;
const isMasked = 0x80;
const lengthMask = 0x7f;
const maskingKey = 4;

/** Bytes of the extended length, by the value that announces it. */
const extended: Readonly<Record<number, number>> = { 126: 2, 127: 8 };

/** Bytes of a header, by its second byte. */
const headerLength = (second: number): number =>
  2 + (extended[second & lengthMask] ?? 0) + ((second & isMasked) === 0 ? 0 : maskingKey);

/** The length of a payload in a complete header. More than 2^53 bytes are a number as well, only not an exact one. */
function payloadLength(header: readonly number[]): number {
  const short = (header[1] ?? 0) & lengthMask;
  const bytes = extended[short];
  if (bytes === undefined) return short;
  return header.slice(2, 2 + bytes).reduce((length, byte) => length * 256 + byte, 0);
}

/** Follows one direction of a WebSocket from its first frame. It keeps no more than a header of 14 bytes. */
export function frameProgress(): FrameProgress {
  let header: number[] = [];
  let payload = 0;
  let isInMessage = false;

  const begin = (): void => {
    const first = header[0] ?? 0;
    // Control frames may come between the frames of a message (RFC 6455 §5.4).
    if ((first & opcodes.mask) < opcodes.control) isInMessage = (first & final) === 0;
    payload = payloadLength(header);
    header = [];
  };
  const isWithin = (): boolean => isInMessage || payload > 0 || header.length > 0;

  return {
    isWithin,
    take: (chunk) => {
      for (let at = 0; at < chunk.length;) {
        if (payload > 0) {
          const taken = Math.min(payload, chunk.length - at);
          payload -= taken;
          at += taken;
        } else {
          header.push(chunk[at] ?? 0);
          at += 1;
          if (header.length >= 2 && header.length === headerLength(header[1] ?? 0)) begin();
        }
      }
      return isWithin();
    },
  };
}
