/**
 * Phones that all restart: each registers again with a new Call-ID and without a nonce, so each is challenged. From a
 * process of its own: first so many at a time (a closed loop), then at twice the rate that was accepted, whatever the
 * answers do (an open loop). Orders on standard input, what it saw of each on standard output, a line of JSON each.
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

/** What was seen of the closed loop. */
export type InTurn = {
  /** Milliseconds from a restart until it was accepted. */
  readonly times: readonly number[];
  /** Accepted registrations a second. */
  readonly rate: number;
};
/** What was seen of the open loop: offered and accepted registrations a second, and how many were accepted in all. */
export type AtTwice = { readonly offered: number; readonly accepted: number; readonly all: number };

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

/** Restarts while so many a second are due; `accepted` counts after the first quarter of the time. */
async function atRate(rate: number, seconds: number, restart: () => Promise<boolean>): Promise<AtTwice> {
  const from = performance.now() + seconds * 250;
  const end = from + seconds * 750;
  let accepted = 0;
  let all = 0;
  await openLoop(rate, Math.round(rate * seconds), async () => {
    if (!(await restart())) return;
    all += 1;
    if (performance.now() > from && performance.now() < end) accepted += 1;
  });
  return { offered: rate, accepted: accepted / (0.75 * seconds), all };
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
const print = (seen: InTurn | AtTwice, then: () => void = () => undefined): void =>
  void process.stdout.write(`${JSON.stringify(seen)}\n`, then);
print({ times, rate });
print(await atRate(2 * rate, orders.seconds, restart), () => process.exit(0));
