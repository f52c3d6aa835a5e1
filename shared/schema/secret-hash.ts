import { createHash, timingSafeEqual } from 'node:crypto';

/** The stored form of a secret of 256 random bits: its SHA-256 (hex). Such a secret needs no slow hash. */
export const secretHash = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** Compares two hashes in constant time. */
export const sameHash = (one: string, other: string): boolean =>
  timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'));
