import { createHash } from 'node:crypto';
import { objectsFromEnvironment } from '#objects/objects.ts';
import { answer } from '#runtime/answer.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { textSound } from '#schema/sound.ts';
import { voiceOf, type SpokenText, type Voice } from '#schema/speech.ts';
import { second } from '#schema/time.ts';
import type { SpeechProvider } from '#speech/provider.ts';
import { speechFromEnvironment } from '#speech/providers.ts';
import { speech } from './contract.ts';

type SpeechContext = Pick<BackgroundContext<typeof speech>, 'objects' | 'log'>;

/** Texts that are said at once. */
const parallel = 4;
/** Milliseconds after which no other text is begun: its sound, if any, comes with the next question. */
const budget = 3 * second;

const nameOf = (provider: SpeechProvider, { language }: Voice, text: string): string =>
  createHash('sha256')
    .update(JSON.stringify([provider.name, language, text]))
    .digest('hex');

async function isStored(object: ReturnType<typeof textSound>, { open }: SpeechContext['objects']): Promise<boolean> {
  const opened = await open(object);
  if (opened === undefined) return false;
  let size = 0;
  for await (const piece of opened.body) size += piece.length;
  return size > 0;
}

/** Says a text, unless that was done before. @returns the name of its sound; null: there is none */
async function say(
  { text, language }: SpokenText,
  organization: number,
  { provider, objects, log }: SpeechContext & { readonly provider: SpeechProvider },
): Promise<string | null> {
  const voice = voiceOf(language);
  if (voice === undefined) return null;
  const sha256 = nameOf(provider, voice, text);
  const object = textSound({ organization, sha256 });
  if (await isStored(object, objects)) return sha256;
  try {
    const bytes = await provider.say(text, voice);
    if (bytes === undefined) return null;
    await objects.put(object, bytes, { type: 'audio/wav' });
    return sha256;
  } catch (error) {
    // The other texts are said all the same. The text itself may be of a person, and is not logged.
    log.fault(error, sha256, 'a text was not said');
    return null;
  }
}

/** The function that says texts. @param provider undefined: there is none */
export const speechHandler = (
  dependencies = dependenciesFromEnvironment({ objects: objectsFromEnvironment() }),
  provider = speechFromEnvironment(dependencies.environment),
) =>
  answer(
    speech,
    async ({ org_id: organization, texts }, { objects, log, clock }) => {
      const sounds: (string | null)[] = texts.map(() => null);
      if (provider === undefined) return { sounds };
      const until = clock().getTime() + budget;
      const left = texts.entries();
      const work = async (): Promise<void> => {
        for (const [at, each] of left) {
          if (clock().getTime() > until) return;
          sounds[at] = await say(each, organization, { provider, objects, log });
        }
      };
      await Promise.all(Array.from({ length: parallel }, work));
      return { sounds };
    },
    dependencies,
  );

export const handler = speechHandler();
