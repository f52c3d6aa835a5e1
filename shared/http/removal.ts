import { AppError } from '../errors.ts';

/** Lists with fewer entries are read whole, so that a client that removes some has seen them. */
const leastEntries = 20;
/** Part of the entries that one request removes without a question: a tenth. */
const part = 10;

/** What says that a client has seen the entries that it removes, or means it. */
type Intent = { readonly pinnedVersion: number | undefined; readonly isConfirmed: boolean };

/**
 * Whether a replacement must be compared with the entries before it (shared/http/README.md, "Replacements that remove
 * many"): a client that read one page of a list would otherwise delete the others without a word.
 *
 * @param before number of entries that there are
 */
export const mayRemoveMany = (before: number, { pinnedVersion, isConfirmed }: Intent): boolean =>
  before >= leastEntries && pinnedVersion === undefined && !isConfirmed;

/**
 * @param before entries that there are, by what identifies them; `after`: those of the replacement
 * @param noun of one entry, such as `rate`
 * @throws AppError REMOVES_MANY
 */
export function assertRemovesFew(before: Iterable<string>, after: Iterable<string>, noun: string): void {
  const [had, has] = [new Set(before), new Set(after)];
  const removed = [...had].filter((entry) => !has.has(entry)).length;
  if (removed * part <= had.size) return;
  throw new AppError(
    'REMOVES_MANY',
    `This would remove ${removed} of ${had.size} ${noun}s; name the version that you read, or confirm_removal: true`,
  );
}
