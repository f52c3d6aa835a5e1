/**
 * Sends GET requests at a fixed rate whatever the answers do (an open loop), from a process of its own, and prints what
 * it saw as JSON: `node steady-load.ts <rate per second> <seconds>`, addresses and token on standard input.
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
export async function load(orders: Orders, rate: number, seconds: number): Promise<LoadReport> {
  const child = spawn(process.execPath, [import.meta.filename, String(rate), String(seconds)], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(orders));
  return (await json(child.stdout)) as LoadReport;
}

if (import.meta.main) {
  const [rate = 100, seconds = 1] = process.argv.slice(2).map(Number);
  const report = await steadyLoad(Orders.parse(JSON.parse(await text(process.stdin))), rate, seconds);
  // Ends when all of it is written: idle connections would keep the process for a while.
  process.stdout.write(JSON.stringify(report), () => process.exit(0));
}

function ask(agent: Agent, address: string, token: string): Promise<number> {
  return new Promise((resolve) => {
    const sent = get(address, { agent, headers: { authorization: `Bearer ${token}`, accept: 'application/json' } }, (answer) => {
      answer.resume();
      answer.on('end', () => { resolve(answer.statusCode ?? 0); });
    });
    sent.on('error', () => { resolve(0); });
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
