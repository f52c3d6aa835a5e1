import { keyField } from '#bin/access-patterns/key-fields.ts';

/** What holds of the templates of keys, whose variables are fields: `trunk#<org_id>`. */

/** The fields of a template, in order. `hash`: a digest. */
export const fieldsIn = (template: string): string[] => [...template.matchAll(/<(\w+)>/g)].map(([, name = '']) => name);

const isFree = (name: string): boolean => keyField(name).isFree === true;

/** Bytes of the longest key that a template makes. */
export const longestOf = (template: string): number =>
  Buffer.byteLength(template.replace(/<\w+>/g, '')) +
  fieldsIn(template).reduce((sum, name) => sum + keyField(name).bytes, 0);

/** Whether free text is anywhere but at the end, where its `#` would be read as a separator. */
export const hidesSeparators = (template: string): boolean =>
  fieldsIn(template).some((name) => isFree(name) && !template.endsWith(`<${name}>`));

const hasFreeText = (segment: string): boolean => fieldsIn(segment).some(isFree);

const isWord = (segment: string): boolean => /^[a-z][a-z-]*$/.test(segment);

/** Whether a segment can be a word, which ids, times and numbers are not. */
const canBeWord = (segment: string): boolean =>
  fieldsIn(segment).some((name) => isFree(name) || keyField(name).texts.some(isWord));

/** Whether two segments never have the same text, as far as a word shows. */
const differ = (one: string, other: string): boolean =>
  one !== other && ((isWord(one) && !canBeWord(other)) || (isWord(other) && !canBeWord(one)));

/** Whether no key matches both templates. */
export function areDisjoint(one: string, other: string): boolean {
  const [left, right] = [one.split('#'), other.split('#')];
  if (left.length !== right.length && !left.some(hasFreeText) && !right.some(hasFreeText)) return true;
  return left.some((segment, at) => right[at] !== undefined && differ(segment, right[at]));
}
