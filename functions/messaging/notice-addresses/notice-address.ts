import type { NoticeAddress, NoticeToken } from '#schema/notice-address.ts';
import { second } from '#schema/time.ts';

/** Confirmation of addresses by their owners (functions/messaging/README.md, "Confirmation"). */

/** The token of a link that can still be followed. DynamoDB deletes expired items late. */
export const usableToken = (token: NoticeToken | undefined, now: Date): NoticeToken | undefined =>
  token === undefined || token.expires_at * second <= now.getTime() ? undefined : token;

/**
 * What a link is about: an address that it asks, or one that is confirmed already. Undefined if the address was asked
 * by another link since, or is not asked any more.
 */
export const linkedAddress = (asked: NoticeAddress | undefined, { token_hash: hash }: NoticeToken) =>
  asked === undefined || (asked.confirmed_at === null && asked.token_hash !== hash) ? undefined : asked;

/** The address once its owner has agreed. */
export const confirm = (asked: NoticeAddress, now: Date) => ({
  ...asked,
  confirmed_at: now.toISOString(),
  token_hash: null,
});
