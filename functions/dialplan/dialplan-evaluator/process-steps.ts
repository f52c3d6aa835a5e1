import { AppError } from '#errors.ts';
import type { Context, Request } from '#http/handlers.ts';
import { cacheResults } from '#concurrency/cache.ts';
import { second } from '#schema/time.ts';
import type { noticeThrottle } from './call-effects.ts';
import type { CallCounter } from '../plan/call-rate.ts';
import type { dialplanEvaluator, evaluateCall, evaluateFreeswitchCall } from './contract.ts';
import type { newTariffCache } from './credit.ts';
import type { CompiledPlan } from '../plan/plan.ts';
import type { PlanCache } from '../plan/plan-cache.ts';
import { decisionStore, type DecisionTable, readFormat, readSeller, type TableOf } from './store.ts';

/** What a process keeps between requests. */
export type Process = {
  readonly plans: PlanCache;
  readonly calls: CallCounter;
  readonly tariffs: TariffCache;
  readonly formats: ReturnType<typeof formatCache>;
  readonly sellers: ReturnType<typeof sellerCache>;
  readonly tasks: BackgroundTasks;
  readonly notices: ReturnType<typeof noticeThrottle>;
};

type TariffCache = ReturnType<typeof newTariffCache>;

/** How long a process keeps what a decision reads besides, so that it takes no further round trip. */
const briefly = { ttl: 5 * second, max: 10_000 } as const;

/** The formats of gateways, briefly kept: almost no gateway has one, and they seldom change. */
export const formatCache = (clock: () => Date) =>
  cacheResults(
    ({ table, gateway }: { readonly table: DecisionTable; readonly gateway: string }) => readFormat(table, gateway),
    briefly,
    () => clock().getTime(),
    ({ table, gateway }) => `${table.organization}/${gateway}`,
  );

/**
 * Resellers, briefly kept, so that no decision waits for them. One without money is read again for each call, so that a
 * payment counts at once.
 */
export const sellerCache = (clock: () => Date, tariffs: TariffCache) =>
  cacheResults(
    ({ tableOf, id }: { readonly tableOf: TableOf; readonly id: number }) => readSeller(tableOf, id, tariffs),
    { ...briefly, keeps: (seller) => seller?.isExhausted !== true },
    () => clock().getTime(),
    ({ id }) => id,
  );

export type EvaluatorContext = Context<typeof dialplanEvaluator>;
export type Evaluation = Request<typeof evaluateCall> | Request<typeof evaluateFreeswitchCall>;
export type OrganizationRequest = Pick<Evaluation, 'organization' | 'now'>;

/** @param path of the field that names the user */
export const unknownUser = (path: string): AppError => {
  const message = 'is not a user of the organization';
  return new AppError('UNKNOWN_USER', `${path} ${message}`, { details: [{ path, message }] });
};

/** The plan at the version that the request read, or a newer one. */
export async function currentPlan(
  { plans }: Process,
  { organization }: OrganizationRequest,
  { table }: { readonly table: DecisionTable },
): Promise<CompiledPlan> {
  const head = await decisionStore(table).head();
  return plans.get(
    { organization: organization.org_id, version: head.version, locale: organization },
    decisionStore(table).plan(head),
  );
}

/** Work that is done at the same time, and before the answer: Lambda freezes a function that has answered. */
export type BackgroundTasks = {
  /** Begins work, after waiting while too much is in progress. A failure is reported and stops nothing. */
  readonly begin: (work: () => Promise<unknown>) => Promise<void>;
  /** Resolves when all work is done. */
  readonly settled: () => Promise<void>;
};

/** Tasks at a time: a flood of denied calls slows down to the pace of the store. */
const maxTasks = 32;

/** @param onFailure receives the error of each failed task */
export function backgroundTasks(onFailure: (error: unknown) => void): BackgroundTasks {
  const tasks = new Set<Promise<unknown>>();
  return {
    begin: async (work) => {
      while (tasks.size >= maxTasks) await Promise.race(tasks);
      const task: Promise<unknown> = work()
        .catch(onFailure)
        .finally(() => tasks.delete(task));
      tasks.add(task);
    },
    settled: async () => {
      await Promise.all(tasks);
    },
  };
}
