import type * as z from 'zod';
import { AppError, notFound } from '../../../shared/errors.ts';
import { operatorOrganization, type OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { commits, created, ok, page } from '../../../shared/http/answers/answer.ts';
import type { Caller } from '../../../shared/http/admission/caller.ts';
import type { Recorder } from '../../../shared/runtime/event-record.ts';
import type { Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { reached } from '../../../shared/http/authorization/reached.ts';
import { serve } from '../../../shared/http/serve.ts';
import { cdrMunch, getTask, listTasks, postTask, putTask } from './contract.ts';
import type { LiveTasks } from './row.ts';
import { calledStore, creation, holding, organizationsOf, tariffOf, taskStore, update } from './store.ts';
import {
  changed,
  checkNew,
  checkTariff,
  heldBy,
  isForSeller,
  isLive,
  mayKnow,
  newTask,
  overlap,
  presentReceipt,
  presentTask,
  type Held,
  type NewTask,
  type Position,
  type Target,
  type Task,
  type TaskChange,
} from './task.ts';

type MunchContext = Context<typeof cdrMunch>;
type Asked = {
  readonly caller: Caller;
  readonly organization: OrganizationItem;
  readonly recordIn: (organization: number) => Recorder;
  readonly now: Date;
};

/** Tasks of an organization that are not over, at once. */
const maxLive = 10;

const sellerOf = ({ org_id, parent_id }: OrganizationItem): number => parent_id ?? org_id;

/** Whose CDRs are meant, if the caller may have this done to them. @throws AppError NOT_THE_SELLER, and as `reached` */
async function targetOf(
  wanted: NewTask,
  asked: Asked,
  { tableOf }: MunchContext,
): Promise<{ readonly target: Target; readonly home: number; readonly seller: number }> {
  const { caller, organization } = asked;
  const notTheSeller = new AppError('NOT_THE_SELLER', 'Only who sells to the organization may do this');
  if (wanted.org_id === 'all' && caller.reach !== 'own') {
    const home = caller.organization;
    return { target: { of: caller.reach === 'all' ? 'all' : 'children', home }, home, seller: home };
  }
  const of =
    wanted.org_id === 'all' || wanted.org_id == null ? organization : await reached(wanted.org_id, asked, tableOf);
  const seller = sellerOf(of);
  if (isForSeller(wanted) && caller.organization !== seller && caller.organization !== operatorOrganization)
    throw notTheSeller;
  return { target: { of: 'one', organization: of.org_id }, home: of.org_id, seller };
}

/** Whose live tasks a task might meet: its own, its seller's, the operator's. */
const circleOf = (home: number, seller: number): number[] => [...new Set([home, seller, operatorOrganization])];

const heldIn = (live: readonly LiveTasks[], organization: number): LiveTasks | undefined =>
  live.find((each) => each.organization === organization);

/** @throws AppError TASK_CONFLICT, LIMIT_EXCEEDED */
async function checkFree(
  held: Held,
  home: number,
  live: readonly LiveTasks[],
  { tableOf }: MunchContext,
): Promise<void> {
  const singles = [held, ...live.flatMap((each) => each.held)].flatMap(({ target }) =>
    target.of === 'one' ? [target.organization] : [],
  );
  const positions = new Map<number, Position>(
    await Promise.all(
      [...new Set(singles)].map(async (number) => [number, await calledStore(tableOf(number)).position()] as const),
    ),
  );
  const met = live
    .flatMap((each) => each.held)
    .find((other) => overlap(held, other, (organization) => positions.get(organization)));
  if (met !== undefined) throw new AppError('TASK_CONFLICT', `The task ${met.task_id} works on CDRs of this range`);
  if ((heldIn(live, home)?.held.length ?? 0) >= maxLive)
    throw new AppError('LIMIT_EXCEEDED', `An organization may have ${maxLive} tasks at once`);
}

/** Calls of the range by the daily sums; of very many organizations those of the first ones. */
async function estimate(
  target: Target,
  { date_range }: NewTask,
  now: Date,
  { table, tableOf }: MunchContext,
): Promise<number> {
  const organizations = target.of === 'one' ? [target.organization] : await organizationsOf(table, target);
  const calls = await Promise.all(
    organizations.map((organization) => calledStore(tableOf(organization)).calls(date_range ?? null, now)),
  );
  return calls.reduce((sum, each) => sum + each, 0);
}

async function make(wanted: NewTask, asked: Asked, context: MunchContext) {
  checkNew(wanted);
  const { table, tableOf, nextId } = context;
  const { target, home, seller } = await targetOf(wanted, asked, context);
  if (wanted.tariff_id != null)
    checkTariff(await tariffOf(tableOf(seller), wanted.tariff_id), await calledStore(tableOf(home)).currency());
  const estimated = await estimate(target, wanted, asked.now, context);
  const task = newTask(wanted, {
    id: nextId('task'),
    org_id: home,
    target,
    estimated,
    created_by: asked.caller.id,
    now: asked.now,
  });
  const held = heldBy(task);
  const live = await taskStore(table).live();
  await checkFree(held, home, live, context);
  return commits(
    [
      ...creation(task),
      ...circleOf(home, seller).map((organization) => {
        const read = heldIn(live, organization);
        return holding(organization, [...(read?.held ?? []), ...(organization === home ? [held] : [])], read);
      }),
      asked.recordIn(home)('cdrtask.created', {
        entity: { type: 'cdrtask', id: task.id },
        description: `CDRs are to be ${pastOf[task.task_type]}`,
        fields: { task_type: task.task_type, date_range: task.date_range, dry_run: task.dry_run },
      }),
    ],
    created(presentReceipt(task)),
  );
}

const pastOf = { process: 'processed', reprocess: 'reprocessed', cleanup: 'cleaned up' } as const;

const required = (path: string, message: string): AppError =>
  new AppError('MISSING_FIELD', message, { details: [{ path, message }] });

/** Only whoever could have it made may have it go on or end. @throws AppError NOT_THE_SELLER */
function checkSeller(task: Task, { caller, organization }: Asked): void {
  const sells = task.target.of === 'one' ? sellerOf(organization) : task.org_id;
  if (isForSeller(task) && caller.organization !== operatorOrganization && caller.organization !== sells)
    throw new AppError('NOT_THE_SELLER', 'Only who sells to the organization may do this');
}

async function alter(
  before: Task,
  wanted: Pick<z.output<typeof TaskChange>, 'action' | 'priority'>,
  asked: Asked,
  { table }: MunchContext,
) {
  if (wanted.action == null && wanted.priority == null) throw required('action', 'action or priority is required');
  checkSeller(before, asked);
  const after = changed(before, wanted, asked.now);
  const read = isLive(after) ? undefined : heldIn(await taskStore(table).live(), before.org_id);
  return commits(
    [
      ...update(before, after),
      ...(read === undefined
        ? []
        : [
            holding(
              before.org_id,
              read.held.filter(({ task_id }) => task_id !== before.id),
              read,
            ),
          ]),
      asked.recordIn(before.org_id)('cdrtask.updated', {
        entity: { type: 'cdrtask', id: before.id },
        description: `CDR task ${wanted.action ?? 'priority'}`,
        before: stateOf(before),
        after: stateOf(after),
      }),
    ],
    ok(presentReceipt(after)),
  );
}

/** @param outside what the function touches; tests bring their own */
export const cdrMunchHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    cdrMunch,
    {
      [putTask.route]: async (request, context) => make(request.body(), request, context),

      [postTask.route]: async (request, context) => {
        const { task_id: id = null } = request.content;
        const before = typeof id === 'string' ? await taskStore(context.table).get(id) : undefined;
        if (id !== null && before === undefined) throw notFound('Task');
        const { task_type, task_id: _, ...wanted } = request.body();
        if (before !== undefined) return alter(before, wanted, request, context);
        if (task_type == null) throw required('task_id', 'task_id or task_type is required');
        return make({ task_type, ...wanted }, request, context);
      },

      [listTasks.route]: async ({ query: { state, task_type }, caller, page: request }, { table }) => {
        const found = await taskStore(table).page(
          request(),
          (task) =>
            mayKnow(task, caller) &&
            (state === undefined || task.state === state) &&
            (task_type === undefined || task.task_type === task_type),
        );
        return page({ ...found, items: found.items.map(presentTask) });
      },

      [getTask.route]: async ({ params, caller }, { table }) => {
        const task = await taskStore(table).get(params.id);
        if (task === undefined || !mayKnow(task, caller)) throw notFound('Task');
        return ok(presentTask(task));
      },
    },
    dependencies,
  );

const stateOf = ({ state, priority }: Task) => ({ state, priority });

export const handler = cdrMunchHandler();
