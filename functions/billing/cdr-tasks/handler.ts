import { oneTurn } from '../../../shared/runtime/turns.ts';
import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { maximumReceives } from '../../../shared/contract/queues.ts';
import { operatorOrganization } from '../../../shared/dynamodb/rows/organization.ts';
import { AppError } from '../../../shared/errors.ts';
import { consume, consumerDependencies, each, type Delivery } from '../../../shared/queue/consume.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import type { TariffCache } from '../cdr-ingest/tariff-cache.ts';
import type { Cursor, Task } from '../cdr-munch/task.ts';
import { wholesaleMessages } from '../cdr-wholesale/contract.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import { cdrTasks, taskMessage, type TaskMessage } from './contract.ts';
import {
  checkTerms,
  doneBefore,
  isHopeless,
  mayGo,
  periodOf,
  priceLists,
  pauseAfter,
  rangeOf,
  ratedAgain,
  termsOf,
  standingChangeOf,
  withOutcomes,
  type Outcome,
  type Terms,
} from './slice.ts';
import {
  carriersOf,
  cdrsBehind,
  cdrStore,
  standingWrite,
  deleteWrites,
  endingTurn,
  exchanging,
  lettingGo,
  organizationBehind,
  takingTurn,
  tariffOf,
  taskStore,
} from './store.ts';

type TaskContext = BackgroundContext<typeof cdrTasks>;
type Tools = { readonly context: TaskContext; readonly cache: TariffCache };

/**
 * CDRs of a slice, and of one reading, at most; milliseconds of work in it, and of its turn: then another may take
 * over.
 */
const [maxCdrs, readAtOnce, shift, turnLife] = [500, 100, 15_000, 30_000];

/** Where the CDRs of one organization are worked on. */
type Desk = {
  readonly task: Task;
  readonly tools: Tools;
  readonly terms: Terms;
  readonly currencyFixed: boolean;
  readonly carriers: Map<string, CompiledTariff>;
};

/** Null where there is no such organization. */
async function openDesk(organization: number, task: Task, tools: Tools): Promise<Desk | null> {
  const { context, cache } = tools;
  const payer = await cdrStore(context.tableOf(organization)).payer();
  if (payer === null) return null;
  const tariffId = task.tariff_id ?? payer.profile?.tariffId ?? null;
  const tariff =
    tariffId === null ? null : await tariffOf(context.tableOf(payer.item.parent_id ?? organization), tariffId, cache);
  checkTerms(task, tariff, payer.profile);
  const terms = termsOf({ item: payer.item, profile: payer.profile, tariff }, operatorOrganization, {
    now: context.clock().getTime(),
    environment: context.environment,
  });
  return { task, tools, terms, currencyFixed: payer.currencyFixed, carriers: new Map() };
}

type Found = Awaited<ReturnType<typeof cdrsBehind>>[number];

/** Has at hand what carriers ask on these trunks. */
async function meetCarriers({ tools: { context, cache }, carriers }: Desk, found: readonly Found[]): Promise<void> {
  const trunks = [...new Set(found.flatMap(({ trunk }) => trunk ?? []))];
  for (const [trunk, carrier] of await carriersOf(context.tableOf(operatorOrganization), trunks, cache))
    carriers.set(trunk, carrier);
}

/** Rates a CDR again, in one transaction with all that this moves. */
async function rateOne(desk: Desk, id: string): Promise<Outcome> {
  const {
    task,
    terms,
    tools: { context },
  } = desk;
  const { organization } = terms.chain;
  const store = cdrStore(context.tableOf(organization));
  let outcome: Outcome = { outcome: 'unchanged' };
  await context.transact(organization, async () => {
    outcome = { outcome: 'unchanged' };
    const stored = await store.get(id);
    if (stored === undefined) return [];
    const done = doneBefore(stored, task);
    if (done !== null) outcome = done;
    if (done !== null || (task.task_type === 'process' && stored.rating.status !== 'unrated')) return [];
    const exchange = await exchangeOf(desk, stored);
    if (exchange === null) return [];
    outcome = { outcome: 'changed', before: stored.rating, after: exchange.after.rating };
    const currency = desk.currencyFixed ? null : exchange.after.rating.currency;
    return task.dry_run ? [] : exchanging(exchange, currency);
  });
  return outcome;
}

