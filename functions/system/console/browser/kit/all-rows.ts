import type { ApiRequest } from './api-request.ts';
import { pageOf, withToken, type PageAnswer } from './pages.ts';
import type { Row } from './shown.ts';

/** Lists that are read whole, page by page, because names are looked up in them. */

/** `isWhole`: whether the list has no other rows. */
type AllRows = { readonly rows: readonly Row[]; readonly isWhole: boolean };

/** Rows of a request: as many as the API answers at once. */
export const largestPage = 500;

/** Rows that are read of a list at most: 20 requests. */
const mostRows = 10_000;

type ReadingOptions = {
  /** Where the rows are in an answer. Default: `['data']`. */
  readonly listAt?: readonly string[];
  /** Called with the rows that are read so far, before further ones are asked for. */
  readonly onPage?: (rows: readonly Row[]) => void;
};

/** Reads a list, or the first 10,000 of its rows. @param ask sends a request @throws ApiError */
export async function readAll(
  ask: (wanted: ApiRequest) => Promise<unknown>,
  first: ApiRequest,
  { listAt = ['data'], onPage = () => undefined }: ReadingOptions = {},
): Promise<AllRows> {
  const rows: Row[] = [];
  let page: PageAnswer = { rows: [], next: '', total: null };
  do {
    if (rows.length > 0) onPage([...rows]);
    page = pageOf(await ask(withToken(first, page.next)), listAt);
    rows.push(...page.rows);
  } while (page.next !== '' && rows.length < mostRows);
  return { rows, isWhole: page.next === '' };
}

/** Milliseconds until a list is read again: a minute for each of its requests. @param count of its rows */
export const freshFor = (count: number): number => 60_000 * Math.max(1, Math.ceil(count / largestPage));
