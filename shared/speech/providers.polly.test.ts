import type { PollyClient, SynthesizeSpeechCommand } from '@aws-sdk/client-polly';
import { expect, test } from 'vitest';
import { soundHeader } from '../schema/sound.ts';
import { voiceOf } from '../schema/speech.ts';
import { pollyProvider } from './providers.ts';

/** A provider whose service answers these samples, and the commands that the service received. */
function provider(samples: Uint8Array) {
  const commands: SynthesizeSpeechCommand[] = [];
  const client: Pick<PollyClient, 'send'> = {
    send: async (command: SynthesizeSpeechCommand) => {
      commands.push(command);
      return { $metadata: {}, AudioStream: { transformToByteArray: async () => samples } };
    },
  };
  return { commands, ...pollyProvider(client) };
}

test('a text is said by a neural voice of its language, as text and in the form of calls', async () => {
  const voice = voiceOf('de-AT');
  if (voice === undefined) throw new Error('there is no voice');
  const samples = Uint8Array.of(1, 2, 3);
  const { commands, say } = provider(samples);
  expect(Buffer.from((await say('<b>Hallo</b>', voice)) ?? [])).toEqual(Buffer.concat([soundHeader(3), samples]));
  expect(commands.map(({ input }) => input)).toEqual([
    {
      Engine: 'neural',
      VoiceId: 'Vicki',
      LanguageCode: 'de-DE',
      OutputFormat: 'mulaw',
      SampleRate: '8000',
      Text: '<b>Hallo</b>',
      TextType: 'text',
    },
  ]);
  expect(await provider(new Uint8Array()).say('.', voice)).toBeUndefined();
});
