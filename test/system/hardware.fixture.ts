import { randomBytes, randomInt } from 'node:crypto';

/** What phones and SIMs are known by, of ones that no other test has. */

/** Locally administered (IEEE 802). */
export const newMac = (): string =>
  ['02', ...(randomBytes(5).toString('hex').toUpperCase().match(/../g) ?? [])].join(':');

/** So many random digits. */
export const digits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('');

/** 19 digits, the last of which checks the others (ITU-T E.118). */
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
