import { randomBytes, randomInt } from 'node:crypto';

/** Letters and digits that are not confused with each other. */
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
const passwordLength = 24;

/** A random password that is easy to read aloud. The default 24 characters have about 139 bits. */
export const randomPassword = (length = passwordLength): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');

/** Random hex digits, two for each byte. */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');

/** 256 random bits as 43 characters of base64url. */
export const randomSecret = (): string => randomBytes(32).toString('base64url');
