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
import { countSpeech, spokenCharacters } from './store.ts';

type SpeechContext = BackgroundContext<typeof speech>;

/** Texts that are said at once. */
const parallel = 4;
/** Milliseconds after which no other text is begun: its sound, if any, comes with the next question. */
const budget = 3 * second;
/** UTF-16 units of new texts of an organization in an hour: who pays for speech is the operator. */
const maxCharacters = 60_000;

const nameOf = (provider: SpeechProvider, { language }: Voice, text: string): string =>
  createHash('sha256')
    .update(JSON.stringify([provider.name, language, text]))
    .digest('hex');

/** Says the texts of one question. */
class Speaker {
  readonly #organization: number;
  readonly #provider: SpeechProvider;
  readonly #context: Pick<SpeechContext, 'objects' | 'log'>;
  readonly #left: number;
  /** UTF-16 units of the texts that were new. */
  said = 0;

  constructor(
    organization: number,
    provider: SpeechProvider,
    context: Pick<SpeechContext, 'objects' | 'log'>,
    left: number,
  ) {
    this.#organization = organization;
    this.#provider = provider;
    this.#context = context;
    this.#left = left;
  }

  /** Says a text, unless that was done before. @returns the name of its sound; null: there is none */
  async say({ text, language }: SpokenText): Promise<string | null> {
    const voice = voiceOf(language);
    if (voice === undefined) return null;
    const sha256 = nameOf(this.#provider, voice, text);
    const object = textSound({ organization: this.#organization, sha256 });
    if (await this.#isStored(object)) return sha256;
    if (this.said + text.length > this.#left) return null;
    this.said += text.length;
    try {
      const bytes = await this.#provider.say(text, voice);
      if (bytes === undefined) return null;
      await this.#context.objects.put(object, bytes, { type: 'audio/wav' });
      return sha256;
    } catch (error) {
      // The other texts are said all the same. The text itself may be of a person, and is not logged.
      this.#context.log.fault(error, sha256, 'a text was not said');
      return null;
    }
  }

  async #isStored(object: ReturnType<typeof textSound>): Promise<boolean> {
    const opened = await this.#context.objects.open(object);
    if (opened === undefined) return false;
    let size = 0;
    for await (const piece of opened.body) size += piece.length;
    return size > 0;
  }
}

/** Says texts until the time is over. @returns the names of their sounds */
async function sayAll(
  texts: readonly SpokenText[],
  speaker: Speaker,
  { clock }: Pick<SpeechContext, 'clock'>,
): Promise<(string | null)[]> {
  const sounds: (string | null)[] = texts.map(() => null);
  const until = clock().getTime() + budget;
  const left = texts.entries();
  const work = async (): Promise<void> => {
    for (const [at, each] of left) {
      if (clock().getTime() > until) return;
      sounds[at] = await speaker.say(each);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return sounds;
}

/** The function that says texts. @param provider undefined: there is none */
export const speechHandler = (
  dependencies = dependenciesFromEnvironment({ objects: objectsFromEnvironment() }),
  provider = speechFromEnvironment(dependencies.environment),
) =>
  answer(
    speech,
    async ({ org_id: organization, texts }, context) => {
      if (provider === undefined) return { sounds: texts.map(() => null) };
      const now = context.clock();
      const used = await spokenCharacters(context.tableOf(organization), now);
      const speaker = new Speaker(organization, provider, context, maxCharacters - used);
      const sounds = await sayAll(texts, speaker, context);
      if (speaker.said > 0) await context.tryCommit(organization, [countSpeech(speaker.said, now)]);
      return { sounds };
    },
    dependencies,
  );

export const handler = speechHandler();
