import type { Operation, Operations } from '../../operations.ts';

/** A route whatever its variables are called. */
const unnamed = (route: string): string => route.replaceAll(/\{[^}]+\}/g, '{}');

/** Undefined: the API has no such operation. Names of variables do not matter. */
export const findOperation = ({ operations }: Operations, route: string): Operation | undefined =>
  operations[route] ?? Object.entries(operations).find(([each]) => unnamed(each) === unnamed(route))?.[1];

/** @throws Error if the API has no such operation */
export function operationOf(operations: Operations, route: string): Operation {
  const operation = findOperation(operations, route);
  if (operation === undefined) throw new Error(`The API has no operation ${route}`);
  return operation;
}
