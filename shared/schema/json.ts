import * as z from 'zod';

/** JSON of a client's own, which is kept and answered as it is. */

/** DynamoDB's numbers begin at 1E-130; beyond 2^53 a number of JSON is no longer the one that was meant. */
const isStorable = (value: number): boolean =>
  value === 0 || (Math.abs(value) >= 1e-130 && Math.abs(value) <= Number.MAX_SAFE_INTEGER);

/** Why a value cannot be kept, as a sentence, or undefined. `room`: how many levels it may have. */
function problemIn(value: unknown, room: number): string | undefined {
  if (typeof value === 'number' && !isStorable(value)) return 'has a number that is too large or too small';
  if (typeof value === 'string' && !value.isWellFormed()) return 'has a text that is no Unicode';
  if (typeof value !== 'object' || value === null) return undefined;
  if (room === 0) return 'is nested too deeply';
  if (Object.keys(value).some((name) => name === '' || name === '__proto__' || !name.isWellFormed()))
    return 'has a name that cannot be kept';
  for (const each of Object.values(value)) {
    const problem = problemIn(each, room - 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

/** An object of at most so many bytes as JSON, nested in at most so many levels, its own included. */
export const JsonObject = ({ bytes, depth }: { readonly bytes: number; readonly depth: number }) =>
  // Looked at before zod leaves a `__proto__` out.
  z.preprocess(
    (value, context) => {
      const problem =
        problemIn(value, depth) ?? (bytesOf(value) > bytes ? `must be at most ${bytes} bytes` : undefined);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, input: value });
      return value;
    },
    z.record(z.string(), z.unknown()),
  );
