import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '#errors.ts';
import { tableFor } from '#dynamodb/table.ts';
import { isHeld, updateItem } from '#dynamodb/update-item.ts';
import type { Update } from '#dynamodb/update-expression.ts';
import { addToWindow, limitOf, minuteOf, scaled, type Environment } from '#limits/rate-limits.ts';
import type { Dependencies } from '#runtime/dependencies.ts';
import { hour, second } from '#schema/time.ts';
import { hashingQueueRow, type HashingQueueItem } from './row.ts';
import { rankIn, turnOf, type QueueLimits, type Ticket, type Tickets } from './hashing-queue.ts';
import type { Attempt } from '../schema/lockout-rules.ts';

/**
 * Who may have a password hashed (functions/accounts/auth/README.md, "Under attack"). A hash takes a whole processor
 * for a fifth of a second, so that a flood of guesses would take all of them. A name has a share of its own in the
 * networks in which it logged in; all other attempts wait in one queue, so that it holds on slow machines too.
 */
export type PasswordShare = {
  /**
   * Takes a part of the share of an attempt, once per request, as a decision may be repeated. A stranger waits for it.
   * @param isKnown whether the name logged in from the network
   * @returns gives it back after the hash
   * @throws AppError UNAVAILABLE when the queue of strangers is full, or does not move on in time
   */
  readonly enter: (request: object, attempt: Attempt, isKnown: boolean) => Promise<GiveBack>;
};

type GiveBack = () => Promise<void>;

/**
 * Hashes of a name in all networks in which it logged in, per minute: more are those of a stranger, even with right
 * passwords, so that the holder of one account takes no more, whatever number of networks it logged in from.
 */
const ofKnown = 60;

/** Milliseconds for which a stranger waits at most. */
const maxWait = 5 * second;
/** Milliseconds between two looks at the queue. */
const interval = 250;
/** Milliseconds. A turn that a crash did not give back is lost for as long at most. */
const turn = 10 * second;

/** Attempts that wait at most: each holds an environment of the function. Others are rejected at once. */
export const maxWaiting = 3;
/** Hashes of one network at once. */
const ofNetwork = 1;

const keep: GiveBack = () => Promise.resolve();

type Context = Pick<Dependencies, 'store' | 'environment' | 'clock' | 'nextId' | 'random'> & {
  /** @param time milliseconds */
  readonly wait?: (time: number) => Promise<unknown>;
};

const isTicket = (entry: [string, unknown]): entry is [string, Ticket] => entry[0].startsWith('turn_');

/** The tickets that count, and the ids of the others. */
function ticketsIn(item: HashingQueueItem | undefined, now: number): { tickets: Tickets; invalid: readonly string[] } {
  const all = Object.entries(item ?? {}).filter(isTicket);
  return {
    tickets: Object.fromEntries(all.filter(([, { until }]) => until > now)),
    invalid: all.filter(([, { until }]) => until <= now).map(([id]) => id),
  };
}

/** Those of tests with many log-ins are scaled, as all their clients are in one network. */
const queueLimits = (environment: Environment): QueueLimits => ({
  atOnce: limitOf(environment, 'RATE_LIMIT_STRANGERS'),
  ofNetwork: Math.max(1, scaled(environment, ofNetwork)),
  waiting: scaled(environment, maxWaiting),
});

const unchanged = ({ version }: HashingQueueItem = {}) => ({
  expression: version === undefined ? 'attribute_not_exists(#version)' : '#version = :read',
  names: { '#version': 'version' },
  ...(version === undefined ? {} : { values: { ':read': version } }),
});

/** The queue as stored. */
function storedQueue({ store, clock }: Context) {
  const table = tableFor<'rate'>(store, 0);
  const read = () => table.get(hashingQueueRow, {});
  /** @returns whether it was updated, and the queue as it is now */
  async function update(change: Omit<Update, 'add'>) {
    const ttl = Math.ceil((clock().getTime() + hour) / second);
    const set = { ...change.set, ttl };
    try {
      return await updateItem(
        store,
        { organization: 0, row: hashingQueueRow, key: {} },
        { ...change, set, add: { version: 1 } },
      );
    } catch (error) {
      if (!isHeld(error)) throw error;
      return { done: false, item: await read() };
    }
  }
  return { read, update };
}

/** @throws AppError UNAVAILABLE */
async function waitInQueue(context: Context, { network }: Attempt): Promise<GiveBack> {
  const { environment, clock, nextId, random, wait = pause } = context;
  const limits = queueLimits(environment);
  const { read, update } = storedQueue(context);
  const id = nextId('turn');
  // If this fails, the ticket becomes invalid by itself.
  const leave: GiveBack = async () => void (await update({ clear: [id] }).catch(() => undefined));
  let item = await read();
  let rank: number | undefined;
  let hasJoined = false;
  for (let waited = 0; waited < maxWait;) {
    const now = clock().getTime();
    const { tickets, invalid: clear } = ticketsIn(item, now);
    rank ??= rankIn(tickets, network);
    const own = { network, rank, until: now + turn, is_hashing: false };
    const next = turnOf({ ...tickets, [id]: own }, id, limits);
    if (next === 'leave') break;
    if (next === 'hash') {
      const taken = await update({ set: { [id]: { ...own, is_hashing: true } }, clear, onlyIf: unchanged(item) });
      if (taken.done) return leave;
      ({ item } = taken);
    } else if (!hasJoined) hasJoined = (await update({ set: { [id]: own }, clear })).done;
    // One that lost the race for a turn looks at the others' changes soon; the others have to change the queue first.
    const time = next === 'hash' ? (random() * interval) / 4 : interval;
    await wait(time);
    waited += time;
    if (next === 'wait') item = await read();
  }
  if (hasJoined) await leave();
  throw new AppError('UNAVAILABLE', 'Too many passwords are being checked; try again', { retryAfter: 1 });
}

export function passwordShare(context: Context): PasswordShare {
  const add = addToWindow(context.store);
  const entered = new WeakMap<object, Promise<GiveBack>>();

  async function take(attempt: Attempt, isKnown: boolean): Promise<GiveBack> {
    const { username, now } = attempt;
    const { minute } = minuteOf(new Date(now));
    if (isKnown && (await add(`known/${username}`, minute, 1)) <= ofKnown) return keep;
    return waitInQueue(context, attempt);
  }

  return {
    enter: (request, attempt, isKnown) => {
      // A repeated decision takes nothing, and has nothing to give back.
      const taken = entered.get(request)?.then(() => keep) ?? take(attempt, isKnown);
      entered.set(request, taken);
      return taken;
    },
  };
}
