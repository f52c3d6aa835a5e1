/** An object without some of its fields. */
export function omit<Fields extends object, Name extends keyof Fields>(
  fields: Fields,
  ...names: readonly Name[]
): Omit<Fields, Name> {
  const left: Partial<Fields> = { ...fields };
  for (const name of names) delete left[name];
  // Exactly the named fields are gone.
  return left as Omit<Fields, Name>;
}
