import { randomBytes, randomInt } from 'node:crypto';

/** Unique identifiers of phones and SIMs. */

/** Locally administered (IEEE 802). */
export const newMac = (): string =>
  ['02', ...(randomBytes(5).toString('hex').toUpperCase().match(/../g) ?? [])].join(':');

/** Random digits. */
export const digits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('');

/** 19 digits, the last one a check digit (ITU-T E.118). */
export function newIccid(): string {
  const first = `8946${digits(14)}`;
  const sum = Array.from(first, Number)
    .reverse()
    .reduce(
      (sofar, digit, at) =>
        sofar + Array.from(String(digit * (at % 2 === 0 ? 2 : 1)), Number).reduce((one, two) => one + two),
      0,
    );
  return `${first}${(10 - (sum % 10)) % 10}`;
}
