import * as z from 'zod';
import type { Bucket } from './buckets.ts';
import type { Queue } from './queues.ts';
import type { Consumer, FunctionContract } from './resource.ts';

/**
 * Consumers of rare messages share a queue and a function, as Lambda polls each queue all the time and each receive is
 * charged. A consumer whose messages are many, or must not wait for those of others, has a queue of its own.
 */

/**
 * Declares the function and the queue that several consumers share: those that name this queue. Each declares its
 * messages, effects and triggers as if it were alone; the function has what all of them declare.
 */
export const sharedConsumer = (name: string, { area }: Pick<Consumer, 'area'>): Consumer => ({
  kind: 'consumer',
  name,
  area,
  queue: name,
  message: z.never(),
  effects: [],
  timeout: 0,
  batchSize: 0,
  batchWindow: 0,
  maximumConcurrency: 0,
  parts: [],
});

const isConsumer = (contract: FunctionContract): contract is Consumer => contract.kind === 'consumer';

/** The consumers, in place of a shared one those that share it. */
export const consumersIn = (contracts: readonly FunctionContract[]): readonly Consumer[] =>
  contracts.filter(isConsumer).flatMap((contract) => contract.parts ?? [contract]);

function withParts(shared: Consumer, parts: readonly Consumer[]): Consumer {
  const [dispatches] = parts.flatMap((part) => part.dispatches ?? []);
  const [memory] = parts.flatMap((part) => part.memory ?? []).toSorted((one, other) => other - one);
  return {
    ...shared,
    message: z.union(parts.map(({ message }) => message)),
    effects: parts.flatMap(({ effects }) => effects),
    timeout: Math.max(...parts.map(({ timeout }) => timeout)),
    batchSize: Math.min(...parts.map(({ batchSize }) => batchSize)),
    batchWindow: Math.min(...parts.map(({ batchWindow }) => batchWindow)),
    maximumConcurrency: parts.reduce((sum, { maximumConcurrency }) => sum + maximumConcurrency, 0),
    ...(dispatches === undefined ? {} : { dispatches }),
    ...(memory === undefined ? {} : { memory }),
    cascades: parts.flatMap(({ cascades = [] }) => cascades),
    parts,
  };
}

/** The contracts; those that share a queue are parts of the function that consumes it. */
export function withSharedQueues(contracts: readonly FunctionContract[]): readonly FunctionContract[] {
  const shared = new Set(
    contracts.filter(isConsumer).flatMap(({ parts, queue }) => (parts === undefined ? [] : queue)),
  );
  const isPart = (contract: Consumer): boolean => contract.parts === undefined && shared.has(contract.queue);
  const parts = contracts.filter(isConsumer).filter(isPart);
  return contracts.flatMap((contract): readonly FunctionContract[] => {
    if (!isConsumer(contract)) return [contract];
    if (isPart(contract)) return [];
    const own = parts.filter(({ queue }) => queue === contract.queue);
    return [contract.parts === undefined ? contract : withParts(contract, own)];
  });
}

/** The queue that is notified of new objects in a bucket, if a consumer takes them. */
export const uploadQueueOf = (contracts: readonly FunctionContract[], bucket: Bucket): Queue | undefined =>
  consumersIn(contracts).find(({ uploads }) => uploads === bucket)?.queue;

/** The queue of the reports of a provider, if a consumer takes them. */
export const reportQueueOf = (contracts: readonly FunctionContract[], provider: 'email' | 'sms'): Queue | undefined =>
  consumersIn(contracts).find(({ reports }) => reports === provider)?.queue;
