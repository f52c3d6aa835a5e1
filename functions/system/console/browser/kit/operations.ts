import { useSuspenseQueries, useSuspenseQuery } from '@tanstack/react-query';
import type { Operations } from '../../operations.ts';
import { followedFetch } from './connection.ts';

export type { Operation, Operations, Parameter, Schema } from '../../operations.ts';

const read = async (tag: string): Promise<Operations> => {
  const response = await followedFetch(`/console/operations-${tag}.json`);
  if (!response.ok) throw new Error(`The server answers ${response.status} instead of the operations of ${tag}`);
  return (await response.json()) as Operations;
};

const queryOf = (tag: string) => ({
  queryKey: ['operations', tag],
  queryFn: () => read(tag),
  staleTime: Infinity,
});

/** The operations of an area. Suspends until they are here. @param tag as in the OpenAPI document */
export function useOperations(tag: string): Operations {
  return useSuspenseQuery(queryOf(tag)).data;
}

/** The operations of several areas, by tag. */
export function useOperationsOf(tags: readonly string[]): ReadonlyMap<string, Operations> {
  return useSuspenseQueries({
    queries: tags.map((tag) => queryOf(tag)),
    combine: (results) => new Map(results.map(({ data }, at) => [tags[at] ?? '', data])),
  });
}
