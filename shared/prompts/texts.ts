import type { Phrase, PromptName } from '#schema/prompt.ts';
import type { AnnouncementLanguage } from '#schema/recording-notice.ts';
import { featureTexts } from './feature-texts.ts';
import { mailboxTexts } from './mailbox-texts.ts';
import { optionsTexts } from './options-texts.ts';
import { depositTexts } from './voicemail-texts.ts';
import { wordTexts } from './word-texts.ts';

/** A text in each language. */
export type Texts = Readonly<Record<AnnouncementLanguage, string>>;

const phraseTexts: Readonly<Record<Phrase, Texts>> = {
  ...depositTexts,
  ...mailboxTexts,
  ...optionsTexts,
  ...featureTexts,
};

/** The texts of all prompts of a language, by name. */
export function promptTexts(language: AnnouncementLanguage): ReadonlyMap<PromptName, string> {
  const ofPhrases = Object.entries(phraseTexts).map(([name, texts]) => [name as Phrase, texts[language]] as const);
  return new Map<PromptName, string>([...ofPhrases, ...wordTexts(language)]);
}
