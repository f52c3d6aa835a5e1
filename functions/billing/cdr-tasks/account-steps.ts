import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { holdsOn, keeps } from '#dynamodb/rows/legal-hold.ts';
import { readTrunkFormats } from '#dynamodb/rows/trunk.ts';
import { AppError } from '#errors.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import type { NumberFormat } from '#telephony/number-format.ts';
import { reportBalance } from '../charging/balance-steps.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import type { TariffCache } from '../cdr-ingest/tariff-cache.ts';
import type { Cursor, Task } from '../cdr-munch/task.ts';
import { wholesaleMessages } from '../schema/wholesale-message.ts';
import type { CompiledTariff } from '../tariffs/compiled-tariff.ts';
import type { cdrTasks } from './contract.ts';
import {
  assertNamedTariff,
  cdrFacts,
  earlierOutcome,
  isDeletable,
  isRatable,
  keyRangeOf,
  periodOf,
  rerateCdr,
  termsOf,
  type Outcome,
  type Terms,
} from './slice.ts';
import { carriersOf, cdrsAfter, cdrStore, deleteWrites, replaceWrites, tariffOf } from './store.ts';

export type TaskContext = BackgroundContext<typeof cdrTasks>;
export type TaskTools = { readonly context: TaskContext; readonly cache: TariffCache };

/** Maximum number of CDRs of one read. */
const maxRead = 100;

/** A run of a task on the CDRs of one organization: what was read of its account. */
export type TaskRun = {
  readonly task: Task;
  readonly tools: TaskTools;
  readonly terms: Terms;
  readonly currencyFixed: boolean;
  /** Cost tariffs by trunk, of the trunks met so far. */
  readonly carriers: Map<string, CompiledTariff>;
  /** Number formats by trunk, of the same. */
  readonly trunkFormats: Map<string, NumberFormat>;
};

/** The results of a slice so far, and how much it may still do. */
export type SliceProgress = {
  readonly outcomes: Outcome[];
  /** Unix milliseconds after which no CDR is begun. */
  readonly deadline: number;
  /** Maximum number of outcomes. */
  readonly maxCdrs: number;
};

/**
 * Opens the account of an organization; null if there is no such organization.
 * @throws AppError UNKNOWN_TARIFF if the task names a tariff that cannot be used any more
 */
export async function openTaskRun(organization: number, task: Task, tools: TaskTools): Promise<TaskRun | null> {
  const { context, cache } = tools;
  const payer = await cdrStore(context.tableOf(organization)).payer();
  if (payer === null) return null;
  const tariffId = task.tariff_id ?? payer.profile?.tariffId ?? null;
  const seller = payer.item.parent_id ?? organization;
  const tariff = tariffId === null ? null : await tariffOf(context.tableOf(seller), tariffId, cache);
  assertNamedTariff(task, tariff, payer.profile);
  const terms = termsOf({ item: payer.item, profile: payer.profile, tariff }, operatorOrganization, {
    now: context.clock().getTime(),
    environment: context.environment,
  });
  const trunkFormats = new Map<string, NumberFormat>();
  return {
    task,
    tools,
    terms: { ...terms, account: { ...terms.account, trunkFormats } },
    currencyFixed: payer.currencyFixed,
    carriers: new Map(),
    trunkFormats,
  };
}

type Found = Awaited<ReturnType<typeof cdrsAfter>>[number];

/** Loads the cost tariffs and the number formats of the trunks of CDRs. */
async function loadTrunks(
  { terms, tools: { context, cache }, carriers, trunkFormats }: TaskRun,
  found: readonly Found[],
): Promise<void> {
  const trunks = [...new Set(found.flatMap(({ trunk }) => trunk ?? []))];
  const [tariffs, formats] = await Promise.all([
    carriersOf(context.tableOf(operatorOrganization), trunks, cache),
    readTrunkFormats(context.tableOf(terms.account.organization), trunks),
  ]);
  for (const [trunk, carrier] of tariffs) carriers.set(trunk, carrier);
  for (const [trunk, format] of formats) trunkFormats.set(trunk, format);
}