async function exchangeOf({ task, terms, carriers, tools: { context } }: Desk, stored: FiledCdr) {
  const store = cdrStore(context.tableOf(terms.chain.organization));
  // The use is read before the balance: whoever uses some of it in between makes the version another.
  const item =
    terms.counts || stored.rating.included_seconds > 0 ? await store.usage(periodOf(stored, terms)) : undefined;
  const balance = terms.counts ? await store.balance() : [];
  return ratedAgain(stored, terms, {
    item,
    balance,
    carrier: carriers.get(stored.trunk_id ?? '') ?? null,
    task: task.id,
  });
}

/** Deletes a CDR that may go. */
async function removeOne({ task, terms, tools: { context } }: Desk, id: string): Promise<Outcome> {
  const { organization } = terms.chain;
  const stored = await cdrStore(context.tableOf(organization)).get(id);
  if (stored === undefined || !mayGo(stored, terms)) return { outcome: 'unchanged' };
  if (!task.dry_run) await context.transact(organization, async () => deleteWrites(stored));
  return { outcome: 'changed', before: stored.rating, after: null };
}

const workOn = (desk: Desk, id: string): Promise<Outcome> =>
  (desk.task.task_type === 'cleanup' ? removeOne(desk, id) : rateOne(desk, id)).catch((error: unknown): Outcome => {
    if (!(error instanceof AppError)) throw error;
    return { outcome: 'failed', error: { cdr_id: id, code: error.code } };
  });

/** What follows ratings: the balance tells how it stands, and the reseller is charged for what had no price. */
async function afterSlice({ task, terms, tools: { context } }: Desk, ids: readonly string[]): Promise<void> {
  if (task.dry_run || task.task_type === 'cleanup' || ids.length === 0) return;
  const {
    chain: { organization },
    account: { profile },
  } = terms;
  await context.transact(organization, async () => {
    const change = standingChangeOf(await cdrStore(context.tableOf(organization)).balance(), profile);
    const record = context.recorderOf(organization);
    return change === null
      ? []
      : [standingWrite(change.stored), ...change.events.map(({ crossing, event }) => record(crossing, event))];
  });
  if (terms.sold) await context.queues.send('cdr-wholesale', wholesaleMessages(organization, ids));
}

/** What a slice has done, and where the next one goes on; `over`: nowhere. */
type Slice = { readonly outcomes: readonly Outcome[]; readonly cursor: Cursor | null; readonly over: boolean };

/** Works on CDRs of one shard, behind a cursor. @returns the cursor behind them; null: there are no more */
async function workShard(
  desk: Desk,
  cursor: Cursor,
  { outcomes, deadline }: { readonly outcomes: Outcome[]; readonly deadline: number },
): Promise<Cursor | null> {
  const {
    task,
    terms,
    tools: { context },
  } = desk;
  const isProcess = task.task_type === 'process';
  const between = rangeOf(task, { now: terms.books.now, retention: terms.account.retention });
  const limit = Math.min(readAtOnce, maxCdrs - outcomes.length);
  const found = await cdrsBehind(context.tableOf(cursor.organization), cursor, {
    priceless: isProcess,
    between,
    limit,
  });
  if (found.length === 0) return null;
  await meetCarriers(desk, found);
  const touched: string[] = [];
  let { after } = cursor;
  for (const { id, key } of found) {
    if (context.clock().getTime() > deadline) break;
    const outcome = await workOn(desk, id);
    outcomes.push(outcome);
    // What only the reseller has no price for, its own step rates again.
    if (outcome.outcome === 'changed' || isProcess) touched.push(id);
    after = key;
  }
  await afterSlice(desk, touched);
  return { ...cursor, after };
}

/** Where a task goes on when a shard has no more: with the next one, or the next organization. */
async function behind(
  cursor: Cursor | null,
  task: Task,
  { context, shards }: { readonly context: TaskContext; readonly shards: number },
): Promise<Cursor | null> {
  if (cursor !== null && cursor.shard + 1 < shards) return { ...cursor, shard: cursor.shard + 1, after: '' };
  const organization = await organizationBehind(context.tableOf(task.org_id), task, cursor?.organization);
  return organization === undefined ? null : { organization, shard: 0, after: '' };
}

