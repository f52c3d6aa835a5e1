import { isDeepStrictEqual } from 'node:util';

/** What a change has to set: the fields that differ, but for those that others move meanwhile (`moving`). */
export function changedFields(before: object, after: object, moving: ReadonlySet<string>): Record<string, unknown> {
  const old: Readonly<Record<string, unknown>> = { ...before };
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => !moving.has(name) && !isDeepStrictEqual(old[name], value)),
  );
}
