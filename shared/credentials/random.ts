import { randomBytes, randomInt } from 'node:crypto';

/** Letters and digits that nobody mistakes for one another. */
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
const passwordLength = 24;

/** A password of 24 characters (about 139 bits), easy to read out. */
export const randomPassword = (): string => Array.from({ length: passwordLength }, () => alphabet[randomInt(alphabet.length)]).join('');

/** 256 random bits as 43 characters of base64url. */
export const randomSecret = (): string => randomBytes(32).toString('base64url');
