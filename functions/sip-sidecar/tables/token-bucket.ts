import { second } from '#schema/time.ts';

/** A limit: tokens that are added per second, up to so many. */
export type BucketLimit = { readonly rate: number; readonly burst: number };

/** The tokens that a bucket has, which had `tokens` at `filledAt`. @param now milliseconds, as `filledAt` */
export const tokensAt = (
  { tokens, filledAt }: { readonly tokens: number; readonly filledAt: number },
  { rate, burst }: BucketLimit,
  now: number,
): number => Math.min(burst, tokens + ((now - filledAt) * rate) / second);
