/**
 * Phones that register at a fixed rate whatever the answers do (an open loop), from a process of its own: first each
 * once, then again and again. Orders on standard input, what it saw on standard output, both JSON.
 */
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { openLine, phoneOn, type Line } from './load-phone.ts';
import { openLoop } from './open-loop.ts';

/** Milliseconds from when a REGISTER was due until it was accepted; what was not, in time. */
export type Registrations = { readonly times: readonly number[]; readonly failures: number };

const Orders = z.object({
  port: z.int(),
  domain: z.string(),
  password: z.string(),
  usernames: z.array(z.string()),
  /** So many of them register before anything is measured, until this process and the registrar are compiled. */
  warmUp: z.int(),
  /** Local addresses that the phones share. */
  sources: z.array(z.string()),
  /** Registrations a second: of each phone its first; then, for so many seconds, refreshes. */
  first: z.number(),
  refreshes: z.number(),
  seconds: z.number(),
});
type Orders = z.output<typeof Orders>;

/** Registers so many times at a rate. @param register by its number */
async function steadily(
  rate: number,
  total: number,
  register: (at: number) => Promise<boolean>,
): Promise<Registrations> {
  const times: number[] = [];
  let failures = 0;
  await openLoop(rate, total, async (at, due) => {
    if (await register(at)) times.push(performance.now() - due);
    else failures += 1;
  });
  return { times, failures };
}

if (import.meta.main) {
  const orders = Orders.parse(JSON.parse(await text(process.stdin)));
  const lines = await Promise.all(orders.sources.map(openLine));
  const phones = orders.usernames.map((username, at) => phoneOn(lines[at % lines.length] as Line, username, orders));
  const warming = phones.splice(0, orders.warmUp);
  await steadily(orders.first, warming.length, (at) => warming[at]?.register() ?? Promise.resolve(false));
  const register = (at: number): Promise<boolean> => phones[at % phones.length]?.register() ?? Promise.resolve(false);
  const first = await steadily(orders.first, phones.length, register);
  const refreshes = await steadily(orders.refreshes, orders.refreshes * orders.seconds, register);
  process.stdout.write(JSON.stringify([first, refreshes]), () => process.exit(0));
}
