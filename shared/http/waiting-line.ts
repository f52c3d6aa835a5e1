import type { Entity } from '../contract/entities.ts';
import type { Store } from '../dynamodb/client.ts';
import { lineRow, type Line } from '../dynamodb/rows/line.ts';
import { tableFor } from '../dynamodb/table.ts';
import { updateItem } from '../dynamodb/update-item.ts';
import { AppError } from '../errors.ts';
import { hour, second } from '../schema/time.ts';

/**
 * A waiting line in the store, first come first served (shared/http/README.md, "Turns"). It orders requests, and
 * nothing depends on it: the conditions of their transactions decide.
 */

/** Milliseconds after which a turn that does not end is skipped: its process has died. */
const turnTimeout = second;
/** Milliseconds between two looks, for each ticket ahead. */
const pausePerTicket = 10;
const maxPause = 200;

export type LineContext = {
  readonly store: Store;
  readonly organization: number;
  readonly entity: Entity;
  /** Milliseconds. */
  readonly now: () => number;
  /** @param time milliseconds */
  readonly wait: (time: number) => Promise<unknown>;
};

const servedIn = (line: Line | undefined): number => line?.served ?? 0;

/** Whether requests wait, so that a new one must wait behind them. */
export async function hasLine({ store, organization, entity }: LineContext): Promise<boolean> {
  const line = await tableFor(store, organization).get(lineRow(entity), {});
  return (line?.issued ?? 0) > servedIn(line);
}

/** Takes the next ticket. */
async function takeTicket({ store, organization, entity, now }: LineContext): Promise<number> {
  const { item } = await updateItem(
    store,
    { organization, row: lineRow(entity), key: {} },
    { set: { ttl: Math.ceil((now() + hour) / second) }, add: { issued: 1 } },
  );
  return item?.issued ?? 1;
}

/** Ends the turns up to a ticket. The end of a turn that was skipped changes nothing. */
async function endTurn({ store, organization, entity }: LineContext, ticket: number): Promise<void> {
  await updateItem(
    store,
    { organization, row: lineRow(entity), key: {} },
    {
      set: { served: ticket },
      onlyIf: {
        expression: 'attribute_not_exists(#served) OR #served < :ticket',
        names: { '#served': 'served' },
        values: { ':ticket': ticket },
      },
    },
  );
}

/** Waits for the turn of a ticket. @returns false at the deadline (milliseconds, as `now`) */
async function awaitTurn(context: LineContext, ticket: number, deadline: number): Promise<boolean> {
  const table = tableFor(context.store, context.organization);
  let seen = { served: -1, at: 0 };
  for (;;) {
    const served = servedIn(await table.get(lineRow(context.entity), {}));
    const now = context.now();
    if (served >= ticket - 1) return true;
    if (now >= deadline) return false;
    if (served !== seen.served) seen = { served, at: now };
    else if (now - seen.at > turnTimeout) await endTurn(context, served + 1);
    await context.wait(Math.min(maxPause, pausePerTicket * (ticket - 1 - served)));
  }
}

/**
 * Repeats an attempt in turn until it succeeds.
 * @param attempt undefined: another writer was faster
 * @param deadline milliseconds, as `now`
 * @throws AppError UNAVAILABLE at the deadline; the errors of the attempt
 */
export async function attemptInTurn<Result>(
  context: LineContext,
  deadline: number,
  attempt: () => Promise<Result | undefined>,
): Promise<Result> {
  const ticket = await takeTicket(context);
  const unavailable = () =>
    new AppError('UNAVAILABLE', 'Too many requests change this resource; try again', { retryAfter: 1 });
  if (!(await awaitTurn(context, ticket, deadline))) throw unavailable();
  try {
    while (context.now() < deadline) {
      const result = await attempt();
      if (result !== undefined) return result;
    }
    throw unavailable();
  } finally {
    // If this fails, the turn is skipped after its timeout. The caller gets its answer.
    await endTurn(context, ticket).catch(() => undefined);
  }
}
