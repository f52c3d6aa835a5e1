import { AppError } from '../errors.ts';
import type { Request } from './handlers.ts';

/** Lists with fewer entries are read whole, so that a client that removes some has seen them. */
const leastEntries = 20;
/** Part of the entries that one request removes without a question: a tenth. */
const part = 10;

/** What says that a client has seen the entries that it removes, or means it. */
type Intent = Pick<Request, 'pinnedVersion' | 'content'>;

/**
 * Whether a replacement must be compared with the entries before it (shared/http/README.md, "Replacements that remove
 * many"): a client that read one page of a list would otherwise delete the others without a word.
 *
 * @param before number of entries that there are
 */
export const mayRemoveMany = (before: number, { pinnedVersion, content }: Intent): boolean => {
  const confirmed = content['confirm_removal'] ?? pinnedVersion !== undefined;
  return before >= leastEntries && confirmed !== true;
};

/**
 * @param before entries that there are, by what identifies them; `after`: those of the replacement
 * @param noun of the entries, such as `rates`
 * @throws AppError REMOVES_MANY
 */
export function assertRemovesFew(before: Iterable<string>, after: Iterable<string>, noun: string): void {
  const [had, has] = [new Set(before), new Set(after)];
  const removed = [...had].filter((entry) => !has.has(entry)).length;
  if (removed * part <= had.size) return;
  throw new AppError(
    'REMOVES_MANY',
    `This would remove ${removed} of ${had.size} ${noun}; name the version that you read, or confirm_removal: true`,
  );
}

/** What tells the entries of a list apart: a text itself; other entries have only their position. */
const identitiesIn = (list: readonly unknown[]): string[] =>
  list.map((entry, at) => (typeof entry === 'string' ? entry : String(at)));

/**
 * The same for each list of an item. Of entries that are objects, those are removed by which the list becomes shorter.
 *
 * @param before the item; `after`: its replacement
 * @throws AppError REMOVES_MANY
 */
export function assertListsRemoveFew(before: object, after: object, intent: Intent): void {
  const listsAfter = new Map<string, unknown>(Object.entries(after));
  for (const [name, list] of Object.entries(before)) {
    if (!Array.isArray(list) || !mayRemoveMany(list.length, intent)) continue;
    const next = listsAfter.get(name);
    assertRemovesFew(identitiesIn(list), identitiesIn(Array.isArray(next) ? next : []), `entries of ${name}`);
  }
}
