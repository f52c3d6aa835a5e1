import type { Row } from '../kit/table.tsx';
import { clockText } from '../sound/wave.ts';

/** Messages as a person reads them. */

/** Who has left a message: the name and the number, as far as they are known. */
export function callerOf({ caller_name: name, caller_number: number }: Row): string {
  const known = [name, number].filter((each) => typeof each === 'string' && each !== '');
  return known.length === 0 ? 'unknown' : known.join(', ');
}

/** `1:05`. */
export function lengthOf({ duration_seconds: seconds }: Row): string {
  return typeof seconds === 'number' ? clockText(seconds) : '–';
}
