import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { convertSound } from '../sounds/sound-conversion.ts';
import { WavReader } from '../sounds/wav-reader.ts';
import { speechTimeout, type SpeechProvider } from './provider.ts';

/** Words a minute: slower than read text, as it is heard once and over a phone. */
const pace = '155';

/** Between `[[` and `]]` eSpeak NG reads names of sounds instead of text. */
const plain = (text: string): string => text.replaceAll(/\[{2,}/gv, '[').replaceAll('\0', ' ');

/**
 * eSpeak NG, where it is installed. The text comes by standard input, so that no shell and no option sees it.
 * @param program a test names another one
 */
export const espeakProvider = (program = 'espeak-ng'): SpeechProvider => ({
  name: 'espeak',
  say: async (text, { espeak }) => {
    const speaking = spawn(program, ['-v', espeak, '-s', pace, '--stdin', '--stdout'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: speechTimeout,
      killSignal: 'SIGKILL',
    });
    const ended = once(speaking, 'close') as Promise<[number | null]>;
    // A program that ends early reads no more.
    speaking.stdin.on('error', () => undefined);
    speaking.stdin.end(`${plain(text)}\n`);
    const [made, [code]] = await Promise.all([convertSound(new WavReader(), speaking.stdout), ended]);
    if (code !== 0) throw new Error(`espeak-ng ends with ${code ?? 'a signal'}`);
    if (made === undefined || 'bytes' in made) return made?.bytes;
    if (made.reason === 'NO_SOUND') return undefined;
    throw new Error(`espeak-ng answers no sound: ${made.reason}`);
  },
});
