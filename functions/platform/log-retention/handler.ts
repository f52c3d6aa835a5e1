import { runScheduled } from '../../../shared/runtime/schedule.ts';
import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import type { OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { day, second } from '../../../shared/schema/time.ts';
import { logRetention } from './contract.ts';
import { batches, logLines, messages, progressWrites, roundStore, smsLogEntries } from './store.ts';

type Context = BackgroundContext<typeof logRetention>;

/** Working time of a run, in milliseconds; the rest of the time-out is for calls under way. The next run continues. */
const workingTime = 90 * second;

/** Days for which SMS, their batches and their log are kept. */
const smsDays = 90;

/** Everything that is deleted by age, and after how many days. */
const agingOf = ({ retention }: OrganizationItem) => [
  { aging: logLines, days: retention.log_days },
  { aging: smsLogEntries, days: smsDays },
  // Before their messages, which a batch could make again.
  { aging: batches, days: smsDays },
  { aging: messages, days: smsDays },
];

/**
 * Deletes what is too old in an organization until the deadline (Unix milliseconds). @returns whether all is deleted
 */
async function deleteExpired(organization: OrganizationItem, deadline: number, context: Context): Promise<boolean> {
  const { clock, tableOf, tryCommit } = context;
  const table = tableOf(organization.org_id);
  for (const { aging, days } of agingOf(organization)) {
    const until = new Date(clock().getTime() - days * day).toISOString();
    let after: string | null = null;
    do {
      const { writes, cursor }: Awaited<ReturnType<typeof aging.before>> = await aging.before(table, until, after);
      await tryCommit(organization.org_id, writes);
      after = cursor;
    } while (after !== null && clock().getTime() < deadline);
    if (after !== null) return false;
  }
  return true;
}

/** Continues with the organization at which the last run stopped. */
async function runRetention(context: Context): Promise<void> {
  const deadline = context.clock().getTime() + workingTime;
  const store = roundStore(context.tableOf(0));
  let after = await store.progress();
  do {
    const { items, cursor = null } = await store.organizations(after);
    for (const organization of items) if (!(await deleteExpired(organization, deadline, context))) return;
    after = cursor;
    await context.tryCommit(0, progressWrites(after));
  } while (after !== null && context.clock().getTime() < deadline);
}

/** @param dependencies what the function touches; tests bring their own */
export const logRetentionHandler = (dependencies = dependenciesFromEnvironment()) =>
  runScheduled(logRetention, runRetention, dependencies);

export const handler = logRetentionHandler();