async function workSlice(task: Task, tools: Tools): Promise<Slice> {
  const { context } = tools;
  const outcomes: Outcome[] = [];
  const deadline = context.clock().getTime() + shift;
  let last = task.cursor ?? (await behind(null, task, { context, shards: 0 }));
  let desk: Desk | null = null;
  for (let cursor = last; cursor !== null;) {
    if (outcomes.length >= maxCdrs || context.clock().getTime() > deadline) return { outcomes, cursor, over: false };
    if (desk?.terms.chain.organization !== cursor.organization) desk = await openDesk(cursor.organization, task, tools);
    last = cursor;
    const further: Cursor | null = desk === null ? null : await workShard(desk, cursor, { outcomes, deadline });
    cursor = further ?? (await behind(cursor, task, { context, shards: desk?.terms.account.shards ?? 0 }));
  }
  return { outcomes, cursor: last, over: true };
}

const eventOf = (task: Task, description: string) => ({
  entity: { type: 'cdrtask', id: task.id },
  description,
  fields: { task_type: task.task_type, ...task.counts },
});

/** A task whose slice fails again and again is given up; what is done stays done. */
async function giveUp({ org_id, task_id }: TaskMessage, error: unknown, context: TaskContext): Promise<void> {
  context.log.fault(error, task_id, 'a CDR task is given up');
  const store = taskStore(context.tableOf(org_id));
  await context.transact(org_id, async () => {
    const task = await store.get(task_id);
    if (task === undefined || (task.state !== 'queued' && task.state !== 'running')) return [];
    const code = error instanceof AppError ? error.code : 'INTERNAL_ERROR';
    return [
      ...endingTurn(task, { state: 'failed', finished_at: context.clock().toISOString() }),
      ...lettingGo(task, await store.live()),
      context.recorderOf(org_id)('cdrtask.failed', {
        ...eventOf(task, 'CDR task failed'),
        severity: 'error',
        fields: { task_type: task.task_type, code },
      }),
    ];
  });
}

/** What a slice has done; with the last one, the task is over and holds its range no more. */
async function endingOf(task: Task, { outcomes, cursor, over }: Slice, context: TaskContext) {
  const done = { ...withOutcomes(task, outcomes), cursor };
  const goesOn = task.state === 'running';
  if (!over || !goesOn) return { writes: endingTurn(task, done), pause: goesOn ? pauseAfter(task) : null };
  const completed = { ...done, state: 'completed' as const, finished_at: context.clock().toISOString() };
  const live = await taskStore(context.tableOf(task.org_id)).live();
  const record = context.recorderOf(task.org_id);
  return {
    writes: [
      ...endingTurn(task, completed),
      ...lettingGo(task, live),
      record('cdrtask.completed', eventOf({ ...task, ...completed }, 'CDR task completed')),
    ],
    pause: null,
  };
}

/** One slice of a task. One that was asked to pause or end meanwhile is still told what the slice has done. */
function goOn(message: TaskMessage, tools: Tools): Promise<void> {
  const { context } = tools;
  const read = async (): Promise<Task | undefined> => taskStore(context.tableOf(message.org_id)).get(message.task_id);
  return oneTurn(
    {
      organization: message.org_id,
      read,
      take: (task, turn): { taken: Task; writes: ReturnType<typeof takingTurn> } | null =>
        task.state !== 'queued' && task.state !== 'running'
          ? null
          : {
              taken: { ...task, ...turn, state: 'running' },
              writes: takingTurn(task, turn, context.clock().toISOString()),
            },
      slice: (task) => workSlice(task, tools),
      end: (task, slice) => endingOf(task, slice, context),
      again: (delay) => context.queues.send('cdr-tasks', [taskMessage(message, delay)]),
    },
    turnLife,
    context,
  );
}

/** @param outside what the function touches; tests bring their own */
export const cdrTasksHandler = (dependencies = consumerDependencies()) => {
  const cache = priceLists();
  return consume(
    cdrTasks,
    each(async ({ message, receives }: Delivery<TaskMessage>, context: TaskContext) => {
      await goOn(message, { context, cache }).catch((error: unknown) => {
        if (receives < maximumReceives && !isHopeless(error)) throw error;
        return giveUp(message, error, context);
      });
    }),
    dependencies,
  );
};

export const handler = cdrTasksHandler();
