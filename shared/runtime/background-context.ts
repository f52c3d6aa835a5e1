import { setTimeout as pause } from 'node:timers/promises';
import type {
  AskedService,
  Effect,
  KeptBucket,
  MeasuredQueue,
  QueueName,
  ReadName,
  SenderOf,
  ServiceName,
  WriteName,
} from '../contract/effects.ts';
import type { Dispatch } from '../contract/consequences.ts';
import type { Queue } from '../contract/queues.ts';
import type { Contract, EffectOf } from '../contract/resource.ts';
import { assertCommitted, StaleWrite, tryCommit, type FailedCondition } from '../dynamodb/commit.ts';
import { freeShards } from '../dynamodb/free-shards.ts';
import { tableFor, type Table } from '../dynamodb/table.ts';
import type { Write } from '../dynamodb/write.ts';
import { AppError } from '../errors.ts';
import { recorder, systemOrigin, type Recorder } from './event-record.ts';
import type { Dependencies } from './dependencies.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Objects } from '../objects/objects.ts';
import type { Queues } from '../queue/queues.ts';
import type { Sidecar } from '../sidecar/client.ts';

/** What a function touches that is not reached over HTTP: as much as its contract declares. */
export type BackgroundContext<C extends Contract> = Pick<
  Dependencies,
  'clock' | 'nextId' | 'random' | 'log' | 'environment'
> & {
  readonly tableOf: (organization: number) => Table<ReadName<EffectIn<C>>>;
  readonly queues: Queues<QueueName<EffectIn<C>> | DispatchedQueue<C>, MeasuredQueue<EffectIn<C>>>;
  readonly objects: Objects<KeptBucket<EffectIn<C>>>;
  readonly mailer: Mailer<SenderOf<EffectIn<C>>>;
  readonly ask: (service: AskedService<EffectIn<C>> & ServiceName) => Sidecar;
  /** Writes events of what the platform does by itself. */
  readonly recorderOf: (organization: number) => Recorder;
  /**
   * Commits in one transaction what `decide` answers. When an item changed in between, it decides anew,
   * so it must read what it decides from. No writes: nothing is done.
   * @param through what commits, where not `tryCommit`
   * @throws AppError UNAVAILABLE when others keep being faster; the AppError of a condition
   */
  readonly transact: (
    organization: number,
    decide: () => Promise<readonly Write<WriteName<EffectIn<C>>>[]>,
    through?: TryCommit<WriteName<EffectIn<C>>>,
  ) => Promise<void>;
  /**
   * Commits in one transaction, or answers the writes whose conditions do not hold and does nothing: for
   * whoever goes on without them. @throws Contention while others hold an item
   */
  readonly tryCommit: TryCommit<WriteName<EffectIn<C>>>;
};

/** The effects of a function; one that runs cascades has those of all contracts, which only IAM limits. */
type EffectIn<C> = C extends { readonly dispatches: 'cascades' } ? Effect : EffectOf<C>;

/** What dispatches consequences sends to queues that other contracts name. */
type DispatchedQueue<C> = C extends { readonly dispatches: Dispatch } ? Queue : never;

type TryCommit<N extends string> = (
  organization: number,
  writes: readonly Write<N>[],
) => Promise<readonly FailedCondition[]>;

/** Decisions that are taken anew at most, and milliseconds between the first two; the wait doubles. */
const maximumDecisions = 8;
const firstWait = 5;

/**
 * How long a function waits in the background for an item that another transaction holds: longer than a request does,
 * so that whoever is faster goes on meanwhile instead of meeting it again. Milliseconds.
 */
const patient = ({ random }: Pick<Dependencies, 'random'>) => ({
  random,
  wait: (time: number) => pause(Math.min(30 + 2 * time, 200)),
});

/** @param commits one decision's writes */
async function transact<N extends string>(
  random: Dependencies['random'],
  decide: () => Promise<readonly Write<N>[]>,
  commits: (writes: readonly Write<N>[]) => Promise<readonly FailedCondition[]>,
): Promise<void> {
  for (let turn = 0; turn < maximumDecisions; turn += 1) {
    try {
      const writes = await decide();
      if (writes.length > 0) assertCommitted(writes, await commits(writes));
      return;
    } catch (error) {
      if (!(error instanceof StaleWrite)) throw error;
      await pause(random() * firstWait * 2 ** turn);
    }
  }
  throw new AppError('UNAVAILABLE', 'Others keep changing this', { retryAfter: 1 });
}

const rejected = () => Promise.reject(new Error('this function was given no queues'));
const unkept = () => Promise.reject(new Error('this function was given no objects'));
const noObjects: Objects = {
  begin: unkept,
  part: unkept,
  finish: unkept,
  abandon: unkept,
  put: unkept,
  get: unkept,
  remove: unkept,
};
const unasked: Sidecar = { notify: () => Promise.reject(new Error('this function was given no sidecar')) };

const unmailed: Mailer = { send: () => Promise.reject(new Error('this function was given no mailer')) };

/** The contract's type says what of the world may be used; IAM says the same again. */
export function contextOf<C extends Contract>(_contract: C, dependencies: Dependencies): BackgroundContext<C> {
  const shards = freeShards();
  const commits: TryCommit<string> = (organization, writes) =>
    tryCommit(dependencies.store, organization, writes, { ...patient(dependencies), shards });
  return {
    clock: dependencies.clock,
    nextId: dependencies.nextId,
    random: dependencies.random,
    log: dependencies.log,
    environment: dependencies.environment,
    queues: dependencies.queues ?? { send: rejected, depth: rejected },
    objects: dependencies.objects ?? noObjects,
    mailer: dependencies.mailer ?? unmailed,
    ask: () => dependencies.sidecar ?? unasked,
    tableOf: (organization) => tableFor(dependencies.store, organization),
    recorderOf: (organization) =>
      recorder({ origin: systemOrigin, organization, now: dependencies.clock(), nextId: dependencies.nextId }),
    transact: (organization, decide, through = commits) =>
      transact(dependencies.random, decide, (writes) => through(organization, writes)),
    tryCommit: commits,
  };
}
