import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import { commit, StaleWrite } from '../dynamodb/commit.ts';
import type { PrefetchedItems } from '../dynamodb/prefetch.ts';
import { tableFor } from '../dynamodb/table.ts';
import { inOrganization, type Write } from '../dynamodb/write.ts';
import type { Resource } from '../contract/resource.ts';
import type { Queues } from '../queue/queues.ts';
import type { Links } from '../objects/links.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Sidecar } from '../sidecar/client.ts';
import type { Answer, Change, CommittedFailure } from './answers/answer.ts';
import type { Exchange } from './exchange.ts';
import type { Request, Context } from './handlers.ts';
import { maxAnswerSize, type Idempotency } from './idempotency.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { renderAnswer, type Rendered } from './answers/render.ts';

/** A handler of any endpoint. `Handlers` derives its exact type from its contract. */
export type AnyHandler = (request: never, context: never) => Promise<Answer | Change | CommittedFailure>;

/** How often a handler decides at most, when concurrent writers change what it read. */
const maxDecisions = 16;
/** Milliseconds. Doubles with each of the first turns, with jitter, so that rivals do not collide again. */
const firstPause = 4;

const noQueue = () => Promise.reject(new Error('this function has no queues in its dependencies'));
const noQueues: Queues = { send: noQueue, depth: noQueue };

const noSecret = () => Promise.reject(new Error('this function has no secrets in its dependencies'));
const noSecrets: Secrets = { read: noSecret, putOnce: noSecret };

const noLinks: Links = { to: () => Promise.reject(new Error('this function has no links in its dependencies')) };

const noSidecar: Sidecar = {
  notify: () => Promise.reject(new Error('this function has no sidecar in its dependencies')),
};

const contextFor = (
  dependencies: Dependencies,
  organization: number,
  prefetched: PrefetchedItems | undefined,
): Context<Resource> => ({
  clock: dependencies.clock,
  nextId: dependencies.nextId,
  random: dependencies.random,
  log: dependencies.log,
  environment: dependencies.environment,
  queues: dependencies.queues ?? noQueues,
  secrets: dependencies.secrets ?? noSecrets,
  links: dependencies.links ?? noLinks,
  ask: () => dependencies.sidecar ?? noSidecar,
  table: tableFor(dependencies.store, organization, prefetched),
  tableOf: (other) => tableFor(dependencies.store, other),
  dependencies,
});

export type Decision = {
  readonly exchange: Exchange;
  readonly asked: Request;
  readonly organization: number;
  readonly idempotency: Exclude<Idempotency, { kind: 'replay' }> | undefined;
};

/**
 * Calls the handler and commits its writes, together with the idempotency record of the answer, in one transaction.
 * When a concurrent writer changed an item in between, the handler decides again.
 * @throws AppError VERSION_CONFLICT after 16 attempts; the errors of the handler and of its conditions
 */
export async function decide(dependencies: Dependencies, handle: AnyHandler, decision: Decision): Promise<Rendered> {
  try {
    for (let turn = 1; turn <= maxDecisions; turn += 1) {
      // Prefetched items serve the first turn only: a later turn means that something has changed.
      const rendered = await decideOnce(
        dependencies,
        handle,
        decision,
        turn === 1 ? decision.exchange.authenticated?.prefetch : undefined,
      );
      if (rendered !== undefined) return rendered;
      await wait(dependencies.random() * firstPause * 2 ** Math.min(turn, 5));
    }
    throw new AppError('VERSION_CONFLICT', 'Other requests keep changing this resource; try again');
  } catch (error) {
    // If this fails too, the attempt expires within a minute. The caller gets the first error.
    await decision.idempotency?.abandon().catch(() => undefined);
    throw error;
  }
}

/** One attempt; undefined when another writer was faster. */
async function decideOnce(
  dependencies: Dependencies,
  handle: AnyHandler,
  { exchange, asked, organization, idempotency }: Decision,
  prefetched: PrefetchedItems | undefined,
): Promise<Rendered | undefined> {
  // The request was parsed by the contract that the handler's type derives from.
  const outcome = await handle(asked as never, contextFor(dependencies, organization, prefetched) as never);
  if (outcome.kind === 'failure') {
    if (await tryWrites(dependencies, organization, outcome.writes)) throw outcome.error;
    return undefined;
  }
  const { writes, answer }: Change =
    outcome.kind === 'change' ? outcome : { kind: 'change', writes: [], answer: outcome };
  const rendered = renderAnswer(exchange.endpoint, answer, exchange.format);
  const home = exchange.authenticated?.caller.organization ?? organization;
  const isRecorded = idempotency !== undefined && !isTooLargeToRecord(writes, rendered);
  const record: Write[] = isRecorded ? inOrganization(home, [idempotency.record(rendered)]) : [];
  if (!(await tryWrites(dependencies, organization, [...writes, ...record]))) return undefined;
  if (!isRecorded) await idempotency?.abandon();
  return rendered;
}

/** An answer without a change that is too large for an item: a repeated request runs again. */
const isTooLargeToRecord = (writes: readonly Write[], { body }: Rendered): boolean =>
  writes.length === 0 && Buffer.byteLength(body) > maxAnswerSize;

/** Commits; false when another writer was faster. */
async function tryWrites({ store }: Dependencies, organization: number, writes: readonly Write[]): Promise<boolean> {
  try {
    await commit(store, organization, writes);
    return true;
  } catch (error) {
    if (error instanceof StaleWrite) return false;
    throw error;
  }
}
