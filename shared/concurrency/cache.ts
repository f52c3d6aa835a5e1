/** `ttl`: milliseconds for which a result is reused. `max`: results at most; beyond, the oldest is evicted. */
export type CacheLimits<Result> = {
  readonly ttl: number;
  readonly max: number;
  /** Whether to reuse a result; by default all are. */
  readonly keeps?: (result: Result) => boolean;
};

/**
 * Caches the results of an asynchronous function. Concurrent calls with the same key share one result. A failure is not
 * cached.
 * @param now current time in milliseconds
 * @param keyOf the identity of a key; needed for keys that are objects
 */
export function cacheResults<Key, Result>(
  load: (key: Key) => Promise<Result>,
  { ttl, max, keeps = () => true }: CacheLimits<Result>,
  now: () => number,
  keyOf: (key: Key) => unknown = (key) => key,
): (key: Key) => Promise<Result> {
  const entries = new Map<unknown, { readonly result: Promise<Result>; readonly until: number }>();
  return (key) => {
    const id = keyOf(key);
    const entry = entries.get(id);
    if (entry !== undefined && entry.until > now()) return entry.result;
    const [oldest] = entries.keys();
    if (oldest !== undefined && entries.size >= max) entries.delete(oldest);
    const result = load(key);
    entries.set(id, { result, until: now() + ttl });
    const forget = (): void => {
      if (entries.get(id)?.result === result) entries.delete(id);
    };
    result.then((loaded) => (keeps(loaded) ? undefined : forget()), forget);
    return result;
  };
}