async function replacementOf({ task, terms, carriers, tools: { context } }: TaskRun, stored: FiledCdr) {
  const store = cdrStore(context.tableOf(terms.chain.organization));
  const usesItem = terms.counts || stored.rating.included_seconds > 0;
  const item = usesItem ? await store.usage(periodOf(stored, terms)) : undefined;
  const balance = terms.counts ? await store.balance() : [];
  const carrier = carriers.get(stored.trunk_id ?? '') ?? null;
  return rerateCdr(stored, terms, { item, balance, carrier, task: task.id });
}

/** Rates a CDR again, in one transaction with the sums that change. */
async function rateCdr(run: TaskRun, id: string): Promise<Outcome> {
  const { task, terms, tools, currencyFixed } = run;
  const { organization } = terms.chain;
  const store = cdrStore(tools.context.tableOf(organization));
  let outcome: Outcome = { outcome: 'unchanged' };
  await tools.context.transact(organization, async () => {
    outcome = { outcome: 'unchanged' };
    const stored = await store.get(id);
    if (stored === undefined) return [];
    const earlier = earlierOutcome(stored, task);
    if (earlier !== null) outcome = earlier;
    if (earlier !== null || !isRatable(stored, task)) return [];
    const replacement = await replacementOf(run, stored);
    if (replacement === null) return [];
    const { rating } = replacement.after;
    outcome = { outcome: 'changed', before: stored.rating, after: rating };
    return task.dry_run ? [] : replaceWrites(replacement, currencyFixed ? null : rating.currency);
  });
  return outcome;
}

/** Deletes a CDR, if it may be deleted and no legal hold keeps it. */
async function deleteCdr({ task, terms, tools: { context } }: TaskRun, id: string): Promise<Outcome> {
  const { organization } = terms.chain;
  const table = context.tableOf(organization);
  let outcome: Outcome = { outcome: 'unchanged' };
  await context.transact(organization, async () => {
    outcome = { outcome: 'unchanged' };
    const [stored, holds] = await Promise.all([cdrStore(table).get(id), holdsOn(table, 'cdr')]);
    if (stored === undefined || !isDeletable(stored, terms) || keeps(holds, cdrFacts(stored))) return [];
    outcome = { outcome: 'changed', before: stored.rating, after: null };
    return task.dry_run ? [] : deleteWrites(stored, holds);
  });
  return outcome;
}

const workOn = (run: TaskRun, id: string): Promise<Outcome> =>
  (run.task.task_type === 'cleanup' ? deleteCdr(run, id) : rateCdr(run, id)).catch((error: unknown): Outcome => {
    if (!(error instanceof AppError)) throw error;
    return { outcome: 'failed', error: { cdr_id: id, code: error.code } };
  });

/** The work that follows ratings: the balance is reported, and a reseller is charged for calls that had no price. */
async function followUp(run: TaskRun, ids: readonly string[]): Promise<void> {
  const { task, terms, tools } = run;
  if (task.dry_run || task.task_type === 'cleanup' || ids.length === 0) return;
  await reportBalance(terms.account.organization, tools.context);
  if (terms.resold)
    await tools.context.queues.send('cdr-wholesale', wholesaleMessages(terms.account.organization, ids));
}

/** Works on CDRs of one shard after a cursor. @returns the cursor after them; null if the shard has no more */
export async function workOnShard(
  run: TaskRun,
  cursor: Cursor,
  { outcomes, deadline, maxCdrs }: SliceProgress,
): Promise<Cursor | null> {
  const { task, terms, tools } = run;
  const unrated = task.task_type === 'process';
  const between = keyRangeOf(task, { now: terms.calendar.now, retention: terms.account.retention });
  const limit = Math.min(maxRead, maxCdrs - outcomes.length);
  const found = await cdrsAfter(tools.context.tableOf(cursor.organization), cursor, { unrated, between, limit });
  if (found.length === 0) return null;
  await loadTrunks(run, found);
  const toCharge: string[] = [];
  let { after } = cursor;
  for (const { id, key } of found) {
    if (tools.context.clock().getTime() > deadline) break;
    const outcome = await workOn(run, id);
    outcomes.push(outcome);
    // A CDR that only lacks its wholesale price is unchanged here: the consumer cdr-wholesale rates it.
    if (outcome.outcome === 'changed' || unrated) toCharge.push(id);
    after = key;
  }
  await followUp(run, toCharge);
  return { ...cursor, after };
}
