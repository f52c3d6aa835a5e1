import { encodeTime } from 'ulid';

/** A ULID is 10 characters of time and 16 of chance: ids sort by the millisecond in which they were made. */
const randomLength = 16;

const time = (milliseconds: number): string => encodeTime(Math.max(0, milliseconds));

/** The smallest id that can be made in a millisecond (Unix). */
export const firstIdAt = (prefix: string, milliseconds: number): string =>
  `${prefix}_${time(milliseconds)}${'0'.repeat(randomLength)}`;
/** The largest id that can be made in a millisecond (Unix). */
export const lastIdAt = (prefix: string, milliseconds: number): string =>
  `${prefix}_${time(milliseconds)}${'Z'.repeat(randomLength)}`;

/** Milliseconds by which an id may be younger than the time of its event: a request lasts so long at most. */
const longestRequest = 60_000;
const endOfTime = Date.parse('9999-12-31T00:00:00Z');

/** Ids of what may have happened in a range of time (ISO 8601); an open end is none. */
export const idsBetween = (
  prefix: string,
  { since, until }: { readonly since?: string | undefined; readonly until?: string | undefined },
): readonly [string, string] => [
  firstIdAt(prefix, since === undefined ? 0 : Date.parse(since)),
  lastIdAt(prefix, until === undefined ? endOfTime : Date.parse(until) + longestRequest),
];

/** An id that was made just now, as it would be of another millisecond (Unix). */
export const idAt = (id: string, milliseconds: number): string => {
  const [prefix = '', ulid = ''] = id.split('_');
  return `${prefix}_${time(milliseconds)}${ulid.slice(-randomLength)}`;
};
