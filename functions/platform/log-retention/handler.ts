import { runScheduled } from '../../../shared/runtime/schedule.ts';
import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { holdsOn, keeps, whileHoldsStay } from '../../../shared/dynamodb/rows/legal-hold.ts';
import type { OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { day, second } from '../../../shared/schema/time.ts';
import { logRetention } from './contract.ts';
import { batches, emails, logLines, messages, progressWrites, roundStore, smsLogEntries } from './store.ts';

type Context = BackgroundContext<typeof logRetention>;

/** Working time of a run, in milliseconds; the rest of the time-out is for calls under way. The next run continues. */
const workingTime = 90 * second;

/** Milliseconds for one organization: what legal holds keep is read with each run. */
const organizationTime = 30 * second;

/** Days for which SMS, their batches and their log, and e-mails are kept. */
const messageDays = 90;

/** Everything that is deleted by age, and after how many days. */
const agingOf = ({ retention }: OrganizationItem) => [
  { aging: logLines, days: retention.log_days },
  { aging: smsLogEntries, days: messageDays },
  // Before their messages, which a batch could make again.
  { aging: batches, days: messageDays },
  { aging: messages, days: messageDays },
  { aging: emails, days: messageDays },
];

/** Deletes what is too old in an organization until the deadline (Unix milliseconds). */
async function deleteExpired(organization: OrganizationItem, deadline: number, context: Context): Promise<void> {
  const { clock, tableOf, tryCommit } = context;
  const table = tableOf(organization.org_id);
  for (const { aging, days } of agingOf(organization)) {
    const until = new Date(clock().getTime() - days * day).toISOString();
    let after: string | null = null;
    do {
      const { items, cursor }: Awaited<ReturnType<typeof aging.before>> = await aging.before(table, until, after);
      const holds = await holdsOn(table, aging.of);
      const free = items.filter(({ facts }) => !keeps(holds, facts));
      const deletions = free.map(({ deletion }) => deletion);
      // If a hold was placed at that time, the items are read again with the next run.
      if (deletions.length > 0) await tryCommit(organization.org_id, [whileHoldsStay(holds), ...deletions]);
      after = cursor;
    } while (after !== null && clock().getTime() < deadline);
    if (after !== null) return;
  }
}

/** Continues after the organization at which the last run stopped, so that none holds up the others. */
async function runRetention(context: Context): Promise<void> {
  const now = () => context.clock().getTime();
  const deadline = now() + workingTime;
  const store = roundStore(context.tableOf(0));
  let after = await store.progress();
  do {
    const { items, cursorAt, cursor = null } = await store.organizations(after);
    for (const [at, organization] of items.entries()) {
      await deleteExpired(organization, Math.min(deadline, now() + organizationTime), context);
      if (now() < deadline) continue;
      await context.tryCommit(0, progressWrites(cursorAt(at)));
      return;
    }
    after = cursor;
    await context.tryCommit(0, progressWrites(after));
  } while (after !== null);
}

/** @param dependencies what the function touches; tests bring their own */
export const logRetentionHandler = (dependencies = dependenciesFromEnvironment()) =>
  runScheduled(logRetention, runRetention, dependencies);

export const handler = logRetentionHandler();
