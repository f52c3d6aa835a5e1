import { isDeepStrictEqual } from 'node:util';

/**
 * The fields of `after` that differ from `before`.
 * @param ignored fields that other writers change concurrently
 */
export function changedFields(before: object, after: object, ignored: ReadonlySet<string>): Record<string, unknown> {
  const old: Readonly<Record<string, unknown>> = { ...before };
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => !ignored.has(name) && !isDeepStrictEqual(old[name], value)),
  );
}
