import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import { commit, StaleWrite } from '../dynamodb/commit.ts';
import type { PrefetchedItems } from '../dynamodb/early-reads.ts';
import { tableFor } from '../dynamodb/table.ts';
import { within, type Write } from '../dynamodb/write.ts';
import type { Resource } from '../contract/resource.ts';
import type { Queues } from '../queue/queues.ts';
import type { Links } from '../objects/links.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Sidecar } from '../sidecar/client.ts';
import type { Answer, Change, CommittedFailure } from './answers/answer.ts';
import type { Exchange } from './exchange.ts';
import type { Request, Context } from './handlers.ts';
import { largestAnswer, type Idempotency } from './idempotency.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { renderAnswer, type Rendered } from './answers/render.ts';

/** A handler of whatever endpoint: what it takes is known from its contract only (`Handlers`). */
export type AnyHandler = (request: never, context: never) => Promise<Answer | Change | CommittedFailure>;

/** Decisions that rest on what another writer changed meanwhile are taken anew, so often at most. */
const maximumDecisions = 16;
/** Milliseconds, doubled with each of the first turns: who loses a race together does not meet again in the next. */
const shortestPause = 4;

const rejected = () => Promise.reject(new Error('this function was given no queues'));
const noQueues: Queues = { send: rejected, depth: rejected };

const unknown = () => Promise.reject(new Error('this function was given no secrets'));
const noSecrets: Secrets = { read: unknown, putOnce: unknown };

const noLinks: Links = { to: () => Promise.reject(new Error('this function was given no links')) };

const unasked: Sidecar = { notify: () => Promise.reject(new Error('this function was given no sidecar')) };

const contextFor = (
  dependencies: Dependencies,
  organization: number,
  early: PrefetchedItems | undefined,
): Context<Resource> => ({
  clock: dependencies.clock,
  nextId: dependencies.nextId,
  random: dependencies.random,
  log: dependencies.log,
  environment: dependencies.environment,
  queues: dependencies.queues ?? noQueues,
  secrets: dependencies.secrets ?? noSecrets,
  links: dependencies.links ?? noLinks,
  ask: () => dependencies.sidecar ?? unasked,
  table: tableFor(dependencies.store, organization, early),
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
 * Lets the handler decide and commits what it decided, together with the answer's idempotency record,
 * in one transaction. When an item changed in between, the handler decides anew.
 */
export async function decide(dependencies: Dependencies, handle: AnyHandler, decision: Decision): Promise<Rendered> {
  try {
    for (let turn = 1; turn <= maximumDecisions; turn += 1) {
      // What was read with the session serves the first turn; a later one is there because something has changed since.
      const rendered = await decideOnce(
        dependencies,
        handle,
        decision,
        turn === 1 ? decision.exchange.authenticated?.prefetch : undefined,
      );
      if (rendered !== undefined) return rendered;
      await wait(dependencies.random() * shortestPause * 2 ** Math.min(turn, 5));
    }
    throw new AppError('VERSION_CONFLICT', 'Others keep changing this; try again');
  } catch (error) {
    // Where even that fails, the attempt is no longer running a minute later; the caller is to hear of the first
    // failure.
    await decision.idempotency?.abandon().catch(() => undefined);
    throw error;
  }
}

/** Undefined when another writer was faster. */
async function decideOnce(
  dependencies: Dependencies,
  handle: AnyHandler,
  { exchange, asked, organization, idempotency }: Decision,
  early: PrefetchedItems | undefined,
): Promise<Rendered | undefined> {
  // What is asked was parsed by the contract that the handler's own type was checked against.
  const outcome = await handle(asked as never, contextFor(dependencies, organization, early) as never);
  if (outcome.kind === 'refusal') {
    if (await committed(dependencies, organization, outcome.writes)) throw outcome.error;
    return undefined;
  }
  const { writes, answer }: Change =
    outcome.kind === 'change' ? outcome : { kind: 'change', writes: [], answer: outcome };
  const rendered = renderAnswer(exchange.endpoint, answer, exchange.format);
  const home = exchange.authenticated?.caller.organization ?? organization;
  const kept = idempotency !== undefined && !isAskedAnew(writes, rendered);
  const record: Write[] = kept ? within(home, [idempotency.record(rendered)]) : [];
  if (!(await committed(dependencies, organization, [...writes, ...record]))) return undefined;
  if (!kept) await idempotency?.abandon();
  return rendered;
}

/** An answer that changed nothing and is too large to keep: whoever repeats the question is answered anew. */
const isAskedAnew = (writes: readonly Write[], { body }: Rendered): boolean =>
  writes.length === 0 && Buffer.byteLength(body) > largestAnswer;

/** False when another writer was faster. */
async function committed({ store }: Dependencies, organization: number, writes: readonly Write[]): Promise<boolean> {
  try {
    await commit(store, organization, writes);
    return true;
  } catch (error) {
    if (error instanceof StaleWrite) return false;
    throw error;
  }
}
