import { runByClock } from '../../../shared/runtime/schedule.ts';
import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { maximumWrites } from '../../../shared/dynamodb/commit.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { planCompactor } from './contract.ts';
import { newestPlan } from './fold.ts';
import { clearing, folded, compactorStore, marks, naming, partWrites, unmarking } from './store.ts';

type Context = BackgroundContext<typeof planCompactor>;

/** Parts first, then the head that names them, then what they replace: whoever reads meanwhile finds a whole plan. */
async function foldPlan({ tableOf, tryCommit }: Context, organization: number, version: number): Promise<void> {
  const store = compactorStore(tableOf(organization));
  if ((await store.foldedVersion()) >= version) return;
  const plan = folded(await newestPlan(store.source));
  for (const writes of partWrites(plan)) await tryCommit(organization, writes);
  // A newer snapshot that another run has named meanwhile stays; the parts of this one go with those before it.
  await tryCommit(organization, naming(plan));
  const stale = await store.partsBefore(await store.foldedVersion());
  for (let at = 0; at < stale.length; at += maximumWrites)
    await tryCommit(organization, clearing(stale.slice(at, at + maximumWrites)));
}

async function foldMarked(context: Context): Promise<void> {
  for (const mark of await marks(context.tableOf(0))) {
    try {
      await foldPlan(context, mark.org_id, mark.version);
      await context.tryCommit(mark.org_id, unmarking(mark));
    } catch (error) {
      // One plan that cannot be folded keeps its mark, and no other waits for it.
      context.log.fault(error, 'plan-folder', `the plan of organization ${mark.org_id} was not folded`);
    }
  }
}

/** @param outside what the function touches; tests bring their own */
export const planCompactorHandler = (dependencies = dependenciesFromEnvironment()) =>
  runByClock(planCompactor, foldMarked, dependencies);

export const handler = planCompactorHandler();
