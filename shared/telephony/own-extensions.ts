import { invalid } from '../errors.ts';
import { isEmergencyNumber } from './emergency-spellings.ts';
import type { NumberOrigin } from './number-format.ts';

/** What has extensions: its paths in a request, with the extension of each; null or absent: none. */
type Extensions = Readonly<Record<string, string | null | undefined>>;

/**
 * Who dials an emergency number calls for help: nothing else is called by it. An extension from before is not judged
 * again, so that what has it can be changed.
 * @param before the extensions so far, by any names
 * @throws AppError VALIDATION_FAILED if a new extension is an emergency number where the organization is
 */
export function assertNoEmergencyExtensions(before: Extensions, after: Extensions, origin: NumberOrigin): void {
  const known = new Set(Object.values(before));
  for (const [path, extension] of Object.entries(after))
    if (extension != null && !known.has(extension) && isEmergencyNumber(extension, origin))
      throw invalid(path, 'is an emergency number');
}
