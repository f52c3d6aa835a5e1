import { at, isObject, listIn, textIn, type JsonObject } from '../../json-value.ts';
import type { ApiRequest } from './api-request.ts';

/** A list that is read page by page, of which any page can be read again while the others stay. */

/** A page as the API answers it. `next`: token of the next one; empty: it is the last. */
export type PageAnswer = { readonly rows: readonly JsonObject[]; readonly next: string; readonly total: number | null };

type LoadedPage = {
  /** With which it is read; empty: the first. */
  readonly token: string;
  readonly rows: readonly JsonObject[];
  /** The first page was read again since. */
  readonly isStale: boolean;
};

export type LoadedList = {
  readonly pages: readonly LoadedPage[];
  /** Token of the first page that is not loaded; empty: all are. */
  readonly next: string;
  readonly total: number | null;
};

/** The page in an answer. @param listAt where its items are, such as `['data']` */
export function pageOf(answer: unknown, listAt: readonly string[]): PageAnswer {
  const items = at(answer, ...listAt);
  // Figures are beside the list, or beside the object that has it.
  const around = [answer, at(answer, 'data'), at(answer, 'data', 'pagination')].filter(isObject);
  const figure = (name: string): unknown => around.map((each) => each[name]).find((each) => each !== undefined);
  const [next, total] = [figure('next_page_token'), figure('total') ?? figure('total_records')];
  return {
    rows: listIn(items).filter(isObject),
    next: textIn(next),
    total: typeof total === 'number' ? total : null,
  };
}

/** The request for the page that a token names; empty: the first. A search has it in its body. */
export function withToken(first: ApiRequest, token: string): ApiRequest {
  if (token === '') return first;
  return first.method === 'GET'
    ? { ...first, query: { ...first.query, page_token: token } }
    : { ...first, body: { ...Object(first.body), page_token: token } };
}

export const rowsOf = ({ pages }: LoadedList): readonly JsonObject[] => pages.flatMap(({ rows }) => rows);

/** The id of a row; empty: it has none. */
export const idOf = (row: JsonObject): string => textIn(row['id']);

/** By what a row is found again: its id, unless rows of the page share one, as versions do. */
function identityIn(rows: readonly JsonObject[]): (row: JsonObject) => string {
  const ids = new Set(rows.map(idOf));
  return ids.size === rows.length && !ids.has('') ? idOf : (row) => JSON.stringify(row);
}

/**
 * What follows a page that was read again. What followed its last row before does so still: rows that new ones have
 * pushed out begin the next page, those that moved up are taken from it. Nothing follows if no row is known.
 *
 * @param old the page as it was, and those after it
 */
function following(
  old: readonly LoadedPage[],
  answer: PageAnswer,
  identity: (row: JsonObject) => string,
): LoadedPage[] {
  if (answer.next === '') return [];
  const read = new Set(answer.rows.map(identity));
  const [same, after] = old;
  const near = [...(same?.rows ?? []), ...(after?.rows ?? [])];
  const places = new Map(near.map((row, place) => [identity(row), place]));
  const last = answer.rows.findLast((row) => places.has(identity(row)));
  if (last === undefined) return [];
  const rest = near.slice((places.get(identity(last)) ?? 0) + 1);
  const isLeft = (row: JsonObject): boolean => !read.has(identity(row));
  const pages = [{ token: '', rows: rest, isStale: after?.isStale ?? true }, ...old.slice(2)]
    .map((page) => ({ ...page, rows: page.rows.filter(isLeft) }))
    .filter(({ rows }) => rows.length > 0);
  return pages.map((page, place) => (place === 0 ? { ...page, token: answer.next } : page));
}

/** What is loaded of a list before its first page. */
export const nothingLoaded: LoadedList = { pages: [], next: '', total: null };

/**
 * The list with a page that was read: the next one, or one of its pages again. After the first page, the others are
 * stale. A page that the list no longer has is left out.
 */
export function withPage(list: LoadedList, token: string, answer: PageAnswer): LoadedList {
  const place = list.pages.findIndex((page) => page.token === token);
  if (place === -1 && token !== list.next) return list;
  const identity = identityIn(answer.rows);
  const taken = new Set(answer.rows.map(identity));
  const before = (place === -1 ? list.pages : list.pages.slice(0, place)).map((page) => ({
    ...page,
    rows: page.rows.filter((row) => !taken.has(identity(row))),
  }));
  const after = place === -1 ? [] : following(list.pages.slice(place), answer, identity);
  const isFirst = token === '';
  return {
    pages: [
      ...before,
      { token, rows: answer.rows, isStale: false },
      ...after.map((page) => (isFirst ? { ...page, isStale: true } : page)),
    ],
    next: after.length === 0 ? answer.next : list.next,
    total: isFirst ? answer.total : list.total,
  };
}

/** The token of the first stale page with a row in view; undefined: there is none. */
export function staleToken({ pages }: LoadedList, inView: readonly JsonObject[]): string | undefined {
  const [rows, ids] = [new Set(inView), new Set(inView.map(idOf).filter((id) => id !== ''))];
  const isInView = (row: JsonObject): boolean => rows.has(row) || ids.has(idOf(row));
  return pages.find((page) => page.isStale && page.rows.some(isInView))?.token;
}
