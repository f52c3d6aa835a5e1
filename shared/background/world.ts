import { setTimeout as pause } from 'node:timers/promises';
import type { AskedService, KeptBucket, MeasuredQueue, QueueName, ReadName, SenderOf, ServiceName, WriteName } from '../contract/effects.ts';
import type { Contract, EffectOf } from '../contract/resource.ts';
import { commit, StaleWrite, tryCommit, type FailedCondition } from '../dynamodb/commit.ts';
import { freeShards, type Shards } from '../dynamodb/free-shards.ts';
import { tableFor, type Table } from '../dynamodb/table.ts';
import type { Write } from '../dynamodb/write.ts';
import { AppError } from '../errors.ts';
import { recorder, systemOrigin, type Recorder } from '../http/event-record.ts';
import type { Outside } from '../http/outside.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Objects } from '../objects/objects.ts';
import type { Queues } from '../queue/queues.ts';
import type { Sidecar } from '../sidecar/client.ts';

/** What a function touches that is not reached over HTTP: as much as its contract declares. */
export type BackgroundWorld<C extends Contract> = Pick<Outside, 'clock' | 'nextId' | 'random' | 'log' | 'environment'> & {
  readonly tableOf: (organization: number) => Table<ReadName<EffectOf<C>>>;
  readonly queues: Queues<QueueName<EffectOf<C>>, MeasuredQueue<EffectOf<C>>>;
  readonly objects: Objects<KeptBucket<EffectOf<C>>>;
  readonly mailer: Mailer<SenderOf<EffectOf<C>>>;
  readonly ask: (service: AskedService<EffectOf<C>> & ServiceName) => Sidecar;
  /** Writes events of what the platform does by itself. */
  readonly recorderOf: (organization: number) => Recorder;
  /**
   * Commits in one transaction what `decide` answers. When an item changed in between, it decides anew,
   * so it must read what it decides from. No writes: nothing is done.
   * @throws AppError UNAVAILABLE when others keep being faster; the AppError of a condition
   */
  readonly transact: (organization: number, decide: () => Promise<readonly Write<WriteName<EffectOf<C>>>[]>) => Promise<void>;
  /**
   * Commits in one transaction, or answers the writes whose conditions do not hold and does nothing: for
   * whoever goes on without them. @throws Contention while others hold an item
   */
  readonly tryCommit: (organization: number, writes: readonly Write<WriteName<EffectOf<C>>>[]) => Promise<readonly FailedCondition[]>;
};

/** Decisions that are taken anew at most, and milliseconds between the first two; the wait doubles. */
const maximumDecisions = 8;
const firstWait = 5;

/**
 * How long a function waits in the background for an item that another transaction holds: longer than a request does, so
 * that whoever is faster goes on meanwhile instead of meeting it again. Milliseconds.
 */
const patient = ({ random }: Pick<Outside, 'random'>) => ({ random, wait: (time: number) => pause(Math.min(30 + 2 * time, 200)) });

type Decide = () => Promise<readonly Write[]>;

async function transact(outside: Outside, shards: Shards, organization: number, decide: Decide): Promise<void> {
  for (let turn = 0; turn < maximumDecisions; turn += 1) {
    try {
      await commit(outside.store, organization, await decide(), { ...patient(outside), shards });
      return;
    } catch (error) {
      if (!(error instanceof StaleWrite)) throw error;
      await pause(outside.random() * firstWait * 2 ** turn);
    }
  }
  throw new AppError('UNAVAILABLE', 'Others keep changing this', { retryAfter: 1 });
}

const refused = () => Promise.reject(new Error('this function was given no queues'));
const unkept = () => Promise.reject(new Error('this function was given no objects'));
const noObjects: Objects = { begin: unkept, part: unkept, finish: unkept, abandon: unkept, put: unkept, get: unkept, remove: unkept };
const unasked: Sidecar = { notify: () => Promise.reject(new Error('this function was given no sidecar')) };

const unmailed: Mailer = { send: () => Promise.reject(new Error('this function was given no mailer')) };

/** The contract's type says what of the world may be used; IAM says the same again. */
export function worldOf<C extends Contract>(_contract: C, outside: Outside): BackgroundWorld<C> {
  const shards = freeShards();
  return {
    clock: outside.clock, nextId: outside.nextId, random: outside.random, log: outside.log, environment: outside.environment,
    queues: outside.queues ?? { send: refused, depth: refused },
    objects: outside.objects ?? noObjects,
    mailer: outside.mailer ?? unmailed,
    ask: () => outside.sidecar ?? unasked,
    tableOf: (organization) => tableFor(outside.store, organization),
    recorderOf: (organization) => recorder({ origin: systemOrigin, organization, now: outside.clock(), nextId: outside.nextId }),
    transact: (organization, decide) => transact(outside, shards, organization, decide),
    tryCommit: (organization, writes) => tryCommit(outside.store, organization, writes, { ...patient(outside), shards }),
  };
}
