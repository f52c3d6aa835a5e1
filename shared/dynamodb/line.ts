import type { Entity } from '../contract/entities.ts';
import { row } from './row.ts';

/** The requests that wait in a line: the id of each ticket, and Unix milliseconds until which it is valid. */
export type Line = Readonly<Record<string, number>>;

/** `planhead#1001`, beside the item that requests wait for. Written by `updateItem`; expires when no one waits. */
export const lineRow = <const E extends Entity>(entity: E) => row<E, Line, object>(entity, { sort: () => 'line' });
