import { assignedTask } from '../../leases/shards.ts';
import type { Uses } from '../running/context.ts';
import { stopping } from '../legs/sessions.ts';
import type { AdmittedCall } from '../running/calls.ts';

type NewCallsContext = Uses<{ membership: 'workers'; give: true }>;

/**
 * Gives the INVITEs that come to a task which takes no new calls to tasks that do: load balancers send the packets of a
 * flow to the task that they know, and would do so as long as the phone sends. An INVITE is given once; without a task
 * that takes it the caller gets 503, and may find another one.
 */
export const newCallGiver =
  ({ membership, give }: NewCallsContext) =>
  async ({ request, transaction }: Pick<AdmittedCall, 'request' | 'transaction'>): Promise<void> => {
    const { flow } = transaction.flow;
    const working = membership.workers.map(({ id }) => id);
    const task = assignedTask(request.callId, working);
    const isGiven = task !== undefined && flow.task === undefined && (await give(task, request, flow));
    // A caller that has cancelled in between got its response.
    if (isGiven) transaction.abandon();
    else if (transaction.state === 'proceeding') transaction.respond(stopping);
  };
