import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import { decideAgain, isLostRace, type Attempt } from '../dynamodb/decide-again.ts';
import { ownItemsOf } from '../dynamodb/own-items.ts';
import type { PrefetchedItems } from '../dynamodb/prefetch.ts';
import { tableFor, type Table } from '../dynamodb/table.ts';
import { isAwaited, serialEntityOf } from '../dynamodb/waiting-line.ts';
import { lineRow } from '../dynamodb/line.ts';
import { inOrganization, type Write } from '../dynamodb/write.ts';
import { changesSomething } from '../contract/changes.ts';
import type { Entity } from '../contract/entities.ts';
import type { Resource } from '../contract/resource.ts';
import type { Answer, Change } from './answers/answer.ts';
import { assertMayAct } from './authorization/acting.ts';
import { limitOf, type Limit } from './authorization/own-records.ts';
import type { Exchange } from './exchange.ts';
import type { AnyHandler, Context, Request } from './handlers.ts';
import { maxAnswerSize, type Idempotency } from './idempotency.ts';
import { completeDependencies } from '../runtime/complete-dependencies.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { renderAnswer, type Rendered } from './answers/render.ts';
import { commitClaims } from './taken-names.ts';
import { unknownFieldWarnings } from './unknown-fields.ts';
import { second } from '../schema/time.ts';

/** Milliseconds in which a request is done where writers take turns. */
const turnTimeout = 20 * second;
/** Longest pause in milliseconds between attempts at an item that another writer holds, where writers take turns. */
const maxTurnPause = 40;

/** The part of a table that exists for the caller. */
const readableBy = (limit: Limit | undefined, table: Table): Table =>
  limit === undefined ? table : ownItemsOf(table, limit.isOwn);

function contextFor(dependencies: Dependencies, table: Table, limit: Limit | undefined): Context<Resource> {
  const { store, sidecar, clock, nextId, random, log, environment, ...clients } = completeDependencies(dependencies);
  const { queues, secrets, links, objects, outbound, invoke } = clients;
  return {
    clock,
    nextId,
    random,
    log,
    environment,
    queues,
    secrets,
    links,
    objects,
    outbound,
    invoke,
    ask: () => sidecar,
    table: readableBy(limit, table),
    tableOf: (other) => readableBy(limit, tableFor(store, other)),
    dependencies,
  };
}

export type Decision = {
  readonly exchange: Exchange;
  readonly asked: Request;
  readonly organization: number;
  readonly idempotency: Exclude<Idempotency, { kind: 'replay' }> | undefined;
};

/**
 * Calls the handler and commits its writes, together with the idempotency record of the answer, in one transaction.
 * When a concurrent writer changed an item in between, the handler decides again; in its turn where writers take turns.
 * @throws AppError VERSION_CONFLICT after 16 attempts, or UNAVAILABLE after 20 s where writers take turns; the errors
 * of the handler and of its conditions
 */
export async function decide(dependencies: Dependencies, handle: AnyHandler, decision: Decision): Promise<Rendered> {
  const { exchange, organization, idempotency } = decision;
  // Prefetched items serve the first decision only: a later one means that something has changed.
  let prefetched = exchange.authenticated?.prefetch;
  const attempt = () => {
    const made = decideOnce(dependencies, handle, decision, prefetched);
    prefetched = undefined;
    return made;
  };
  try {
    const deadline = exchange.now.getTime() + turnTimeout;
    const made = await decideAgain(dependencies, { organization, deadline }, attempt);
    if (made === undefined)
      throw new AppError('VERSION_CONFLICT', 'Other requests keep changing this resource; try again');
    return made.result;
  } catch (error) {
    // If this fails too, the attempt expires within a minute. The caller gets the first error.
    const end = error instanceof AppError && error.mayTakeEffect ? idempotency?.suspend : idempotency?.abandon;
    await end?.().catch(() => undefined);
    throw error;
  }
}

/** The table of the request, and what a caller that is limited to its own records has of it. */
type Readable = { readonly table: Table; readonly limit: Limit | undefined };

/**
 * Calls the handler, for a caller that may change the accounts that the request acts on, and has the records.
 * @throws AppError CANNOT_MANAGE_USER; INSUFFICIENT_SCOPE; Error for a handler that changes accounts, or answers
 * records of users, without asking, or that writes although its contract declares no change
 */
