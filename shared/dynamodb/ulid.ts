import { encodeTime } from 'ulid';

/** A ULID is 10 characters of time and 16 of chance: ids sort by the millisecond in which they were made. */
const randomLength = 16;

const time = (milliseconds: number): string => encodeTime(Math.max(0, milliseconds));

/** The smallest id that can be made in a millisecond (Unix). */
export const firstIdAt = (prefix: string, milliseconds: number): string => `${prefix}_${time(milliseconds)}${'0'.repeat(randomLength)}`;
/** The largest id that can be made in a millisecond (Unix). */
export const lastIdAt = (prefix: string, milliseconds: number): string => `${prefix}_${time(milliseconds)}${'Z'.repeat(randomLength)}`;
