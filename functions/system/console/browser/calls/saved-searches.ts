import { isObject, listIn, textIn } from '../../json-value.ts';
import type { Draft } from '../kit/filters.tsx';

/** Searches that a person has saved, in its browser. */

export type SavedSearch = { readonly name: string; readonly draft: Draft };

/** The oldest go first. */
export const maxSaved = 30;

const draftIn = (value: unknown): Draft =>
  Object.fromEntries(Object.entries(isObject(value) ? value : {}).map(([name, text]) => [name, textIn(text)]));

/** What is not readable is no search. @param text as `textOfSearches` made it */
export function searchesIn(text: string | null): readonly SavedSearch[] {
  try {
    return listIn(JSON.parse(text ?? '[]'))
      .filter(isObject)
      .map((each) => ({ name: textIn(each['name']), draft: draftIn(each['draft']) }))
      .filter(({ name }) => name !== '');
  } catch {
    return [];
  }
}

export const textOfSearches = (searches: readonly SavedSearch[]): string => JSON.stringify(searches);

export const withoutSearch = (searches: readonly SavedSearch[], name: string): readonly SavedSearch[] =>
  searches.filter((each) => each.name !== name);

/** A search of the same name is replaced. */
export const withSearch = (searches: readonly SavedSearch[], search: SavedSearch): readonly SavedSearch[] =>
  [...withoutSearch(searches, search.name), search].slice(-maxSaved);
