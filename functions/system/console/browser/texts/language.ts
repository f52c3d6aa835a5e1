/** The languages of the console, and which of them a person reads. */

/** As the person calls them. */
export const languages = { en: 'English', de: 'Deutsch', es: 'Español', fr: 'Français' } as const;

export type Language = keyof typeof languages;

export const isLanguage = (name: string): name is Language => Object.hasOwn(languages, name);

/** Of this browser, for all who use it. */
const storageKey = 'trunkline-language';

/** Of this tab: that of the person who is signed in. */
const ownKey = 'trunkline-own-language';

/** What the API says of a user for whom none was chosen. */
const unset = 'en';

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

/** By the person who is signed in, else in this browser. */
const chosenHere = (): string | null => sessionStorage.getItem(ownKey) ?? localStorage.getItem(storageKey);

/** Definitions of the pages are also read by tests. */
const hasBrowser = 'document' in globalThis;

/**
 * The language of a person; null: none was chosen, or it is none of the console.
 *
 * @param tag BCP 47
 */
export function ownLanguageOf(tag: string): Language | null {
  const name = tag.split('-')[0]?.toLowerCase() ?? '';
  return tag !== unset && isLanguage(name) ? name : null;
}

/** The language of this page, until it is loaded again. */
export const language: Language = hasBrowser ? languageOf(chosenHere(), navigator.languages) : 'en';

/** For the formats of dates and numbers: with the region of the browser, if that is of the language. */
export const locale: string = hasBrowser
  ? (navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language)
  : 'en-US';

type Person = { readonly sub: string; readonly language: string };

/** Of a person whose profile does not keep its choice. */
const keyOf = ({ sub }: Person): string => `${storageKey}-${sub}`;

/**
 * Keeps the language of the person who signs in for the pages of this tab, from their next load on.
 *
 * @param person null: no one is signed in
 * @returns whether this page has another one
 */
export function keepOwnLanguage(person: Person | null): boolean {
  const own = person === null ? null : (localStorage.getItem(keyOf(person)) ?? ownLanguageOf(person.language));
  if (own === null) sessionStorage.removeItem(ownKey);
  else sessionStorage.setItem(ownKey, own);
  return own !== null && own !== language;
}

/** Keeps what a person chose in this browser. @param isSaved its profile has it, too */
export function keepChoice(person: Person, name: Language, isSaved: boolean): void {
  if (isSaved) localStorage.removeItem(keyOf(person));
  else localStorage.setItem(keyOf(person), name);
  sessionStorage.setItem(ownKey, name);
}

/** The tag with which a language is saved with a person: English with its region, as `en` alone is no choice. */
export const tagOf = (name: Language, preferred: readonly string[]): string =>
  name === unset ? (preferred.find((tag) => tag.startsWith('en-')) ?? 'en-US') : name;
