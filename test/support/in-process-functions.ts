import { existsSync } from 'node:fs';
import type { DynamoDBStreamEvent, SQSBatchResponse } from 'aws-lambda';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Derive } from '#contract/derived.ts';
import type { Consumer, Feed, FunctionContract } from '#contract/resource.ts';
import { consumersIn } from '#contract/shared-queues.ts';
import { contracts } from '#functions/contracts.ts';
import { folderOf } from '#infra/bundle.ts';
import type { Store } from '#dynamodb/client.ts';
import type { ConsumerDependencies } from '#runtime/consume.ts';
import { handlerOfParts } from '#queue/parts.ts';
import { deletionsConsumer } from './cascades.fixture.ts';
import { derivedAssets } from './derived-assets.fixture.ts';
import type { QueueConsumer, RunConsumer } from './in-process-queues.ts';

/** The functions of all contracts, from the `handler.ts` of their folders, with the dependencies of a test. */

const root = new URL('../../', import.meta.url);

export type Run = (event: never, context: object) => Promise<unknown>;
type Factory = (dependencies: ConsumerDependencies, more?: unknown) => Run;

const camelCase = (name: string): string => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** What makes the handler: the only function that a module exports for that. @throws Error if it is not clear which */
function factoryIn(module: Readonly<Record<string, unknown>>, { name }: FunctionContract): Factory {
  const functions = Object.entries(module).filter(
    (entry): entry is [string, Factory] => entry[0] !== 'handler' && typeof entry[1] === 'function',
  );
  const named = functions.filter(([each]) => each.endsWith('Handler'));
  const [found, ...others] = named.length > 1 ? named.filter(([each]) => each === `${camelCase(name)}Handler`) : named;
  const factory = found ?? functions[0];
  if (factory === undefined || others.length > 0 || (found === undefined && functions.length > 1))
    throw new Error(`handler.ts of ${name} exports no function that makes the handler, or several`);
  return factory[1];
}

/** What the build puts beside the bundle of a function, which its `handler.ts` takes as second argument. */
async function assetsOf(folder: string): Promise<unknown> {
  const derived = new URL(`${folder}/derived.ts`, root);
  if (existsSync(derived)) return derivedAssets(((await import(derived.href)) as { readonly derive: Derive }).derive);
  return existsSync(new URL(`${folder}/browser`, root)) ? derivedAssets(() => ({})) : undefined;
}

async function load(contract: FunctionContract, dependencies: ConsumerDependencies): Promise<Run> {
  // It takes what the build derives in another form.
  if (contract.name === 'cascading-deletes') return deletionsConsumer(dependencies) as Run;
  const folder = folderOf(contract);
  const module = (await import(new URL(`${folder}/handler.ts`, root).href)) as Readonly<Record<string, unknown>>;
  return factoryIn(module, contract)(dependencies, await assetsOf(folder));
}

export type InProcessFunctions = {
  /** Runs a function by the name of its contract. */
  readonly run: (name: string, event: unknown, context?: object) => Promise<unknown>;
  readonly consumerOf: (queue: string) => Promise<QueueConsumer>;
  /** A store whose stream invokes the feeds, as the table's does, for events that start a consumer. */
  readonly withFeeds: (store: Store) => Store;
};

/** Functions are loaded with their first event. @param dependenciesOf those of a function */
export function inProcessFunctions(
  dependenciesOf: (contract: FunctionContract) => ConsumerDependencies,
): InProcessFunctions {
  const consumers = consumersIn(contracts);
  const byName = new Map([...contracts, ...consumers].map((contract) => [contract.name, contract]));
  const loaded = new Map<string, Promise<Run>>();
  const find = (name: string): Promise<Run> => {
    const contract = byName.get(name);
    if (contract === undefined) throw new Error(`there is no function ${name}`);
    const run = loaded.get(name) ?? load(contract, dependenciesOf(contract));
    loaded.set(name, run);
    return run;
  };
  const run: InProcessFunctions['run'] = async (name, event, context = {}) =>
    (await find(name))(event as never, context);

  const consumerOf: InProcessFunctions['consumerOf'] = async (queue) => {
    const own = consumers.filter((consumer) => consumer.queue === queue);
    const [first] = own;
    if (first === undefined) throw new Error(`no function consumes ${queue}`);
    const { environment } = dependenciesOf(first);
    const parts = own.map((contract) => {
      const handler: RunConsumer = async (event, context) =>
        (await run(contract.name, event, context)) as SQSBatchResponse;
      return { contract, handler: (event: Parameters<RunConsumer>[0]) => handler(event, contextFor(contract.name)) };
    });
    return { batchSize: Math.min(...own.map(({ batchSize }) => batchSize)), run: handlerOfParts(parts, environment) };
  };

  const starting = eventsThatStart(consumers);
  const feeds = contracts.filter((contract): contract is Feed => contract.kind === 'feed');
  const withFeeds = (store: Store): Store => {
    const { client } = store;
    const notify = async (items: readonly TransactWriteItem[]): Promise<void> => {
      for (const feed of feeds) {
        const event = streamEvent(items, feed, starting);
        if (event.Records.length > 0) await run(feed.name, event);
      }
    };
    const send: typeof client.send = async (command: { readonly input?: { TransactItems?: TransactWriteItem[] } }) => {
      const answer = await client.send(command as never);
      const { TransactItems: items } = command.input ?? {};
      if (items !== undefined) await notify(items);
      return answer;
    };
    return { ...store, client: { send } };
  };
  return { run, consumerOf, withFeeds };
}

const contextFor = (functionName: string) =>
  ({ functionName, awsRequestId: crypto.randomUUID(), getRemainingTimeInMillis: () => 20_000 }) as never;

/**
 * The types of events that start a consumer of their own. All others wait for the sweeper, as if the stream had missed
 * them: to seal each event of the proofs would take as much CPU time as the requests.
 */
const eventsThatStart = (consumers: readonly Consumer[]): ReadonlySet<string> =>
  new Set(consumers.flatMap(({ startedBy }) => (typeof startedBy?.events === 'object' ? startedBy.events : [])));

/** What the stream has of a transaction: keys of what it inserts, of the entities of a feed. @param types of events */
const streamEvent = (
  items: readonly TransactWriteItem[],
  { entities }: Feed,
  types: ReadonlySet<string>,
): DynamoDBStreamEvent => ({
  Records: items.flatMap(({ Put: { Item, ConditionExpression: condition = '' } = {} }, at) => {
    if (!condition.includes('attribute_not_exists') || !types.has(Item?.['type']?.S ?? '')) return [];
    const [PK, SK] = [Item?.['PK']?.S ?? '', Item?.['SK']?.S ?? ''];
    if (!entities.some((entity) => PK.startsWith(`${entity}#`))) return [];
    return [{ dynamodb: { Keys: { PK: { S: PK }, SK: { S: SK } }, SequenceNumber: String(at) } }];
  }),
});
