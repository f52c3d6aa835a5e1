import { cdrsFiledMessage } from '#contract/log-messages.ts';
import type { Table } from '#dynamodb/table.ts';
import type { Write } from '#dynamodb/write.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import type { Recorder } from '#runtime/event-record.ts';
import { countUnrated, reportUnrated, unratedRow } from '../rows/unrated.ts';
import type { cdrIngest } from './contract.ts';
import type { FiledCdr } from './filed-cdr.ts';
import {
  counterOf,
  countFiled,
  isReportDue,
  unratedByReason,
  unratedEvent,
  type MissingPrice,
} from './unrated-calls.ts';

type Context = BackgroundContext<typeof cdrIngest>;

/** What a consumer that rates calls reads and records. */
type Reporting = {
  readonly tableOf: (organization: number) => Pick<Table<'unrated'>, 'get'>;
  readonly recorderOf: (organization: number) => Recorder;
  readonly clock: () => Date;
};

/**
 * What the transaction of CDRs without a price writes: their count, or the event about all since the last one. In the
 * same transaction, so that no call is left out and two consumers do not report the same.
 * @param organization that lacks the price: the one that the calls are of, or its reseller
 */
export async function unratedWrites(
  { tableOf, recorderOf, clock }: Reporting,
  { organization, price = 'own' }: { readonly organization: number; readonly price?: MissingPrice },
  cdrs: readonly FiledCdr[],
): Promise<Write<'unrated' | 'event:cdr.unrated'>[]> {
  const now = clock();
  const groups = await Promise.all(
    [...unratedByReason(cdrs, price)].map(async ([reason, calls]) => {
      const counter = counterOf(reason, price);
      const read = await tableOf(organization).get(unratedRow, { reason: counter });
      return { counter, read, calls: { organization, price, reason, cdrs: calls } };
    }),
  );
  return groups.flatMap(({ counter, read, calls }) =>
    isReportDue(read, now)
      ? [reportUnrated(counter, read, now), recorderOf(organization)('cdr.unrated', unratedEvent(calls, read))]
      : [countUnrated(counter, calls.cdrs.length)],
  );
}

/** Logs how many of the filed CDRs have a price. The share of those without one is a metric with an alarm. */
export const logFiled = ({ log }: Context, cdrs: readonly FiledCdr[]): void =>
  log.note(cdrsFiledMessage, countFiled(cdrs));
