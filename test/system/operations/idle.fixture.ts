import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { second } from '#schema/time.ts';
import { past } from '#test/support/eventually.ts';
import type { OwnCloud } from '../cloud.ts';
import { processesOf } from '../processes.ts';

const Counts = z.record(z.string(), z.record(z.string(), z.number()));

/** Calls of AWS by all functions and services, reads of queues among them, since the start. */
async function requestsOf({ outputs }: OwnCloud): Promise<number> {
  const answer = await fetch(`${outputs['AwsEndpointUrl'] ?? ''}/_local/calls`);
  const counts = Object.values(Counts.parse(await answer.json())).flatMap((of) => Object.values(of));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** How often the main threads of processes have waited: they have waked as often (proc_pid_status(5)). */
function waitsOf(pids: readonly number[]): number {
  const waits = pids.map((pid) => {
    const [, count] = /^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(count);
  });
  return waits.reduce((sum, count) => sum + count, 0);
}

/**
 * What a cloud does that no one uses, on average of a second: its requests to itself, and how often its processes wake.
 * A busy machine does less of both, as a period begins with the end of a run.
 */
export async function usageOf(
  cloud: OwnCloud,
  { milliseconds }: { readonly milliseconds: number },
): Promise<{ readonly requests: number; readonly wakeUps: number }> {
  const pids = processesOf(cloud.pid);
  const [requests, waits] = [await requestsOf(cloud), waitsOf(pids)];
  await past(milliseconds);
  const perSecond = (count: number): number => (count * second) / milliseconds;
  return {
    requests: perSecond((await requestsOf(cloud)) - requests),
    wakeUps: perSecond(waitsOf(pids) - waits),
  };
}
