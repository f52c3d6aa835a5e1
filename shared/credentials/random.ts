import { randomBytes, randomInt } from 'node:crypto';
import { secretOf } from '../schema/webhook/signature.ts';

/** Letters and digits that are not confused with each other. */
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
const passwordLength = 24;

/** A random password that is easy to read aloud. The default 24 characters have about 139 bits. */
export const randomPassword = (length = passwordLength): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');

/** The alphabet of base32 (RFC 4648 §6). */
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Random characters of base32, 5 bits each. */
export const randomBase32 = (length: number): string =>
  Array.from({ length }, () => base32[randomInt(base32.length)]).join('');

/** Random hex digits, two for each byte. */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');

/** 256 random bits as 43 characters of base64url. */
export const randomSecret = (): string => randomBytes(32).toString('base64url');

/** A new secret of a webhook: `whsec_` and 32 random bytes in base64. */
export const randomWebhookSecret = (): string => secretOf(randomBytes(32));
