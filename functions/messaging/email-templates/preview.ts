import { invalidParameter } from '#errors.ts';
import type { Values } from './interpreter.ts';

/** `?preview=`: the variables of a preview, as JSON. */

/** Objects and lists inside one another, the variables themselves included. */
const maxDepth = 5;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Whether a value has at most so many levels of objects and lists. */
function isShallow(value: unknown, levels: number): boolean {
  if (!isObject(value)) return true;
  return levels > 0 && Object.values(value).every((inner: unknown) => isShallow(inner, levels - 1));
}

const isValues = (value: unknown): value is Values => isObject(value) && !Array.isArray(value);

/** @throws AppError INVALID_PARAMETER */
export function previewVariables(json: string): Values {
  const values = parse(json);
  if (!isValues(values)) throw invalidParameter('preview', 'must be a JSON object of variables');
  if (!isShallow(values, maxDepth)) throw invalidParameter('preview', `must be nested at most ${maxDepth} deep`);
  return values;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
