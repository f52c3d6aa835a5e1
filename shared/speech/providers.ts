import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PollyClient, SynthesizeSpeechCommand } from '@aws-sdk/client-polly';
import { awsTimeouts } from '../aws/timeouts.ts';
import { soundHeader, soundRate } from '../schema/sound.ts';
import { convertSound } from '../sounds/sound-conversion.ts';
import { WavReader } from '../sounds/wav-reader.ts';
import { speechTimeout, type SpeechProvider } from './provider.ts';

/**
 * Amazon Polly: neural voices. The text is sent as text, in which marks of SSML have no meaning.
 * @see https://docs.aws.amazon.com/polly/latest/dg/API_SynthesizeSpeech.html (mu-law has 8,000 samples a second)
 */
export const pollyProvider = (
  client: Pick<PollyClient, 'send'> = new PollyClient({ maxAttempts: 2, requestHandler: awsTimeouts(speechTimeout) }),
): SpeechProvider => ({
  name: 'polly',
  say: async (text, { polly: VoiceId, language: LanguageCode }) => {
    const { AudioStream: stream } = await client.send(
      new SynthesizeSpeechCommand({
        Engine: 'neural',
        VoiceId,
        LanguageCode,
        OutputFormat: 'mulaw',
        SampleRate: String(soundRate),
        Text: text,
        TextType: 'text',
      }),
    );
    const samples = (await stream?.transformToByteArray()) ?? new Uint8Array();
    return samples.length === 0 ? undefined : Buffer.concat([soundHeader(samples.length), samples]);
  },
});

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

/** The provider that the deployment chose (`SPEECH`); undefined: there is none. */
export function speechFromEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SpeechProvider | undefined {
  const { SPEECH: chosen } = environment;
  if (chosen === 'espeak') return espeakProvider();
  return chosen === 'polly' ? pollyProvider() : undefined;
}
