/**
 * Sends GET requests at a fixed rate whatever the answers do (an open loop), from a process of its own, and prints what
 * it saw as JSON: `node steady-load.ts <rate per second> <seconds>`, addresses and token on standard input.
 */
import { spawn } from 'node:child_process';
import { Agent, get } from 'node:http';
import { json, text } from 'node:stream/consumers';
import * as z from 'zod';

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
  process.stdout.write(JSON.stringify(await steadyLoad(Orders.parse(JSON.parse(await text(process.stdin))), rate, seconds)));
  process.exit(0);
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
  const begun = performance.now();
  const total = rate * seconds;
  const pending: Promise<void>[] = [];
  await new Promise<void>((done) => {
    let sent = 0;
    const timer = setInterval(() => {
      // The first is due at once.
      const due = Math.min(total, 1 + Math.floor(((performance.now() - begun) * rate) / 1_000));
      for (; sent < due; sent += 1) {
        const dueAt = begun + (sent * 1_000) / rate;
        const address = addresses[(sent * 7_919) % addresses.length] ?? '';
        pending.push(ask(agent, address, token).then((status) => {
          times.push(performance.now() - dueAt);
          if (status !== 200) failures += 1;
        }));
      }
      if (sent < total) return;
      clearInterval(timer);
      done();
    }, 1);
  });
  await Promise.all(pending);
  return { times, failures };
}
