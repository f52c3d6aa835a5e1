/** An index: the keys of each value. A value without keys has no entry. */
export type KeySets<Value> = Map<Value, Set<string>>;

/** Adds a key to those of a value. */
export function addKey<Value>(index: KeySets<Value>, of: Value, key: string): void {
  const keys = index.get(of);
  if (keys === undefined) index.set(of, new Set([key]));
  else keys.add(key);
}

/** Removes a key from those of a value. */
export function removeKey<Value>(index: KeySets<Value>, of: Value, key: string): void {
  const keys = index.get(of);
  keys?.delete(key);
  if (keys?.size === 0) index.delete(of);
}
