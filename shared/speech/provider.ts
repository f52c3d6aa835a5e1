import type { Voice } from '../schema/speech.ts';

/** Providers of speech (functions/telephony/call-flows/README.md, "Speech"). */

/** What says texts. */
export type SpeechProvider = {
  /** Part of the names of stored sounds: another provider says a text again. */
  readonly name: 'espeak' | 'polly';
  /**
   * Says a text.
   * @returns a WAV file as calls play it (`shared/schema/sound.ts`); undefined: the text has nothing to say
   * @throws Error if the provider fails
   */
  readonly say: (text: string, voice: Voice) => Promise<Uint8Array | undefined>;
};

/** Milliseconds in which a text is said. */
export const speechTimeout = 5_000;