async function outcomeOf(
  dependencies: Dependencies,
  handle: AnyHandler,
  { exchange, asked }: Pick<Decision, 'exchange' | 'asked'>,
  { table, limit }: Readable,
) {
  const { endpoint, authenticated, owner } = exchange;
  if (authenticated !== undefined) await assertMayAct(endpoint, asked, table);
  const context = contextFor(dependencies, table, limit);
  // The request was parsed by the contract that the handler's type derives from.
  const outcome = await handle(asked as never, context as never);
  if (endpoint.actsOn === 'found' && outcome.kind === 'change' && !exchange.hasAskedToManage)
    throw new Error(`${endpoint.route} changes an account and did not ask whether its caller may (assertManages)`);
  if (owner === 'found' && !exchange.hasAskedForOwn)
    throw new Error(`${endpoint.route} did not ask which records its caller has (own)`);
  if (outcome.kind === 'change' || outcome.kind === 'failure') {
    if (outcome.writes.length > 0 && !changesSomething(endpoint))
      throw new Error(`${endpoint.route} writes, and its contract has no effect that changes anything`);
    limit?.assertOwn(outcome.writes);
  }
  return outcome;
}

/** The answer with warnings about what the request has and the contract does not name. */
function withUnknownFields<A extends Answer>(answer: A, { endpoint, request }: Exchange, { content }: Request): A {
  const unknown = unknownFieldWarnings(endpoint, { query: request.query, content });
  return unknown.length === 0 ? answer : { ...answer, warnings: [...(answer.warnings ?? []), ...unknown] };
}

/** @param prefetched of the first attempt */
async function decideOnce(
  dependencies: Dependencies,
  handle: AnyHandler,
  decision: Decision,
  prefetched: PrefetchedItems | undefined,
): Promise<Attempt<Rendered>> {
  const { exchange, asked, organization, idempotency } = decision;
  const table = tableFor(dependencies.store, organization, prefetched);
  const limit = limitOf(exchange.owner, exchange.authenticated?.caller, exchange.endpoint.scope);
  const outcome = await outcomeOf(dependencies, handle, decision, { table, limit });
  if (outcome.kind === 'failure') {
    if (await tryWrites(dependencies, decision, outcome.writes, prefetched)) throw outcome.error;
    return { kind: 'stale', entity: serialEntityOf(outcome.writes) };
  }
  const { writes, answer }: Change =
    outcome.kind === 'change' ? outcome : { kind: 'change', writes: [], answer: outcome };
  const rendered = renderAnswer(exchange.endpoint, withUnknownFields(answer, exchange, asked), exchange.format);
  const home = exchange.authenticated?.caller.organization ?? organization;
  const isRecorded = idempotency !== undefined && !isTooLargeToRecord(writes, rendered);
  const record: Write[] = isRecorded
    ? inOrganization(home, [idempotency.record(storedForm(exchange, answer, rendered))])
    : [];
  if (!(await tryWrites(dependencies, decision, [...writes, ...record], prefetched)))
    return { kind: 'stale', entity: serialEntityOf(writes) };
  if (!isRecorded) await idempotency?.abandon();
  return { kind: 'committed', result: rendered };
}

/** The answer as it is stored for a repeated request: without secrets, which are shown once. */
const storedForm = ({ endpoint, format }: Exchange, answer: Answer, rendered: Rendered): Rendered =>
  answer.kind !== 'data' || answer.shownOnce === undefined
    ? rendered
    : renderAnswer(
        endpoint,
        {
          ...answer,
          data: Object.fromEntries(
            Object.entries(answer.data as Readonly<Record<string, unknown>>).filter(
              ([name]) => answer.shownOnce?.includes(name) !== true,
            ),
          ),
        },
        format,
      );

/** An answer without a change that is too large for an item: a repeated request runs again. */
const isTooLargeToRecord = (writes: readonly Write[], { body }: Rendered): boolean =>
  writes.length === 0 && Buffer.byteLength(body) > maxAnswerSize;

/** Whether others wait for their turn to write an item of this entity. @param prefetched has the line */
async function othersWait(
  { store, clock }: Dependencies,
  organization: number,
  entity: Entity,
  prefetched: PrefetchedItems,
): Promise<boolean> {
  const line = await tableFor(store, organization, prefetched).get(lineRow(entity), {});
  return isAwaited(line, clock().getTime());
}

/**
 * Commits; false when another writer was faster, or, where writers take turns, when one waits or holds the item.
 * @param prefetched of the first attempt, which is out of turn
 */
async function tryWrites(
  dependencies: Dependencies,
  decision: Pick<Decision, 'exchange' | 'organization'>,
  writes: readonly Write[],
  prefetched: PrefetchedItems | undefined,
): Promise<boolean> {
  const { organization } = decision;
  const { random } = dependencies;
  const entity = serialEntityOf(writes);
  if (entity !== undefined && prefetched && (await othersWait(dependencies, organization, entity, prefetched)))
    return false;
  const pauses = { random, wait: (time: number) => wait(Math.min(time, maxTurnPause)) };
  try {
    await commitClaims(dependencies, decision, writes, entity === undefined ? undefined : pauses);
    return true;
  } catch (error) {
    if (isLostRace(error, entity)) return false;
    throw error;
  }
}
