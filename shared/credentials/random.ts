import { randomBytes, randomInt } from 'node:crypto';

/** Letters and digits that nobody mistakes for one another. */
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
const passwordLength = 24;

/** A password, easy to read out; of the usual 24 characters it has about 139 bits. */
export const randomPassword = (length = passwordLength): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');

/** Hex digits that no guessing finds: two for each byte. */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');

/** 256 random bits as 43 characters of base64url. */
export const randomSecret = (): string => randomBytes(32).toString('base64url');
