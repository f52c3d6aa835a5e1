import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { at, isObject, listIn, textIn } from '../../json-value.ts';
import { request, type ApiRequest } from './api.ts';
import type { Row } from './table.tsx';

type Page = { readonly rows: readonly Row[]; readonly next: string; readonly total: number | null };

/** The page in an answer. @param listAt where its items are, such as `['data']` */
export function pageOf(answer: unknown, listAt: readonly string[]): Page {
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

const pageSize = 100;

/** The request for the page that a token names. A search has it in its body. */
const withToken = (first: ApiRequest, token: string): ApiRequest =>
  first.method === 'GET'
    ? { ...first, query: { ...first.query, page_token: token } }
    : { ...first, body: { ...Object(first.body), page_token: token } };

type ListOptions = {
  /** Milliseconds after which it is read again; undefined: never. */
  readonly every?: number;
  /** False: there is nothing to ask for yet. */
  readonly isEnabled?: boolean;
};

/** The key of a list in the cache: its path, and its filters. */
export const listKey = ({ path, query, body }: ApiRequest): readonly unknown[] => ['list', path, query ?? body];

/**
 * A list of the API, page by page.
 *
 * @param wanted the request for it, with its filters
 * @param listAt where the items are in the answer
 */
export function useList(wanted: ApiRequest, listAt: readonly string[] = ['data'], options: ListOptions = {}) {
  const { every, isEnabled = true } = options;
  const first = wanted.method === 'GET' ? { ...wanted, query: { ...wanted.query, limit: pageSize } } : wanted;
  const result = useInfiniteQuery({
    queryKey: listKey(wanted),
    queryFn: async ({ pageParam }) =>
      pageOf(await request(pageParam === '' ? first : withToken(first, pageParam)), listAt),
    initialPageParam: '',
    getNextPageParam: ({ next }: Page) => (next === '' ? undefined : next),
    enabled: isEnabled,
    ...(every === undefined ? {} : { refetchInterval: every }),
  });
  const { data, fetchNextPage } = result;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.rows) ?? [], [data]);
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  return {
    rows,
    more,
    total: data?.pages[0]?.total ?? null,
    hasMore: result.hasNextPage,
    isLoading: (isEnabled && result.isPending) || result.isFetchingNextPage,
    error: result.error,
    request: first,
  };
}
