import { notFound } from '#errors.ts';
import type { NoticeAddress, NoticeToken } from '#schema/notice-address.ts';
import { second } from '#schema/time.ts';

/** Confirmation of addresses by their owners (functions/messaging/README.md, "Confirmation"). */

/** The token of a link that can still be followed. @throws AppError NOT_FOUND */
export function assertUsable(token: NoticeToken | undefined, now: Date): NoticeToken {
  // DynamoDB deletes expired items late.
  if (token === undefined || token.expires_at * second <= now.getTime()) throw notFound('Link');
  return token;
}

/** The address whose owner followed its link. @throws AppError NOT_FOUND, if it was asked by another link since */
export function confirm(before: NoticeAddress | undefined, { token_hash: hash }: NoticeToken, now: Date) {
  if (before?.token_hash !== hash) throw notFound('Link');
  return { ...before, confirmed_at: now.toISOString(), token_hash: null };
}
