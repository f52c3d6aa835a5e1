import { at, isObject } from '../../json-value.ts';
import { shown } from './shown.ts';
import { labelOf } from './words.ts';

/** What differs between two forms of a resource, as people read it. */

/** A field of a resource before and after a change. */
export type Difference = { readonly label: string; readonly before: string; readonly after: string };

/** Objects are compared field by field, lists as a whole. */
export function differencesIn(label: string, before: unknown, after: unknown): readonly Difference[] {
  const isNested = [before, after].some((value) => isObject(value) && !Array.isArray(value));
  const isPlain = [before, after].every((value) => value == null || (isObject(value) && !Array.isArray(value)));
  if (!isNested || !isPlain) return [{ label, before: shown(before), after: shown(after) }];
  const [old, next] = [Object(before ?? {}) as object, Object(after ?? {}) as object];
  return [...new Set([...Object.keys(old), ...Object.keys(next)])]
    .filter((name) => JSON.stringify(at(old, name)) !== JSON.stringify(at(next, name)))
    .flatMap((name) => differencesIn(`${label} › ${labelOf(name)}`, at(old, name), at(next, name)));
}

/** Fields that differ between two answers of the API. @param names of the fields that are compared */
export const differencesOf = (before: object, after: object, names: readonly string[]): readonly Difference[] =>
  names
    .filter((name) => JSON.stringify(at(before, name)) !== JSON.stringify(at(after, name)))
    .flatMap((name) => differencesIn(labelOf(name), at(before, name), at(after, name)));
