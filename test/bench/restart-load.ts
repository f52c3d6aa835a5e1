/**
 * Phones that all restart: each registers again with a new Call-ID and without a nonce, so each is challenged. From a
 * process of its own: first so many at a time (a closed loop), then at twice the rate that was accepted, whatever the
 * answers do (an open loop). Orders on standard input, what it saw on standard output, both JSON.
 */
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { openLine, phoneOn, type Line } from './load-phone.ts';
import { openLoop } from './open-loop.ts';

const Orders = z.object({
  port: z.int(),
  domain: z.string(),
  password: z.string(),
  usernames: z.array(z.string()),
  /** Local addresses that the phones share. */
  sources: z.array(z.string()),
  /** Phones that restart at the same time. */
  concurrent: z.int(),
  /** Duration of each measurement. */
  seconds: z.number(),
});
export type StormOrders = Readonly<z.output<typeof Orders>>;

/** What was seen. */
export type Storm = {
  /** Milliseconds from a restart until it was accepted, of the closed loop. */
  readonly times: readonly number[];
  /** Accepted registrations a second: of the closed loop, and offered and accepted of the open one. */
  readonly rate: number;
  readonly offered: number;
  readonly accepted: number;
};

type Phone = ReturnType<typeof phoneOn>;

/** Restarts phones in turn. One that is still registering is passed over. */
function restarting(phones: readonly Phone[]): () => Promise<boolean> {
  const idle = [...phones];
  return async () => {
    const phone = idle.shift();
    if (phone === undefined) return false;
    phone.restart();
    return phone.register().finally(() => idle.push(phone));
  };
}

/** Each of so many workers restarts one phone after the other. */
async function inTurn(
  concurrent: number,
  seconds: number,
  restart: () => Promise<boolean>,
): Promise<readonly number[]> {
  const end = performance.now() + seconds * 1_000;
  const times: number[] = [];
  const work = async (): Promise<void> => {
    while (performance.now() < end) {
      const begun = performance.now();
      if ((await restart()) && performance.now() < end) times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: concurrent }, work));
  return times;
}

/** Accepted restarts a second while so many a second are due, after the first quarter of the time. */
async function atRate(rate: number, seconds: number, restart: () => Promise<boolean>): Promise<number> {
  const from = performance.now() + seconds * 250;
  const end = from + seconds * 750;
  let accepted = 0;
  await openLoop(rate, Math.round(rate * seconds), async () => {
    if ((await restart()) && performance.now() > from && performance.now() < end) accepted += 1;
  });
  return accepted / (0.75 * seconds);
}

const orders = Orders.parse(JSON.parse(await text(process.stdin)));
const lines = await Promise.all(orders.sources.map(openLine));
const phones = orders.usernames.map((username, at) => phoneOn(lines[at % lines.length] as Line, username, orders));
let first = 0;
await Promise.all(
  Array.from({ length: orders.concurrent }, async () => {
    while (first < phones.length) await phones[first++]?.register();
  }),
);
const restart = restarting(phones);
const times = await inTurn(orders.concurrent, orders.seconds, restart);
const rate = times.length / orders.seconds;
const offered = 2 * rate;
const storm: Storm = { times, rate, offered, accepted: await atRate(offered, orders.seconds, restart) };
process.stdout.write(JSON.stringify(storm), () => process.exit(0));
