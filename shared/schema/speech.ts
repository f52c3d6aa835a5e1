/** Texts that are said in calls (functions/telephony/call-flows/README.md, "Speech"). */

const voice = <const L extends string, const P extends string>(
  language: L,
  polly: P,
  espeak: string = language.slice(0, 2),
) => ({ language, polly, espeak });

/** A language with its voices; that of a language without a region comes first. */
const voices = [
  voice('da-DK', 'Sofie'),
  voice('de-DE', 'Vicki'),
  voice('en-US', 'Joanna', 'en-us'),
  voice('en-GB', 'Amy', 'en-gb'),
  voice('es-ES', 'Lucia'),
  voice('es-MX', 'Mia', 'es-419'),
  voice('fi-FI', 'Suvi'),
  voice('fr-FR', 'Lea'),
  voice('it-IT', 'Bianca'),
  voice('nb-NO', 'Ida'),
  voice('nl-NL', 'Laura'),
  voice('pl-PL', 'Ola'),
  voice('pt-PT', 'Ines'),
  voice('pt-BR', 'Camila', 'pt-br'),
  voice('sv-SE', 'Elin'),
];

/**
 * What a text is said with: a neural voice of Amazon Polly with its language, and a voice of eSpeak NG.
 * @see https://docs.aws.amazon.com/polly/latest/dg/available-voices.html
 */
export type Voice = (typeof voices)[number];

const primaryOf = (language: string): string => language.split('-')[0] ?? '';

/** The voice of a language (BCP 47), or of its main form; undefined: it cannot be said. */
export function voiceOf(language: string): Voice | undefined {
  const folded = language.toLowerCase();
  return (
    voices.find((each) => each.language.toLowerCase() === folded) ??
    voices.find((each) => primaryOf(each.language) === primaryOf(folded))
  );
}

/** Languages without their regions, for messages. */
export const spokenLanguages: readonly string[] = [...new Set(voices.map(({ language }) => primaryOf(language)))];

/** UTF-16 units of a text that is said, at most. */
export const maxSpokenText = 2_000;

/** A text to say. `language`: BCP 47. */
export type SpokenText = { readonly text: string; readonly language: string };
