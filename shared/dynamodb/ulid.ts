import { encodeTime } from 'ulid';
import { minute } from '../schema/time.ts';

/** Characters. A ULID has 10 characters of time and 16 random ones, so that ids sort by the millisecond of creation. */
const randomLength = 16;

const time = (milliseconds: number): string => encodeTime(Math.max(0, milliseconds));

/** The smallest id of a millisecond (Unix). */
export const firstIdAt = (prefix: string, milliseconds: number): string =>
  `${prefix}_${time(milliseconds)}${'0'.repeat(randomLength)}`;
/** The largest id of a millisecond (Unix). */
export const lastIdAt = (prefix: string, milliseconds: number): string =>
  `${prefix}_${time(milliseconds)}${'Z'.repeat(randomLength)}`;

/** Milliseconds by which an id may be newer than the time of its event: the longest request. */
const maxRequest = minute;
const endOfTime = Date.parse('9999-12-31T00:00:00Z');

/** The smallest and the largest id of events in a range of time (ISO 8601). An absent end is open. */
export const idsBetween = (
  prefix: string,
  { since, until }: { readonly since?: string | undefined; readonly until?: string | undefined },
): readonly [string, string] => [
  firstIdAt(prefix, since === undefined ? 0 : Date.parse(since)),
  lastIdAt(prefix, until === undefined ? endOfTime : Date.parse(until) + maxRequest),
];

/** A new id with the time of another millisecond (Unix). */
export const idAt = (id: string, milliseconds: number): string => {
  const [prefix = '', ulid = ''] = id.split('_');
  return `${prefix}_${time(milliseconds)}${ulid.slice(-randomLength)}`;
};
