import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { at, isObject, listIn, textIn } from '../../json-value.ts';
import { request, type ApiRequest, type Query } from './api.ts';
import type { Operation } from './operations.ts';
import type { Row } from './table.tsx';

type Page = { readonly rows: readonly Row[]; readonly next: string; readonly total: number | null };

/** The page in an answer. @param listAt where its items are, such as `['data']` */
export function pageOf(answer: unknown, listAt: readonly string[]): Page {
  const items = at(answer, ...listAt);
  // Figures are beside the list, or beside the object that has it.
  const around = isObject(answer) ? [answer, ...(isObject(answer['data']) ? [answer['data']] : [])] : [];
  const figure = (name: string): unknown => around.map((each) => each[name]).find((each) => each !== undefined);
  const [next, total] = [figure('next_page_token'), figure('total')];
  return {
    rows: listIn(items).filter(isObject),
    next: textIn(next),
    total: typeof total === 'number' ? total : null,
  };
}

const pageSize = 100;

/** A list of the API, page by page. @param query its filters @param every milliseconds after which it is read again */
export function useList(operation: Operation, path: string, query: Query = {}, every?: number) {
  const first: ApiRequest = { method: 'GET', path, query: { ...query, limit: pageSize } };
  const listAt = operation.listAt ?? ['data'];
  const result = useInfiniteQuery({
    queryKey: ['list', path, query],
    queryFn: async ({ pageParam }) =>
      pageOf(
        await request(pageParam === '' ? first : { ...first, query: { ...first.query, page_token: pageParam } }),
        listAt,
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }: Page) => (next === '' ? undefined : next),
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
    isLoading: result.isPending || result.isFetchingNextPage,
    error: result.error,
    request: first,
  };
}
