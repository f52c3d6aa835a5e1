/** What a record does to the stored CDR of its identity (functions/billing/README.md, "CDRs"). */
import { AppError } from '../../../shared/errors.ts';
import type { UsedOfPeriod } from '../billing-profiles/balance.ts';
import type { PeriodName } from '../billing-profiles/period.ts';
import { accompanyingWrites, rateArrivals, type AccountSession } from './account-session.ts';
import type { Arrival } from './arrival.ts';
import type { Filing } from './batch-counts.ts';
import { booksOf, promoteCdr, replaceCdr, type FiledCdr } from './filed-cdr.ts';
import { outcomeOfRepeat, type Outcome } from './outcomes.ts';
import { confirmationOf, replacementOf, type OpenBooks } from './rerating.ts';
import { movementWrites, replaceCdrWrites } from './row.ts';
import { accountStore, readCdr, termsStore } from './store.ts';
import { logFiled } from './unrated-session.ts';
import { countsUsage } from './usage.ts';

/** The reseller's books, if it has paid for the call. */
async function readSellerBooks(
  { context, account, books }: AccountSession,
  { rating: { wholesale } }: FiledCdr,
): Promise<OpenBooks | null> {
  if (wholesale === null) return null;
  const [payer, item] = await Promise.all([
    termsStore(context.tableOf).payer(account.seller),
    accountStore(context.tableOf(account.seller)).usage(wholesale.period),
  ]);
  return { books: booksOf({ profile: payer?.profile ?? null }, books.now, books.grace), item };
}

/**
 * The usage item of a period, if the rating of a CDR depends on it or the replaced rating gives included seconds back.
 */
async function readUsageItem(
  { account, context, usages }: AccountSession,
  stored: FiledCdr,
  period: PeriodName,
): Promise<UsedOfPeriod | undefined> {
  if (countsUsage(account)) return usages.get(period)?.item;
  return stored.rating.included_seconds > 0
    ? accountStore(context.tableOf(account.organization)).usage(period)
    : undefined;
}

/** Replaces a stored CDR by the one of an arrival. @throws AppError UNAVAILABLE if the stored one has changed */
async function exchangeCdr(session: AccountSession, stored: FiledCdr, { arrival, filed: rated }: Filing) {
  const { account, context, chain, books, usages } = session;
  const filed = replaceCdr(stored, rated);
  const replacement = replacementOf(stored, filed, {
    chain,
    own: { books, item: await readUsageItem(session, stored, filed.rating.period) },
    counts: countsUsage(account),
    seller: await readSellerBooks(session, stored),
  });
  const failed = await context.tryCommit(account.organization, [
    ...replaceCdrWrites(replacement),
    ...(await accompanyingWrites(session, [{ arrival, filed }], replacement.movements)),
  ]);
  usages.clear();
  if (failed.length > 0) throw new AppError('UNAVAILABLE', 'The CDR changed while it was being replaced');
  logFiled(context, [filed]);
}

/** Raises the rank of a stored CDR to that of an arrival of the same content. @throws AppError UNAVAILABLE */
async function promoteStored({ account, context, chain }: AccountSession, stored: FiledCdr, arrival: Arrival) {
  const promotion = confirmationOf(stored, promoteCdr(stored, arrival), chain);
  const failed = await context.tryCommit(account.organization, [
    ...replaceCdrWrites(promotion),
    ...promotion.movements.flatMap(movementWrites),
  ]);
  if (failed.length > 0) throw new AppError('UNAVAILABLE', 'The CDR changed while its rank was raised');
}

/**
 * Replaces the stored CDR of an arrival's identity, which a lower rank has filed: reversal and new charge in one
 * transaction. A CDR of the same content only gets the higher rank. The stored CDR is read again, because it may have
 * changed since.
 * @throws AppError UNAVAILABLE if the CDR is deleted or changed by others at the same time
 */
export async function replaceStored(session: AccountSession, arrival: Arrival): Promise<Outcome> {
  const stored = await readCdr(session.context.tableOf(session.account.organization), arrival.cdr.id);
  if (stored === undefined) throw new AppError('UNAVAILABLE', 'The CDR to be replaced was deleted');
  const repeat = outcomeOfRepeat(stored, arrival);
  if (typeof repeat !== 'string') return repeat;
  if (repeat === 'promotion') {
    await promoteStored(session, stored, arrival);
    return { is: 'duplicate' };
  }
  for (const filing of await rateArrivals(session, [arrival])) await exchangeCdr(session, stored, filing);
  return { is: 'filed' };
}
