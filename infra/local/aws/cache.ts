/**
 * Computes a value once per key and keeps it until the process ends. For few keys, such as names of the templates.
 */
export function withCache<T>(compute: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    let found = known.get(key);
    if (found === undefined) known.set(key, (found = compute(key)));
    return found;
  };
}
