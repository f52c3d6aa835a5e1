import { decodeG711 } from '#sounds/g711.ts';
import { digitTimes, recordBeepTime, toneDigits } from '../../sip-sidecar/media/platform-sounds.ts';
import { frameBytes, sampleRate, wavHeader } from './wav.ts';

/** Sounds as WAV files in the folder of the captures: the notice of a recording, beeps, and tones. */

/** Hertz, seconds, and a fourth of full scale: heard, and no fright. */
const beep = { frequency: 1_400, length: 0.4, amplitude: 8_000 } as const;

/**
 * Seconds of silence at the begin, as it plays from the answer on: until a phone has got the answer and plays what it
 * receives, and a browser has keys (ICE and DTLS).
 */
const lead = 1;
/** Seconds between speech and beep. */
const gap = 0.2;

const silence = (seconds: number): number[] => Array.from({ length: seconds * sampleRate }, () => 0);

/** @param tone hertz, seconds, and the amplitude of its samples */
type Tone = { readonly frequency: number; readonly length: number; readonly amplitude: number };

const toneSamples = ({ frequency, length, amplitude }: Tone): number[] =>
  Array.from({ length: length * sampleRate }, (_, at) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequency * at) / sampleRate)),
  );

/** The ringing tone that most countries of Europe and Asia have (ITU-T E.180): a second of 425 Hz, four of silence. */
const ringing = { frequency: 425, length: 1, amplitude: 4_000 } as const;
const ringingPause = 4;

export const ringingSound = (): Buffer => soundOf([...toneSamples(ringing), ...silence(ringingPause)]);

/** Silence, which is played again and again. */
export const silentSound = (): Buffer => soundOf(silence(5));

export const beepSound = (): Buffer => soundOf([...silence(lead), ...toneSamples(beep)]);

/** Before a recording that the caller of a flow makes. */
export const recordBeepSound = (): Buffer => soundOf(toneSamples({ ...beep, length: recordBeepTime / 1_000 }));

/** Hertz of the rows and columns of keys (ITU-T Q.23), and the amplitude of each of both. */
const keys = { rows: [697, 770, 852, 941], columns: [1_209, 1_336, 1_477, 1_633], amplitude: 5_000 };
const keypad = '123A456B789C*0#D';

/** The tones of a digit, and silence after them. */
function digitSound(digit: string): Buffer {
  const at = keypad.indexOf(digit);
  const tones = [keys.rows[Math.floor(at / 4)], keys.columns[at % 4]].map((frequency = 0) =>
    toneSamples({ frequency, length: digitTimes.tone / 1_000, amplitude: keys.amplitude }),
  );
  const [row = [], column = []] = tones;
  return soundOf([...row.map((sample, index) => sample + (column[index] ?? 0)), ...silence(digitTimes.pause / 1_000)]);
}

/** The sounds of all digits. */
export const digitSounds = (): readonly (readonly [digit: string, sound: Buffer])[] =>
  Array.from(toneDigits, (digit) => [digit, digitSound(digit)]);

/** @param speech PCMU */
export const announcementSound = (speech: Uint8Array): Buffer =>
  soundOf([...silence(lead), ...decodeG711(0, speech), ...silence(gap), ...toneSamples(beep)]);

/** Samples in both channels of a file. */
function soundOf(samples: readonly number[]): Buffer {
  const sound = Buffer.alloc(samples.length * frameBytes);
  for (const [frame, sample] of samples.entries())
    for (const channel of [0, 2]) sound.writeInt16LE(sample, frame * frameBytes + channel);
  return Buffer.concat([wavHeader(samples.length), sound]);
}
