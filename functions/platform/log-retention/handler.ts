import { runByClock } from '../../../shared/runtime/schedule.ts';
import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import type { OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { logRetention } from './contract.ts';
import { linesBefore, progressed, removal, roundStore } from './store.ts';

type Context = BackgroundContext<typeof logRetention>;

/** Milliseconds of work in a run: the rest of its time is for what is under way. The next one goes on. */
const shift = 90_000;
const DAY = 86_400_000;

/** Removes an organization's lines that are old enough, until it is late. @returns whether all are gone */
async function clear(
  { org_id: organization, retention }: OrganizationItem,
  deadline: number,
  { clock, tableOf, tryCommit }: Context,
): Promise<boolean> {
  const until = new Date(clock().getTime() - retention.log_days * DAY).toISOString();
  let after: string | null = null;
  do {
    const { items, cursor = null } = await linesBefore(tableOf(organization), until, after);
    await tryCommit(organization, removal(items));
    after = cursor;
  } while (after !== null && clock().getTime() < deadline);
  return after === null;
}

/** One organization after the other, from where the last run came to. */
async function clearAll(context: Context): Promise<void> {
  const deadline = context.clock().getTime() + shift;
  const store = roundStore(context.tableOf(0));
  let after = await store.progress();
  do {
    const { items, cursor = null } = await store.organizations(after);
    for (const organization of items) if (!(await clear(organization, deadline, context))) return;
    after = cursor;
    await context.tryCommit(0, progressed(after));
  } while (after !== null && context.clock().getTime() < deadline);
}

/** @param outside what the function touches; tests bring their own */
export const logRetentionHandler = (dependencies = dependenciesFromEnvironment()) =>
  runByClock(logRetention, clearAll, dependencies);

export const handler = logRetentionHandler();
