/** An object without some of its fields. */
export function omit<Fields extends object, Name extends keyof Fields>(
  fields: Fields,
  ...names: readonly Name[]
): Omit<Fields, Name> {
  const omitted: ReadonlySet<PropertyKey> = new Set(names);
  // The assertion is safe: exactly the named fields are missing.
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !omitted.has(name))) as Omit<Fields, Name>;
}
