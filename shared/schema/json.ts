import * as z from 'zod';

/** A client's own JSON, which is stored and answered unchanged. */

/** DynamoDB's smallest number is 1E-130, and a JSON number beyond 2^53 is not exact. */
const isStorable = (value: number): boolean =>
  value === 0 || (Math.abs(value) >= 1e-130 && Math.abs(value) <= Number.MAX_SAFE_INTEGER);

/** Why a value cannot be stored, as a sentence; undefined if it can. @param levels how deep it may be nested */
function problemIn(value: unknown, levels: number): string | undefined {
  if (typeof value === 'number' && !isStorable(value)) return 'has a number that is too large or too small';
  if (typeof value === 'string' && !value.isWellFormed()) return 'has a text with an unpaired surrogate';
  if (typeof value !== 'object' || value === null) return undefined;
  if (levels === 0) return 'is nested too deeply';
  if (Object.keys(value).some((name) => name === '' || name === '__proto__' || !name.isWellFormed()))
    return 'has a field name that cannot be stored';
  for (const inner of Object.values(value)) {
    const problem = problemIn(inner, levels - 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

/** A JSON object of at most `bytes` bytes and `depth` levels, including its own. */
export const JsonObject = ({ bytes, depth }: { readonly bytes: number; readonly depth: number }) =>
  // Checked before zod, which drops a `__proto__`.
  z.preprocess(
    (value, context) => {
      const problem =
        problemIn(value, depth) ?? (bytesOf(value) > bytes ? `must be at most ${bytes} bytes` : undefined);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, input: value });
      return value;
    },
    z.record(z.string(), z.unknown()),
  );
