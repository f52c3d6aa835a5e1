/** The languages of the console, and which of them a person reads. */

/** As the person calls them. */
export const languages = { en: 'English', de: 'Deutsch', es: 'Español', fr: 'Français' } as const;

export type Language = keyof typeof languages;

const isLanguage = (name: string): name is Language => Object.hasOwn(languages, name);

/** Of this browser, for all who use it. */
export const storageKey = 'trunkline-language';

/**
 * The chosen language, else the first one of the browser that there is, else English.
 *
 * @param chosen null: none was
 * @param preferred BCP 47 tags, such as `de-AT`, the most wanted first
 */
export function languageOf(chosen: string | null, preferred: readonly string[]): Language {
  const names = [chosen ?? '', ...preferred.map((tag) => tag.split('-')[0]?.toLowerCase() ?? '')];
  return names.find(isLanguage) ?? 'en';
}

/** Definitions of the pages are also read by tests. */
const hasBrowser = 'document' in globalThis;

/** The language of this page, until it is loaded again. */
export const language: Language = hasBrowser ? languageOf(localStorage.getItem(storageKey), navigator.languages) : 'en';

/** For the formats of dates and numbers: with the region of the browser, if that is of the language. */
export const locale: string = hasBrowser
  ? (navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language)
  : 'en-US';
