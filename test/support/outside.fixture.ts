import { monotonicFactory } from 'ulid';
import type { Dependencies } from '../../shared/runtime/dependencies.ts';
import type { Store } from '../../shared/dynamodb/client.ts';
import type { Queue } from '../../shared/contract/queues.ts';
import type { Message, Queues } from '../../shared/queue/queues.ts';

/** What functions touch in a test that needs no accounts. */

/** Queues that keep the messages sent, up to a limit. */
export type KeptQueues = Queues & {
  readonly sent: { readonly queue: Queue; readonly message: Message }[];
  /** Messages that are still taken. */ room: number;
  waiting: number;
};

export function keptQueues(): KeptQueues {
  const queues: KeptQueues = {
    sent: [],
    room: Infinity,
    waiting: 0,
    send: async (queue, messages) => {
      if (messages.length > queues.room) throw new Error('the queue takes no more');
      queues.room -= messages.length;
      queues.sent.push(...messages.map((message) => ({ queue, message })));
    },
    depth: async () => queues.waiting,
  };
  return queues;
}

/** A store that rejects every call. */
const noStore: Store = {
  tableName: 'none',
  client: { send: () => Promise.reject(new Error('this test has no store')) },
};

/** `faults`: what raised an alarm. `notes`: what was noted. */
export type PlainDependencies = Dependencies & {
  readonly queues: KeptQueues;
  readonly faults: unknown[];
  readonly notes: string[];
  now: Date;
};

export function plainDependencies(store: Store = noStore): PlainDependencies {
  const ulid = monotonicFactory();
  const faults: unknown[] = [];
  const notes: string[] = [];
  const dependencies: PlainDependencies = {
    store,
    faults,
    notes,
    queues: keptQueues(),
    now: new Date('2026-11-20T10:00:00.000Z'),
    clock: () => dependencies.now,
    nextId: (prefix) => `${prefix}_${ulid(dependencies.now.getTime())}`,
    random: () => 0.5,
    log: {
      request: () => undefined,
      fault: (error) => void faults.push(error),
      note: (message) => void notes.push(message),
    },
    environment: {},
  };
  return dependencies;
}
