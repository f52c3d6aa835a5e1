import { setTimeout as pause } from 'node:timers/promises';
import type { Effect } from '../contract/effects.ts';
import type { Entity } from '../contract/entities.ts';
import { AppError } from '../errors.ts';
import { hour, second } from '../schema/time.ts';
import type { Store } from './client.ts';
import { itemKeyAt, type Prefetch } from './prefetch.ts';
import { lineRow, type Line } from './line.ts';
import { tableFor } from './table.ts';
import { isHeld, updateItem } from './update-item.ts';
import type { Update } from './update-expression.ts';
import type { Write } from './write.ts';

/**
 * The waiting line of the writers of one item, first come first served over all processes (shared/http/README.md,
 * "Turns"). It only orders them: the conditions of their transactions decide, whatever the line says.
 */

/** Milliseconds that a ticket is valid. A live request renews its ticket; that of a dead one is then passed over. */
const lease = 2 * second;
/** Milliseconds between two looks at the line, for each ticket ahead, at least: no turn is shorter. */
const pausePerTicket = 15;
const maxPause = 500;
const maxUpdates = 4;

export type LineContext = {
  readonly store: Store;
  readonly clock: () => Date;
  readonly nextId: (prefix: string) => string;
  /** @param time milliseconds */
  readonly wait?: (time: number) => Promise<unknown>;
};

/** The line of an organization's item. */
export type LineOf = { readonly organization: number; readonly entity: Entity };

/** The entity whose writers take turns, if one of the writes is to it. */
export const serialEntityOf = (writes: readonly Write[]): Entity | undefined =>
  writes.find(({ inTurn }) => inTurn === true)?.effect;

/** The keys of the lines in which an endpoint with these effects may have to wait. */
export const lineKeysOf = (effects: readonly Effect[]): ReturnType<Prefetch> =>
  effects.flatMap((effect) =>
    effect.kind === 'writes' && effect.inTurn === true ? [itemKeyAt(lineRow(effect.entity), {})] : [],
  );

/** Ids of the valid tickets, oldest first. Their ULIDs order them across processes, up to the skew of their clocks. */
const waitingIn = (line: Line, now: number): string[] =>
  Object.keys(line)
    .filter((ticket) => (line[ticket] ?? 0) > now)
    .toSorted();

/** Whether requests wait, so that a new one waits behind them. @param now Unix milliseconds */
export const isAwaited = (line: Line | undefined, now: number): boolean => waitingIn(line ?? {}, now).length > 0;

/** Updates the line. An update that the store rejects for a transaction on the item is repeated. */
async function updateLine({ store }: LineContext, { organization, entity }: LineOf, change: Update): Promise<Line> {
  const location = { organization, row: lineRow(entity), key: {} };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await updateItem(store, location, change)).item ?? {};
    } catch (error) {
      if (attempt === maxUpdates || !isHeld(error)) throw error;
    }
  }
}

/** The ticket of one request. */
function ticketIn(context: LineContext, of: LineOf) {
  const { store, clock, nextId } = context;
  const ticket = nextId('turn');
  const ttl = () => Math.ceil((clock().getTime() + hour) / second);
  let line: Line = {};
  let validUntil = 0;

  /** Takes the ticket, or makes it valid again. */
  async function renew(): Promise<void> {
    validUntil = clock().getTime() + lease;
    line = await updateLine(context, of, { set: { [ticket]: validUntil, ttl: ttl() } });
  }

  /** Looks at the line; renews the ticket when half of its time is over. @returns the number of tickets ahead */
  async function look(): Promise<number> {
    if (validUntil - clock().getTime() <= lease / 2) await renew();
    else line = (await tableFor(store, of.organization).get(lineRow(of.entity), {})) ?? {};
    return waitingIn(line, clock().getTime()).filter((other) => other < ticket).length;
  }

  /** Takes the ticket from the line, and those that are no longer valid. */
  async function leave(): Promise<void> {
    const now = clock().getTime();
    const invalid = Object.keys(line).filter((other) => other !== ticket && (line[other] ?? 0) <= now);
    await updateLine(context, of, { set: { ttl: ttl() }, clear: [ticket, ...invalid] });
  }

  return { look, leave };
}

/**
 * Says how long to wait before the next look: a quarter of the time that those ahead need, as far as the line has
 * moved. Looks that are too frequent slow down the turns that they wait for, on a busy machine above all.
 */
function newPacer() {
  let first: { readonly ahead: number; readonly at: number } | undefined;
  return (ahead: number): number => {
    first ??= { ahead, at: performance.now() };
    const turns = first.ahead - ahead;
    const perTurn = turns > 0 ? (performance.now() - first.at) / turns : 0;
    return Math.min(maxPause, ahead * Math.max(pausePerTicket, perTurn / 4));
  };
}

/**
 * Waits for its turn and repeats an attempt until it succeeds.
 * @param attempt undefined: another writer was faster
 * @param deadline Unix milliseconds
 * @throws AppError UNAVAILABLE at the deadline; the errors of the attempt
 */
export async function attemptInTurn<Result>(
  context: LineContext,
  of: LineOf,
  attempt: () => Promise<Result | undefined>,
  deadline: number,
): Promise<Result> {
  const { clock, wait = pause } = context;
  const ticket = ticketIn(context, of);
  const pauseFor = newPacer();
  try {
    while (clock().getTime() < deadline) {
      const ahead = await ticket.look();
      const result = ahead === 0 ? await attempt() : undefined;
      if (result !== undefined) return result;
      await wait(pauseFor(ahead));
    }
    throw new AppError('UNAVAILABLE', 'Too many requests change this resource; try again', { retryAfter: 1 });
  } finally {
    // If this fails, the ticket becomes invalid by itself. The caller gets its answer.
    await ticket.leave().catch(() => undefined);
  }
}
