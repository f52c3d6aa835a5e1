import { useSuspenseQuery } from '@tanstack/react-query';
import type { Operation, Operations } from '../../operations.ts';

export type { Operation, Operations, Schema } from '../../operations.ts';

const read = async (tag: string): Promise<Operations> => {
  const response = await fetch(`/console/operations-${tag}.json`);
  if (!response.ok) throw new Error(`The server answers ${response.status} instead of the operations of ${tag}`);
  return (await response.json()) as Operations;
};

/** The operations of an area. Suspends until they are here. @param tag as in the OpenAPI document */
export function useOperations(tag: string): Operations {
  return useSuspenseQuery({ queryKey: ['operations', tag], queryFn: () => read(tag), staleTime: Infinity }).data;
}

/** @throws Error if the API has no such operation */
export function operationOf({ operations }: Operations, route: string): Operation {
  const operation = operations[route];
  if (operation === undefined) throw new Error(`The API has no operation ${route}`);
  return operation;
}
