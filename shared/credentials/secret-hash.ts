import { createHash, timingSafeEqual } from 'node:crypto';

/** What is stored of a secret of 256 random bits: its SHA-256, hex (auth.md, "Credentials"). */
export const secretHash = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** Compares two hashes in a time that does not tell where they differ. */
export const sameHash = (one: string, other: string): boolean =>
  timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'));
