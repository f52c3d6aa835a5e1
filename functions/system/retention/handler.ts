import type { BackgroundContext } from '#runtime/background-context.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { runScheduled } from '#runtime/schedule.ts';
import { recordClasses } from '#schema/record-class.ts';
import { dueBefore, type Retention } from '../schema/retention.ts';
import { second } from '#schema/time.ts';
import { purgeMessage } from '../purge-jobs/contract.ts';
import { retentions } from '../purges/sources/retentions.ts';
import { sourcesOf } from '../purges/sources/sources.ts';
import { retention } from './contract.ts';
import { isStuck, nightlyPurge, roundOf } from './nightly.ts';
import { beginWrites, lastPurge, roundStore, roundWrites } from './store.ts';

type Context = BackgroundContext<typeof retention>;

/** Working time of a run, in milliseconds; the rest of the time-out is for calls under way. The next run continues. */
const workingTime = 90 * second;

/** Whether a class has a record that may be due: one page of each source is read. */
async function isDue(organization: number, of: Retention, context: Context): Promise<boolean> {
  const [table, now] = [context.tableOf(organization), context.clock()];
  const before = dueBefore(of, now);
  if (before === undefined) return false;
  for (const source of await sourcesOf(of.of, table, { now, environment: context.environment })) {
    const { records } = await source.page(table, { from: null, before, after: null });
    if (records.length > 0) return true;
  }
  return false;
}

/** Begins a purge of a class if something is due; one that lost its message gets another. */
async function purgeClass(organization: number, read: Retention, context: Context): Promise<void> {
  const { clock, tableOf, transact, nextId, recorderOf, queues } = context;
  const [table, { of }] = [tableOf(organization), read];
  const last = await lastPurge(table, of);
  if (last?.status === 'running') {
    if (isStuck(last, clock()))
      await queues.send('jobs', [purgeMessage({ org_id: organization, class: of, purge_id: last.id })]);
    return;
  }
  if (!(await isDue(organization, read, context))) return;
  await transact(organization, async () => {
    const before = await lastPurge(table, of);
    if (before?.status === 'running') return [];
    const { purge, started } = nightlyPurge(read, { id: nextId('purge'), now: clock() });
    return [...beginWrites(before, purge), recorderOf(organization)('archiving.purge_started', started)];
  });
}

/** One organization; a class that fails does not hold up the others. */
async function purgeOrganization(organization: number, context: Context): Promise<void> {
  const read = await retentions(context.tableOf(organization));
  if (read === undefined) return;
  for (const of of recordClasses)
    await purgeClass(organization, read(of), context).catch((error: unknown) =>
      context.log.fault(error, String(organization), `retention of ${of} was not checked`),
    );
}

/** Goes once a day through all organizations, in runs. */
async function runRetention(context: Context): Promise<void> {
  const now = () => context.clock().getTime();
  const deadline = now() + workingTime;
  const store = roundStore(context.tableOf(0));
  let round = roundOf(await store.last(), context.clock());
  while (round !== undefined && !round.isDone && now() < deadline) {
    const { items, cursorAt, cursor = null } = await store.organizations(round.after);
    let worked = 0;
    for (const { org_id: organization } of items) {
      await purgeOrganization(organization, context);
      worked += 1;
      if (now() >= deadline) break;
    }
    const isWhole = worked === items.length;
    round = { ...round, after: isWhole ? cursor : cursorAt(worked - 1), isDone: isWhole && cursor === null };
    await context.tryCommit(0, roundWrites(round));
  }
}

/** @param dependencies what the function touches; tests bring their own */
export const retentionHandler = (dependencies = dependenciesFromEnvironment()) =>
  runScheduled(retention, runRetention, dependencies);

export const handler = retentionHandler();
