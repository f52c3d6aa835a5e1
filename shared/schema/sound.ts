import { objectKey } from './object-key.ts';

/** Sounds that the platform plays in calls (functions/platform/README.md, "Sounds"): WAV files of PCMU, mono, 8 kHz. */

/**
 * A sound of an organization. `sha256`: hexadecimal hash by which it is stored, of its bytes; `spoken`: of the text
 * that it says, and of who says it; `message`: of the id of the recording of a voicemail message.
 */
export type Sound = {
  readonly organization: number;
  readonly sha256: string;
  readonly spoken?: true | undefined;
  readonly message?: true | undefined;
  /** Milliseconds at its begin that are not played. */
  readonly from?: number | undefined;
};

/** Samples a second, of a byte each (RFC 3551 §4.5.14). */
export const soundRate = 8_000;

/** Samples of the longest sound: an hour. */
export const maxSoundSamples = 3_600 * soundRate;

/** Bytes before the samples: the header of a WAV file whose samples are not PCM has a `fact` chunk. */
export const soundHeaderSize = 58;

/** Bytes of the longest sound. */
export const maxSoundSize = soundHeaderSize + maxSoundSamples;

/** A sound without where it is stored. */
type HashedSound = Pick<Sound, 'organization' | 'sha256'>;

const keyOf = ({ organization, sha256 }: HashedSound): string =>
  objectKey({ organization, area: soundArea, id: sha256, version: 1 });

/** Where the sound of a file is stored. */
export const fileSound = (sound: HashedSound) => ({ bucket: 'files' as const, key: keyOf(sound) });

/** Where the sound of a text is stored. */
export const textSound = (sound: HashedSound) => ({ bucket: 'speech' as const, key: keyOf(sound) });

/** Where the sound of a voicemail message is stored. */
export const messageSound = (sound: HashedSound) => ({ bucket: 'voicemail' as const, key: keyOf(sound) });

/** Where a sound is stored. */
export function soundObject(sound: Sound) {
  if (sound.message === true) return messageSound(sound);
  return sound.spoken === true ? textSound(sound) : fileSound(sound);
}

/** Whether the name of a sound is the hash of its bytes. */
export const isHashOfBytes = ({ spoken, message }: Pick<Sound, 'spoken' | 'message'>): boolean =>
  spoken !== true && message !== true;

/** The part of the keys of sounds that other objects of the bucket do not have. */
export const soundArea = 'sounds';

/** Milliseconds that a sound of this many bytes plays. */
export const soundMilliseconds = (size: number): number =>
  Math.round((Math.max(0, size - soundHeaderSize) * 1_000) / soundRate);

/** Format of PCMU in a WAV file (RFC 2361 §A.1.7). */
const pcmu = 7;

/** The header of a sound. @param samples its length */
export function soundHeader(samples: number): Uint8Array {
  const header = new Uint8Array(soundHeaderSize);
  const view = new DataView(header.buffer);
  const write = (at: number, text: string): void => header.set(new TextEncoder().encode(text), at);
  write(0, 'RIFF');
  view.setUint32(4, soundHeaderSize - 8 + samples, true);
  write(8, 'WAVEfmt ');
  view.setUint32(16, 18, true);
  view.setUint16(20, pcmu, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, soundRate, true);
  view.setUint32(28, soundRate, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  // The size of the extension, at 36, is 0.
  write(38, 'fact');
  view.setUint32(42, 4, true);
  view.setUint32(46, samples, true);
  write(50, 'data');
  view.setUint32(54, samples, true);
  return header;
}
