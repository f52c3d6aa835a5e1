import { storageKey } from './language.ts';

/** Shows everything in another language, from the next load of the page on. @param name of `languages` */
export function chooseLanguage(name: string): void {
  localStorage.setItem(storageKey, name);
  location.reload();
}
