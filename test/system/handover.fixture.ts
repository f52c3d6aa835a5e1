import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import { NgClient } from '#functions/sip-sidecar/media/ng-client.ts';
import { Fault } from '#sip/fault.ts';
import { isSipUri, parseUri } from '#sip/uri.ts';
import { eventually } from '../support/eventually.ts';
import type { SoftCall } from '../support/soft-call.fixture.ts';
import type { Softphone } from '../support/softphone.fixture.ts';
import type { OwnCloud } from './cloud.ts';
import { environmentOf, processesOf } from './processes.ts';
import type { OwnTaskCloud, TaskAddress, TaskCloud } from './sidecar-tasks.fixture.ts';
import { newSoftphones, type Conversation } from './softphones.fixture.ts';

/** Calls that move from one task to another, as their phones see it. */

/** The task to which a phone sends its requests within a call. */
export function taskOf({ session }: SoftCall): string {
  const uri = parseUri(session.stored()?.target ?? '');
  return 'user' in uri ? (uri.user ?? '') : '';
}

/** Where that task is reached. */
export function taskAddressOf({ session }: SoftCall): TaskAddress {
  const uri = parseUri(session.stored()?.target ?? '');
  if (uri instanceof Fault || !isSipUri(uri)) throw new Error('the call has no target');
  return { address: uri.host, port: uri.port ?? 5_060 };
}

/** Waits until another task has a call. @param from the one that had it */
export const untilMoved = (call: SoftCall, from: string): Promise<void> =>
  eventually(() => expect([call.isUp, taskOf(call)]).toEqual([true, expect.not.stringMatching(from)]), 20_000);

export const sidesOf = (calls: readonly Conversation[]): readonly SoftCall[] =>
  calls.flatMap((call) => [call.caller, call.callee]);

let extension = 800;

/**
 * Waits until a task knows another one: a call from a phone of the one reaches a phone of the other.
 * @param open ends the phones
 */
export async function untilKnown(
  { tenant }: Pick<TaskCloud, 'tenant'>,
  from: TaskAddress,
  to: TaskAddress,
  open: { readonly use: (phone: Softphone) => Softphone },
): Promise<void> {
  const [called, calling] = [String(extension++), String(extension++)];
  // The one that takes the place of a stopped one is alive when it accepts a phone.
  const made = await eventually(
    async () => [...(await newSoftphones(tenant, [calling], from)), ...(await newSoftphones(tenant, [called], to))],
    30_000,
  );
  const [one, other] = made.map(({ phone }) => phone) as [Softphone, Softphone];
  for (const phone of [one, other]) open.use(phone);
  await untilReached(one, other, called);
}

/** Waits until a call from a phone reaches another one, and ends it. */
export const untilReached = (one: Softphone, other: Softphone, called: string): Promise<void> =>
  eventually(async () => {
    const call = one.call(called);
    await eventually(() => call.isUp || call.isOver, 20_000);
    if (call.isOver) throw new Error(`the call fails: ${call.log.join(', ')}`);
    call.hangUp();
    await eventually(() => other.calls.length > 0 && other.calls.every(({ isOver }) => isOver), 20_000);
  }, 30_000);

/** The calls at the relay that a local cloud has started. */
export async function sessionsAtOwnRelay({ cloud }: Pick<OwnTaskCloud, 'cloud'>): Promise<number> {
  const [, port = ''] =
    processesOf(cloud.pid)
      .map((pid) => /(?:^|\0)PORT_NG=(\d+)/.exec(environmentOf(pid)))
      .find((found) => found !== null) ?? [];
  const client = new NgClient();
  try {
    const { statistics } = await client.ask({ address: '127.0.0.1', port: Number(port) }, { command: 'statistics' });
    return statistics?.currentstatistics.sessionstotal ?? NaN;
  } finally {
    await client.close();
  }
}

/** Ids of the rtpengine processes that a local cloud has started: each has a session of its own. */
export function enginesOf({ pid: first }: Pick<OwnCloud, 'pid'>): readonly number[] {
  const own = new Set(processesOf(first));
  return execFileSync('ps', ['-eo', 'pid=,comm='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([pid, program]) => program === 'rtpengine' && own.has(Number(pid)))
    .map(([pid]) => Number(pid));
}
