/**
 * The id that a save resolved from a name in lower case. A name may be `constructor`, so that only own properties
 * count.
 */
export const resolvedId = (ids: Readonly<Record<string, string>> | undefined, key: string): string | undefined =>
  ids !== undefined && Object.hasOwn(ids, key) ? ids[key] : undefined;
