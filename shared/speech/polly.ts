import { PollyClient, SynthesizeSpeechCommand } from '@aws-sdk/client-polly';
import { awsTimeouts } from '../runtime/aws-timeouts.ts';
import { soundHeader, soundRate } from '../schema/sound.ts';
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
