/** What a record does to the stored CDR of its identity (functions/billing/cdr-ingest/README.md, "Corrections"). */
import { AppError } from '#errors.ts';
import type { UsedOfPeriod } from '../schema/balance.ts';
import type { PeriodName } from '../schema/period.ts';
import {
  accompanyingWrites,
  limitKeys,
  readReserved,
  readUsage,
  sumWrites,
  type OrganizationRun,
} from './account-steps.ts';
import type { Arrival } from './arrival.ts';
import { correctedEvent } from './batch-report.ts';
import { periodFor } from './booking-date.ts';
import {
  promoteCdr,
  promoteWithUpdate,
  replaceCdr,
  updateCdr,
  usageWithout,
  voidedCall,
  type StoredVersion,
} from './correction.ts';
import { calendarOf, fileCdr, type FiledCdr } from './filed-cdr.ts';
import { outcomeOfRepeat, type Outcome, type StoredChange } from './outcomes.ts';
import { confirmationOf, isReversedElsewhere, replacementOf, type ChargedParty } from './rerating.ts';
import { endedBy } from './reserved-calls.ts';
import { replaceCdrWrites } from './row.ts';
import { accountStore, readCdr, termsStore } from './store.ts';
import { logFiled } from './unrated-steps.ts';
import { countsUsage } from './usage.ts';

/** The reseller as a charged party, if it has paid for the call. */
async function readChargedSeller(
  { context, account, calendar }: OrganizationRun,
  { rating: { wholesale } }: FiledCdr,
): Promise<ChargedParty | null> {
  if (wholesale === null) return null;
  const [payer, item] = await Promise.all([
    termsStore(context.tableOf).payer(account.seller),
    accountStore(context.tableOf(account.seller)).usage(wholesale.period),
  ]);
  return { calendar: calendarOf({ profile: payer?.profile ?? null }, calendar.now, calendar.grace), item };
}

/**
 * The usage item of a period, if the rating of a CDR depends on it or the replaced rating gives included seconds back.
 */
async function readUsageItem(
  { account, context, usages }: OrganizationRun,
  stored: FiledCdr,
  period: PeriodName,
): Promise<UsedOfPeriod | undefined> {
  const known = usages.get(period);
  if (known !== undefined) return known.item;
  return countsUsage(account) || stored.rating.included_seconds > 0
    ? accountStore(context.tableOf(account.organization)).usage(period)
    : undefined;
}

/** The CDR of an arrival as a correction of the stored one: rated as if that had never been charged. */
async function rateCorrection(run: OrganizationRun, stored: FiledCdr, arrival: Arrival): Promise<FiledCdr> {
  const { account, calendar, carriers } = run;
  const { name } = periodFor(arrival.cdr.start_time, calendar);
  const usage = usageWithout(stored, { usage: await readUsage(run, name), name, calendar });
  const carrier = carriers.get(arrival.cdr.trunk_id ?? '') ?? null;
  const filed = fileCdr(arrival, account, { calendar, usage, carrier });
  return (await limitKeys(run, [filed]))[0] ?? filed;
}

/** A record that replaces the one of a lower rank is the first that may end the reservation of its call. */
const reservationsEndedBy = async (run: OrganizationRun, arrival: Arrival, filed: FiledCdr) =>
  endedBy([{ ...filed, origin: arrival.from.origin }], await readReserved(run, [arrival]));

/** The writes by which an arrival replaces or voids a stored CDR. */
async function replacementWrites(run: OrganizationRun, stored: FiledCdr, arrival: Arrival) {
  const { account, context, chain, calendar } = run;
  const correction = arrival.cdr.void ? voidedCall(stored, arrival) : arrival;
  const filed = replaceCdr(stored, await rateCorrection(run, stored, correction));
  const { period } = filed.rating;
  const replacement = replacementOf(stored, filed, {
    chain,
    own: {
      calendar,
      item: await readUsageItem(run, stored, period),
      formerItem: isReversedElsewhere(stored, period, calendar)
        ? await readUsageItem(run, stored, stored.rating.period)
        : undefined,
    },
    counts: countsUsage(account),
    seller: await readChargedSeller(run, stored),
  });
  const ended = await reservationsEndedBy(run, arrival, filed);
  const accompanied = { group: [{ arrival, filed }], sumChanges: replacement.sumChanges, ended };
  return {
    filed,
    writes: [
      ...replaceCdrWrites(replacement),
      ...(filed.void ? sumWrites(run, accompanied) : await accompanyingWrites(run, accompanied)),
      context.recorderOf(account.organization)('cdr.corrected', correctedEvent(stored, filed)),
    ],
  };
}

/** The writes by which an arrival of the same content raises the rank of a stored CDR, or fills its empty fields. */
async function confirmationWrites(
  run: OrganizationRun,
  { stored, filed, isReported }: { readonly stored: FiledCdr; readonly filed: FiledCdr; readonly isReported: boolean },
  arrival: Arrival,
) {
  const confirmation = confirmationOf(stored, filed, run.chain);
  const group = isReported ? [{ arrival, filed, as: 'updated' as const }] : [];
  const ended = await reservationsEndedBy(run, arrival, filed);
  return {
    filed,
    writes: [
      ...replaceCdrWrites(confirmation),
      ...sumWrites(run, { group, sumChanges: confirmation.sumChanges, ended }),
    ],
  };
}

async function changeWrites(run: OrganizationRun, stored: FiledCdr, arrival: Arrival, change: StoredChange) {
  switch (change) {
    case 'replacement':
      return replacementWrites(run, stored, arrival);
    case 'promotion':
      return confirmationWrites(run, { stored, filed: promoteCdr(stored, arrival), isReported: false }, arrival);
    case 'promotion with update':
      return confirmationWrites(run, { stored, filed: promoteWithUpdate(stored, arrival), isReported: true }, arrival);
    case 'update':
      return confirmationWrites(run, { stored, filed: updateCdr(stored, arrival), isReported: true }, arrival);
  }
}

/** What became of an arrival, and the CDR that is stored then. */
type Settled = { readonly outcome: Outcome; readonly stored: StoredVersion };

/**
 * Changes the stored CDR of an arrival's identity in one transaction: a replacement reverses the former charge and
 * books the new one, a confirmation raises the rank or fills empty fields. The stored CDR is read again at each
 * attempt, because others may have changed it.
 * @throws AppError UNAVAILABLE if the CDR was deleted, or changes all the time; Contention
 */
export async function changeStored(run: OrganizationRun, arrival: Arrival): Promise<Settled> {
  const { context, account, usages } = run;
  const table = context.tableOf(account.organization);
  // Each attempt sets both.
  let settled!: Settled;
  let replaced!: readonly FiledCdr[];
  await context.transact(account.organization, async () => {
    usages.clear();
    const stored = await readCdr(table, arrival.cdr.id);
    if (stored === undefined) throw new AppError('UNAVAILABLE', 'The CDR to be corrected was deleted');
    const change = outcomeOfRepeat(stored, arrival);
    if (typeof change !== 'string') {
      [settled, replaced] = [{ outcome: change, stored }, []];
      return [];
    }
    const { filed, writes } = await changeWrites(run, stored, arrival, change);
    settled = { outcome: { is: change === 'promotion' ? 'duplicate' : 'filed' }, stored: filed };
    replaced = change === 'replacement' && !filed.void ? [filed] : [];
    return writes;
  });
  usages.clear();
  logFiled(context, replaced);
  return settled;
}
