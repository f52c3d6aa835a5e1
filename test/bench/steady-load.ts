/**
 * Sends GET requests from a process of its own, and prints what it saw as JSON: at a fixed rate whatever the answers do
 * (an open loop, `node steady-load.ts <rate per second> <seconds>`), or each after the answer to the one before
 * (`node steady-load.ts <requests>`); addresses and token on standard input.
 */
import { spawn } from 'node:child_process';
import { Agent, get } from 'node:http';
import { json, text } from 'node:stream/consumers';
import * as z from 'zod';
import { openLoop } from './open-loop.ts';

/** Milliseconds from when a request was due until its answer was read. */
type LoadReport = { readonly times: readonly number[]; readonly failures: number };

const Orders = z.object({ token: z.string(), addresses: z.array(z.url()) });
export type Orders = Readonly<z.output<typeof Orders>>;

/** Requests at so many a second for so many seconds, from another process. */
export const load = (orders: Orders, rate: number, seconds: number): Promise<LoadReport> =>
  report(orders, [rate, seconds]);

/** So many requests, one after the other, from another process. */
export const inTurn = (orders: Orders, requests: number): Promise<LoadReport> => report(orders, [requests]);

async function report(orders: Orders, settings: readonly number[]): Promise<LoadReport> {
  const child = spawn(process.execPath, [import.meta.filename, ...settings.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(orders));
  return (await json(child.stdout)) as LoadReport;
}

if (import.meta.main) {
  const [first = 100, seconds] = process.argv.slice(2).map(Number);
  const orders = Orders.parse(JSON.parse(await text(process.stdin)));
  const seen = seconds === undefined ? await oneByOne(orders, first) : await steadyLoad(orders, first, seconds);
  // Ends when all of it is written: idle connections would keep the process for a while.
  process.stdout.write(JSON.stringify(seen), () => process.exit(0));
}

function ask(agent: Agent, address: string, token: string): Promise<number> {
  return new Promise((resolve) => {
    const sent = get(
      address,
      { agent, headers: { authorization: `Bearer ${token}`, accept: 'application/json' } },
      (answer) => {
        answer.resume();
        answer.on('end', () => {
          resolve(answer.statusCode ?? 0);
        });
      },
    );
    sent.on('error', () => {
      resolve(0);
    });
  });
}

async function steadyLoad({ token, addresses }: Orders, rate: number, seconds: number): Promise<LoadReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const times: number[] = [];
  let failures = 0;
  await openLoop(rate, rate * seconds, async (at, due) => {
    const status = await ask(agent, addresses[(at * 7_919) % addresses.length] ?? '', token);
    times.push(performance.now() - due);
    if (status !== 200) failures += 1;
  });
  return { times, failures };
}

async function oneByOne({ token, addresses }: Orders, requests: number): Promise<LoadReport> {
  const agent = new Agent({ keepAlive: true });
  const times: number[] = [];
  let failures = 0;
  for (let at = 0; at < requests; at += 1) {
    const begun = performance.now();
    const status = await ask(agent, addresses[at % addresses.length] ?? '', token);
    times.push(performance.now() - begun);
    if (status !== 200) failures += 1;
  }
  return { times, failures };
}
