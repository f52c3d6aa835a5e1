import { setTimeout as pause } from 'node:timers/promises';
import type {
  AskedService,
  CallsOut,
  Effect,
  ExpiringBucket,
  KeptBucket,
  MeasuredQueue,
  QueueName,
  ReadBucket,
  ReadName,
  SenderOf,
  TextsOf,
  ServiceName,
  WriteName,
} from '../contract/effects.ts';
import { isUndeclaredSuccessor, type Dispatch } from '../contract/consequences.ts';
import type { Queue } from '../contract/queues.ts';
import type { Contract, EffectOf } from '../contract/resource.ts';
import { tryCommit, type FailedCondition } from '../dynamodb/commit.ts';
import { freeShards } from '../dynamodb/free-shards.ts';
import { tableFor, type Table } from '../dynamodb/table.ts';
import { transact } from '../dynamodb/transact.ts';
import type { Write } from '../dynamodb/write.ts';
import { recorder, systemOrigin, type Recorder } from './event-record.ts';
import { completeDependencies } from './complete-dependencies.ts';
import type { Dependencies } from './dependencies.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Objects } from '../objects/objects.ts';
import type { Outbound } from '../outbound/outbound.ts';
import type { Queues } from '../queue/queues.ts';
import type { Sidecar } from '../sidecar/client.ts';
import type { SmsProvider } from '../sms/provider.ts';

/** Everything that a background function may use: only what the effects of its contract declare. */
export type BackgroundContext<C extends Contract> = Pick<
  Dependencies,
  'clock' | 'nextId' | 'random' | 'log' | 'environment'
> & {
  readonly tableOf: (organization: number) => Table<ReadName<EffectIn<C>>>;
  readonly queues: Queues<QueueName<EffectIn<C>> | DispatchedQueue<C>, MeasuredQueue<EffectIn<C>>>;
  readonly objects: Objects<
    KeptBucket<EffectIn<C>>,
    KeptBucket<EffectIn<C>> | ReadBucket<EffectIn<C>>,
    ExpiringBucket<EffectIn<C>>
  >;
  readonly mailer: Mailer<SenderOf<EffectIn<C>>>;
  readonly sms: SmsProvider<TextsOf<EffectIn<C>>>;
  readonly ask: (service: AskedService<EffectIn<C>> & ServiceName) => Sidecar;
  readonly outbound: Outbound<CallsOut<EffectIn<C>>>;
  /** Records events with the platform itself as actor. */
  readonly recorderOf: (organization: number) => Recorder;
  /**
   * Commits the writes that `decide` returns, in one transaction. If an item changed in between, `decide` is called
   * again, so it must read everything that it depends on; in its turn where writers take turns. Without writes nothing
   * is sent.
   * @param through commits the writes instead of `tryCommit`
   * @throws AppError UNAVAILABLE after 16 attempts, or 10 s where writers take turns; that of a failed condition
   */
  readonly transact: (
    organization: number,
    decide: () => Promise<readonly Write<WriteName<EffectIn<C>>>[]>,
    through?: TryCommit<WriteName<EffectIn<C>>>,
  ) => Promise<void>;
  /**
   * Commits writes in one transaction. If conditions fail, it commits none and returns those writes.
   * @throws Contention while other transactions hold an item
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

/**
 * The pauses of background functions between attempts at an item that another transaction holds. They are longer than
 * those of requests, so that requests go first.
 */
const backgroundPauses = ({ random }: Pick<Dependencies, 'random'>) => ({
  random,
  wait: (time: number) => pause(Math.min(30 + 2 * time, 200)),
});

/** No test proves that a timer which is not declared goes on after an outage. @throws Error for its pointer */
function assertDeclared(contract: Contract, writes: readonly Write[]): void {
  if (contract.kind !== 'consumer') return;
  for (const { effect, item } of writes) {
    const kind = effect === 'due' && item !== undefined && 'kind' in item ? String(item.kind) : '';
    if (isUndeclaredSuccessor(contract, kind))
      throw new Error(`${contract.name} schedules ${kind}, which its contract does not declare as a successor`);
  }
}

/** The context of a background function. The type of its contract limits what may be used; IAM enforces the same. */
export function contextOf<C extends Contract>(contract: C, dependencies: Dependencies): BackgroundContext<C> {
  const shards = freeShards();
  const commits: TryCommit<string> = async (organization, writes) => {
    assertDeclared(contract, writes);
    return tryCommit(dependencies.store, organization, writes, { ...backgroundPauses(dependencies), shards });
  };
  const { sidecar, clock, nextId, random, log, environment, ...clients } = completeDependencies(dependencies);
  const { queues, objects, mailer, sms, outbound } = clients;
  return {
    clock,
    nextId,
    random,
    log,
    environment,
    queues,
    objects,
    mailer,
    sms,
    outbound,
    ask: () => sidecar,
    tableOf: (organization) => tableFor(dependencies.store, organization),
    recorderOf: (organization) =>
      recorder({ origin: systemOrigin, organization, now: dependencies.clock(), nextId: dependencies.nextId }),
    transact: (organization, decide, through = commits) =>
      transact(dependencies, { organization, decide, commits: (writes) => through(organization, writes) }),
    tryCommit: commits,
  };
}
