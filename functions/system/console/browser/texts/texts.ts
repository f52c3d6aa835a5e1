import { IntlMessageFormat } from 'intl-messageformat';
import type { german } from './german.ts';
import { language, locale, type Language } from './language.ts';

/**
 * Texts of the console. English is written where it is used, and is the name of the text in each other language: a text
 * that one of them lacks does not compile.
 */
export type Text = keyof typeof german;

type Values = Readonly<Record<string, string | number>>;

type Messages = Readonly<Record<string, string>>;

/** The texts of each language but English, which are read only for a page in it. */
const translations: Readonly<Record<Language, () => Promise<Messages>>> = {
  en: () => Promise.resolve({}),
  de: async () => (await import('./german.ts')).german,
  es: async () => (await import('./spanish.ts')).spanish,
  fr: async () => (await import('./french.ts')).french,
};

/** Of the language of the page; empty: English. */
let messages: Messages = {};

const formats = new Map<string, IntlMessageFormat>();

/** Loads the texts of the page's language, before anything is shown. */
export async function loadTexts(): Promise<void> {
  messages = await translations[language]();
}

function formatOf(message: string): IntlMessageFormat {
  const known = formats.get(message) ?? new IntlMessageFormat(message, locale);
  formats.set(message, known);
  return known;
}

/**
 * A text in the language of the page.
 *
 * @param text ICU MessageFormat, such as `{count, plural, one {# call} other {# calls}}`
 * @param values by the names in the text
 */
export function t(text: Text, values?: Values): string {
  const message = messages[text] ?? text;
  return values === undefined ? message : String(formatOf(message).format(values));
}
