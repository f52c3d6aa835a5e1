import { cdrsFiledMessage } from '../../../shared/contract/log-messages.ts';
import type { Write } from '../../../shared/dynamodb/write.ts';
import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { countUnrated, reportUnrated } from '../rows/unrated.ts';
import type { cdrIngest } from './contract.ts';
import type { FiledCdr } from './filed-cdr.ts';
import { unratedCount } from './store.ts';
import { countFiled, isReportDue, unratedByReason, unratedEvent } from './unrated-calls.ts';

type Context = BackgroundContext<typeof cdrIngest>;

/**
 * What the transaction of CDRs without a price writes: their count, or the event about all since the last one. In the
 * same transaction, so that no call is left out and two consumers do not report the same.
 */
export async function unratedWrites(
  { tableOf, recorderOf, clock }: Context,
  organization: number,
  cdrs: readonly FiledCdr[],
): Promise<Write<'unrated' | 'event:cdr.unrated'>[]> {
  const now = clock();
  const groups = await Promise.all(
    [...unratedByReason(cdrs)].map(async ([reason, calls]) => ({
      reason,
      calls,
      read: await unratedCount(tableOf(organization), reason),
    })),
  );
  return groups.flatMap(({ reason, calls, read }) =>
    isReportDue(read, now)
      ? [reportUnrated(reason, read, now), recorderOf(organization)('cdr.unrated', unratedEvent(reason, calls, read))]
      : [countUnrated(reason, calls.length)],
  );
}

/** Logs how many of the filed CDRs have a price. The share of those without one is a metric with an alarm. */
export const logFiled = ({ log }: Context, cdrs: readonly FiledCdr[]): void =>
  log.note(cdrsFiledMessage, countFiled(cdrs));
