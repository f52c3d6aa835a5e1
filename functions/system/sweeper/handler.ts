import { queueDependencies } from '#runtime/queue-dependencies.ts';
import { runScheduled } from '#runtime/schedule.ts';
import type { FunctionContract } from '#contract/resource.ts';
import { consumers } from '../../consumers.ts';
import { catchUpOrganizations } from './upgrade-steps.ts';
import { sweeper } from './contract.ts';
import { sweepDue, type Sweeping } from './due-steps.ts';
import { queueOverdueEvents } from './events-steps.ts';
import { indexPointers } from './indexing-steps.ts';
import { closingsToCatchUp } from './store.ts';

/** Makes the closing of periods due for profiles that an earlier version of the platform created. */
const catchUpPeriods = ({ tableOf, transact, clock, environment }: Sweeping): Promise<void> =>
  transact(0, async () => (await closingsToCatchUp(tableOf(0), clock().getTime(), environment)) ?? []);

/** Pointers of earlier versions first, as the mark does not pass what is not in the index. */
const sweepPointers = async (context: Sweeping): Promise<void> => sweepDue(context, await indexPointers(context));

/** The parts do not wait for each other. What fails is tried again in the next minute. */
async function sweep(context: Sweeping): Promise<void> {
  const parts = [
    queueOverdueEvents(context),
    sweepPointers(context),
    catchUpPeriods(context),
    catchUpOrganizations(context),
  ];
  const failed = (await Promise.allSettled(parts)).find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** @param served the contracts whose consumers take what is due */
export const sweeperHandler = (dependencies = queueDependencies(), served: readonly FunctionContract[] = consumers) =>
  runScheduled(sweeper, (context) => sweep({ ...context, served }), dependencies);

export const handler = sweeperHandler();
