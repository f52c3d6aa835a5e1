/** Reading of JSON whose shape is not known. */

export type JsonObject = { readonly [key: string]: unknown };

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;

/** What is in a value under these names; undefined: nothing. */
export const at = (value: unknown, ...keys: readonly string[]): unknown =>
  keys.reduce<unknown>((each, key) => (isObject(each) ? each[key] : undefined), value);

/** Empty: it is no text. */
export const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Empty: it is no list. */
export const listIn = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as readonly unknown[]) : [];
