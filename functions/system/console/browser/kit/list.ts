import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { request, type ApiRequest } from './api.ts';
import { nothingLoaded, pageOf, rowsOf, staleToken, withPage, withToken, type LoadedList } from './pages.ts';
import type { Row } from './shown.ts';

const pageSize = 100;

type Settle = (list: LoadedList) => LoadedList;

const asRead: Settle = (list) => list;

type ListOptions = {
  /** Milliseconds after which it is read again; undefined: never. */
  readonly every?: number;
  /** False: there is nothing to ask for yet. */
  readonly isEnabled?: boolean;
  /** What becomes of the list when a page of it was read. Default: it is shown as it was read. */
  readonly settle?: Settle;
};

/** The key of a list in the cache: its path, and its filters. */
export const listKey = ({ path, query, body }: ApiRequest): readonly unknown[] => ['list', path, query ?? body];

/** Reads again from time to time. `refetchInterval` would begin its time once more with each change of the list. */
function useReadingEvery(
  milliseconds: number | undefined,
  read: (options: { readonly cancelRefetch: boolean }) => Promise<unknown>,
): void {
  useEffect(() => {
    if (milliseconds === undefined) return undefined;
    const timer = window.setInterval(() => {
      if (!document.hidden) void read({ cancelRefetch: false });
    }, milliseconds);
    return () => window.clearInterval(timer);
  }, [milliseconds, read]);
}

/** One of its pages but the first. */
type FurtherPage = { readonly key: readonly unknown[]; readonly first: ApiRequest; readonly token: string };

type FurtherPages = Omit<FurtherPage, 'token'> & {
  readonly listAt: readonly string[];
  readonly settle: Settle;
  /** When the first page was read. */
  readonly readAt: number;
};

/** Reads further pages, one at a time. What the API rejects is asked for after the first page was read again. */
function useFurtherPages({ key, first, listAt, settle, readAt }: FurtherPages) {
  const queries = useQueryClient();
  const { retry, retryDelay } = queries.getDefaultOptions().queries ?? {};
  const { mutate, isPending, isError, submittedAt, error } = useMutation({
    mutationFn: async ({ first: of, token }: FurtherPage) => pageOf(await request(withToken(of, token)), listAt),
    onSuccess: (page, { key: of, token }) => {
      // The list is as old as its first page.
      const updatedAt = queries.getQueryState(of)?.dataUpdatedAt ?? 0;
      queries.setQueryData<LoadedList>(of, (list) => list && settle(withPage(list, token, page)), { updatedAt });
    },
    ...(retry === undefined ? {} : { retry }),
    ...(retryDelay === undefined ? {} : { retryDelay }),
  });
  const rejection = isError && submittedAt >= readAt ? error : null;
  const canRead = !isPending && rejection === null;
  const latest = useRef({ key, first });
  useEffect(() => {
    latest.current = { key, first };
  });
  const read = useCallback(
    (token: string) => {
      if (canRead) mutate({ ...latest.current, token });
    },
    [canRead, mutate],
  );
  return { read, isPending, rejection };
}

/**
 * A list of the API, page by page. When it is read again, that is one request for its first page; each other page is
 * read again when it is in view, one after the other. What is shown stays where it is.
 *
 * @param wanted the request for it, with its filters
 * @param listAt where the items are in the answer
 */
export function useList(wanted: ApiRequest, listAt: readonly string[] = ['data'], options: ListOptions = {}) {
  const { every, isEnabled = true, settle = asRead } = options;
  const queries = useQueryClient();
  const first = wanted.method === 'GET' ? { ...wanted, query: { ...wanted.query, limit: pageSize } } : wanted;
  const key = listKey(wanted);
  const result = useQuery({
    queryKey: key,
    queryFn: async () => {
      const page = pageOf(await request(first), listAt);
      // With the pages that were read while the answer was on its way.
      return settle(withPage(queries.getQueryData<LoadedList>(key) ?? nothingLoaded, '', page));
    },
    enabled: isEnabled,
  });
  useReadingEvery(isEnabled ? every : undefined, result.refetch);
  const { data = nothingLoaded } = result;
  const { read, isPending, rejection } = useFurtherPages({ key, first, listAt, settle, readAt: result.dataUpdatedAt });
  const rows = useMemo(() => rowsOf(data), [data]);
  const more = useCallback(() => read(data.next), [read, data]);
  const onView = useCallback(
    (inView: readonly Row[]) => {
      const token = staleToken(data, inView);
      if (token !== undefined) read(token);
    },
    [read, data],
  );
  return {
    rows,
    more,
    onView,
    total: data.total,
    hasMore: data.next !== '' && rejection === null,
    isLoading: (isEnabled && result.isPending) || isPending,
    error: result.error ?? rejection,
    request: first,
  };
}
