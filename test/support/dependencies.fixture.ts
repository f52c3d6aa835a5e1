import { monotonicFactory } from 'ulid';
import type { Queue } from '#contract/queues.ts';
import type { Store } from '#dynamodb/client.ts';
import type { DeadLetters } from '#queue/dead-letters.ts';
import type { Message, Queues } from '#queue/queues.ts';
import type { Dependencies } from '#runtime/dependencies.ts';
import type { Invoke } from '#runtime/invoke.ts';
import type { RequestLine } from '#runtime/log.ts';
import type { Secrets } from '#secrets/secrets.ts';
import { second } from '#schema/time.ts';
import { memorySecrets } from './secrets.fixture.ts';

/** The dependencies of a function in a test: a real store or none, a manual clock, queues and secrets in memory. */

export const issuer = 'https://trunkline.test';
/** Password of the operator organization's `admin`. */
export const adminPassword = 'Correct-Horse-Battery-9';
/** The time of most tests. */
export const noon = new Date('2026-11-20T12:00:00.000Z');
const morning = new Date('2026-11-20T10:00:00.000Z');

/** A clock that tests set. Several dependencies may share one. */
export type ManualClock = {
  readonly now: () => Date;
  readonly set: (now: Date) => void;
  /** @param seconds by which the clock advances */
  readonly advance: (seconds: number) => void;
};

/** @param start ISO 8601 */
export function manualClock(start = morning.toISOString()): ManualClock {
  let milliseconds = Date.parse(start);
  return {
    now: () => new Date(milliseconds),
    set: (now) => {
      milliseconds = now.getTime();
    },
    advance: (seconds) => {
      milliseconds += seconds * second;
    },
  };
}

/** Queues that record the messages sent. */
export type MemoryQueues = Queues & {
  readonly sent: { readonly queue: Queue; readonly message: Message }[];
  /** Number of messages that `send` still accepts; beyond it throws. */
  room: number;
  /** What `depth` answers. */
  waiting: number;
};

export function memoryQueues(): MemoryQueues {
  const queues: MemoryQueues = {
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

/** Asks no function: a test whose function asks one passes what answers (`emergency-warnings.fixture.ts`). */
const invokeNone: Invoke = ({ name }) => Promise.reject(new Error(`this test has no ${name}`));

export type TestDependencies = Dependencies & {
  /** Rejects: a test whose consumer gets an unreadable message passes what takes it. */
  readonly deadLetters: DeadLetters;
  readonly queues: MemoryQueues;
  readonly secrets: Secrets;
  /** Logged requests, errors that raise an alarm, and notes. */
  readonly requests: RequestLine[];
  readonly faults: unknown[];
  readonly notes: string[];
  /** The time of the clock. */
  now: Date;
};

type Options = {
  readonly clock?: ManualClock;
  readonly secrets?: Secrets;
  /** Added to the environment of all tests, whose rate limits are a thousand times as high. */
  readonly environment?: Readonly<Record<string, string>>;
};

/** @param store by default one that rejects every call */
export function testDependencies(
  store: Store = noStore,
  { clock = manualClock(), secrets = memorySecrets(), environment = {} }: Options = {},
): TestDependencies {
  const ulid = monotonicFactory();
  const requests: RequestLine[] = [];
  const faults: unknown[] = [];
  const notes: string[] = [];
  return {
    store,
    secrets,
    invoke: invokeNone,
    deadLetters: ({ problem }) => Promise.reject(new Error(`this test has no dead letters: ${problem}`)),
    queues: memoryQueues(),
    requests,
    faults,
    notes,
    get now() {
      return clock.now();
    },
    set now(now) {
      clock.set(now);
    },
    clock: clock.now,
    nextId: (prefix) => `${prefix}_${ulid(clock.now().getTime())}`,
    random: () => 0.5,
    log: {
      request: (line) => void requests.push(line),
      fault: (error) => void faults.push(error),
      note: (message) => void notes.push(message),
    },
    environment: { PUBLIC_URL: issuer, RATE_LIMIT_SCALE: '1000', ADMIN_PASSWORD: adminPassword, ...environment },
  };
}
