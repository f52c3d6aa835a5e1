import { runScheduled } from '../../../shared/runtime/schedule.ts';
import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import type { OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { day, second } from '../../../shared/schema/time.ts';
import { logRetention } from './contract.ts';
import { deleteWrites, linesBefore, progressWrites, roundStore } from './store.ts';

type Context = BackgroundContext<typeof logRetention>;

/** Working time of a run, in milliseconds; the rest of the time-out is for calls under way. The next run continues. */
const workingTime = 90 * second;

/**
 * Deletes the expired lines of an organization until the deadline (Unix milliseconds). @returns whether all are deleted
 */
async function deleteExpired(
  { org_id: organization, retention }: OrganizationItem,
  deadline: number,
  { clock, tableOf, tryCommit }: Context,
): Promise<boolean> {
  const until = new Date(clock().getTime() - retention.log_days * day).toISOString();
  let after: string | null = null;
  do {
    const { items, cursor = null } = await linesBefore(tableOf(organization), until, after);
    await tryCommit(organization, deleteWrites(items));
    after = cursor;
  } while (after !== null && clock().getTime() < deadline);
  return after === null;
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
