/**
 * The id that was remembered behind a name (in lower case). Something may be called `constructor`: what every object
 * inherits is no id.
 */
export const rememberedId = (ids: Readonly<Record<string, string>> | undefined, key: string): string | undefined =>
  ids !== undefined && Object.hasOwn(ids, key) ? ids[key] : undefined;
