import type { Entity } from '../../contract/entities.ts';
import { row } from '../row.ts';

/** The waiting line of the requests that change one item. Tickets are numbered from 1. */
export type Line = {
  /** The newest ticket. */
  readonly issued?: number;
  /** The newest ticket whose turn has ended. */
  readonly served?: number;
};

/** `planhead#1001`, beside the item that requests wait for. Written by `updateItem`; expires when no one waits. */
export const lineRow = <const E extends Entity>(entity: E) => row<E, Line, object>(entity, { sort: () => 'line' });
