import { AppError, found } from '#errors.ts';
import { operatorOrganization, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { commits, created, ok, page } from '#http/answers/answer.ts';
import type { Caller } from '#http/authorization/caller.ts';
import type { Recorder } from '#runtime/event-record.ts';
import type { Context } from '#http/handlers.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { reachableOrganization } from '#http/authorization/reachable-organization.ts';
import { serve } from '#http/serve.ts';
import { omit } from '#schema/omit.ts';
import { cdrMunch, createCdrTask, getCdrTask, listCdrTasks, updateCdrTask } from './contract.ts';
import { presentReceipt, presentTask } from './presented-task.ts';
import type { LiveTasks } from './row.ts';
import {
  claimsWrite,
  createWrites,
  organizationsOf,
  organizationStore,
  tariffOf,
  taskStore,
  updateWrites,
} from './store.ts';
import {
  assertComplete,
  assertUsableTariff,
  changeTask,
  isForSeller,
  isLive,
  newTask,
  taskErrors,
  type NewTask,
  type Target,
  type Task,
  type TaskRequest,
} from './task.ts';
import { claimOf, overlap, type Position, type TaskClaim } from './task-claim.ts';

type MunchContext = Context<typeof cdrMunch>;
type MunchRequest = {
  readonly caller: Caller;
  readonly organization: OrganizationItem;
  readonly recordIn: (organization: number) => Recorder;
  readonly now: Date;
};

/** Maximum number of unfinished tasks of an organization. */
const maxLive = 10;

const sellerOf = ({ org_id, parent_id }: OrganizationItem): number => parent_id ?? org_id;

/** One of two fields must be present (400). */
const missingEither = (path: string, other: string): AppError =>
  new AppError('MISSING_FIELD', `Required: ${path} or ${other}`, {
    details: [{ path, message: `is required without ${other}` }],
  });

const notTheSeller = (): AppError => new AppError('NOT_THE_SELLER', 'Only the seller of the organization may do this');

/** `home` keeps the task. */
type Scope = { readonly target: Target; readonly home: number; readonly seller: number };

/** The organizations of a new task, if the caller may run it for them. @throws AppError NOT_THE_SELLER; as `reached` */
async function scopeOf(wanted: NewTask, request: MunchRequest, { tableOf }: MunchContext): Promise<Scope> {
  const { caller, organization } = request;
  if (wanted.org_id === 'all' && caller.reach !== 'own') {
    const home = caller.organization;
    return { target: { of: caller.reach === 'all' ? 'all' : 'children', home }, home, seller: home };
  }
  const of =
    wanted.org_id === 'all' || wanted.org_id == null
      ? organization
      : await reachableOrganization(wanted.org_id, request, tableOf);
  const seller = sellerOf(of);
  if (isForSeller(wanted) && caller.organization !== seller && caller.organization !== operatorOrganization)
    throw notTheSeller();
  return { target: { of: 'one', organization: of.org_id }, home: of.org_id, seller };
}

/** Organizations whose tasks could claim the same CDRs: the task's own, its seller and the operator. */
const competitorsOf = ({ home, seller }: Scope): number[] => [...new Set([home, seller, operatorOrganization])];

const claimsIn = (live: readonly LiveTasks[], organization: number): LiveTasks | undefined =>
  live.find((each) => each.organization === organization);

/** @throws AppError TASK_CONFLICT if another task claims some of the CDRs; LIMIT_EXCEEDED */
async function assertUnclaimed(
  claim: TaskClaim,
  home: number,
  live: readonly LiveTasks[],
  { tableOf }: MunchContext,
): Promise<void> {
  const claims = live.flatMap(({ held }) => held);
  const singles = [claim, ...claims].flatMap(({ target }) => (target.of === 'one' ? [target.organization] : []));
  const positions = new Map<number, Position>(
    await Promise.all(
      [...new Set(singles)].map(
        async (organization) => [organization, await organizationStore(tableOf(organization)).position()] as const,
      ),
    ),
  );
  const other = claims.find((each) => overlap(claim, each, (organization) => positions.get(organization)));
  if (other !== undefined)
    throw new AppError(taskErrors.TASK_CONFLICT, `Task ${other.task_id} works on CDRs of this range already`);
  if ((claimsIn(live, home)?.held.length ?? 0) >= maxLive)
    throw new AppError('LIMIT_EXCEEDED', `An organization can have at most ${maxLive} unfinished tasks`);
}

/** The number of calls of a task, by daily sums; for very many organizations, that of the first ones. */
async function estimateCalls(
  target: Target,
  { date_range }: NewTask,
  now: Date,
  { table, tableOf }: MunchContext,
): Promise<number> {
  const organizations = target.of === 'one' ? [target.organization] : await organizationsOf(table, target);
  const calls = await Promise.all(
    organizations.map((organization) => organizationStore(tableOf(organization)).calls(date_range ?? null, now)),
  );
  return calls.reduce((sum, each) => sum + each, 0);
}

async function createTask(wanted: NewTask, request: MunchRequest, context: MunchContext) {
  assertComplete(wanted);
  const { table, tableOf, nextId } = context;
  const scope = await scopeOf(wanted, request, context);
  const { target, home, seller } = scope;
  if (wanted.tariff_id != null) {
    const tariff = await tariffOf(tableOf(seller), wanted.tariff_id);
    assertUsableTariff(tariff, await organizationStore(tableOf(home)).currency());
  }
  const estimated = await estimateCalls(target, wanted, request.now, context);
  const created_by = request.caller.id;
  const task = newTask(wanted, { id: nextId('task'), org_id: home, target, estimated, created_by, now: request.now });
  const claim = claimOf(task);
  const live = await taskStore(table).live();
  await assertUnclaimed(claim, home, live, context);
  return commits(
    [
      ...createWrites(task),
      ...competitorsOf(scope).map((organization) => {
        const read = claimsIn(live, organization);
        return claimsWrite(organization, [...(read?.held ?? []), ...(organization === home ? [claim] : [])], read);
      }),
      request.recordIn(home)('cdrtask.created', {
        entity: { type: 'cdrtask', id: task.id },
        description: `CDR task created: ${task.task_type}`,
        fields: { task_type: task.task_type, date_range: task.date_range, dry_run: task.dry_run },
      }),
    ],
    created(presentReceipt(task)),
  );
}

/** Only a caller that could create a task may change it. @throws AppError NOT_THE_SELLER */
function assertMayChange(task: Task, { caller, organization }: MunchRequest): void {
  const seller = task.target.of === 'one' ? sellerOf(organization) : task.org_id;
  if (isForSeller(task) && caller.organization !== operatorOrganization && caller.organization !== seller)
    throw notTheSeller();
}

const updateDescriptions = {
  pause: 'CDR task paused',
  resume: 'CDR task resumed',
  cancel: 'CDR task cancelled',
} as const;

const stateOf = ({ state, priority }: Task) => ({ state, priority });

async function updateTask(before: Task, wanted: TaskRequest, request: MunchRequest, { table }: MunchContext) {
  if (wanted.action == null && wanted.priority == null) throw missingEither('action', 'priority');
  assertMayChange(before, request);
  const after = changeTask(before, wanted, request.now);
  const read = isLive(after) ? undefined : claimsIn(await taskStore(table).live(), before.org_id);
  const remaining = read?.held.filter(({ task_id }) => task_id !== before.id) ?? [];
  return commits(
    [
      ...updateWrites(before, after),
      ...(read === undefined ? [] : [claimsWrite(before.org_id, remaining, read)]),
      request.recordIn(before.org_id)('cdrtask.updated', {
        entity: { type: 'cdrtask', id: before.id },
        description: wanted.action == null ? 'CDR task priority changed' : updateDescriptions[wanted.action],
        before: stateOf(before),
        after: stateOf(after),
      }),
    ],
    ok(presentReceipt(after)),
  );
}

/** @param dependencies what the function reaches outside; tests pass their own */
export const cdrMunchHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    cdrMunch,
    {
      [createCdrTask.route]: async (request, context) => createTask(request.body(), request, context),

      [updateCdrTask.route]: async (request, context) => {
        const { task_id: id = null } = request.content;
        const task = typeof id === 'string' ? await taskStore(context.table).get(id) : undefined;
        const before = id === null ? undefined : found(task, 'Task');
        const wanted = request.body();
        if (before !== undefined) return updateTask(before, wanted, request, context);
        const { task_type } = wanted;
        if (task_type == null) throw missingEither('task_id', 'task_type');
        return createTask({ ...omit(wanted, 'task_id', 'action'), task_type }, request, context);
      },

      [listCdrTasks.route]: async ({ query: { state, task_type }, page: request }, { table }) => {
        const tasks = await taskStore(table).page(
          request(),
          (task) =>
            (state === undefined || task.state === state) && (task_type === undefined || task.task_type === task_type),
        );
        return page({ ...tasks, items: tasks.items.map(presentTask) });
      },

      [getCdrTask.route]: async ({ params }, { table }) =>
        ok(presentTask(found(await taskStore(table).get(params.id), 'Task'))),
    },
    dependencies,
  );

export const handler = cdrMunchHandler();
