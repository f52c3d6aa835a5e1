import { runScheduled } from '#runtime/schedule.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { maximumWrites } from '#dynamodb/commit.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { planCompactor } from './contract.ts';
import { loadPlan } from './compaction.ts';
import {
  compactorStore,
  deletePartWrites,
  headWrites,
  markedChanges,
  partWrites,
  planSnapshot,
  unmarkWrites,
} from './store.ts';

type Context = BackgroundContext<typeof planCompactor>;

/** Writes the parts, then the head that names them, then deletes the old parts: a reader always finds a whole plan. */
async function compactPlan({ tableOf, tryCommit }: Context, organization: number, version: number): Promise<void> {
  const store = compactorStore(tableOf(organization));
  if ((await store.snapshotVersion()) >= version) return;
  const snapshot = planSnapshot(await loadPlan(store.source));
  for (const writes of partWrites(snapshot)) await tryCommit(organization, writes);
  // A concurrent run may have named a newer snapshot. It stays, and the parts of this one are deleted below.
  await tryCommit(organization, headWrites(snapshot));
  const stale = await store.partsBefore(await store.snapshotVersion());
  for (let at = 0; at < stale.length; at += maximumWrites)
    await tryCommit(organization, deletePartWrites(stale.slice(at, at + maximumWrites)));
}

async function compactMarkedPlans(context: Context): Promise<void> {
  for (const mark of await markedChanges(context.tableOf(0))) {
    try {
      await compactPlan(context, mark.org_id, mark.version);
      await context.tryCommit(mark.org_id, unmarkWrites(mark));
    } catch (error) {
      // The plan keeps its mark for the next run, and the others do not wait for it.
      context.log.fault(error, 'plan-folder', `the plan of organization ${mark.org_id} was not compacted`);
    }
  }
}

export const planCompactorHandler = (dependencies = dependenciesFromEnvironment()) =>
  runScheduled(planCompactor, compactMarkedPlans, dependencies);

export const handler = planCompactorHandler();
