import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { processesOf } from '../processes.ts';
import { allCdrs, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { newSoftphones, type Conversation, type RegisteredSoftphone } from '../softphones.fixture.ts';
import type { OwnCloud } from '../cloud.ts';
import type { Body } from '../tenant.fixture.ts';

/** Parts of a local cloud that end or do not answer, and calls that are up while that happens. */

const programOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '';
  } catch {
    // It has ended since.
    return '';
  }
};

/** The id of the process of the store. @throws if there is not one */
export function storeOfCloud({ pid: first }: Pick<OwnCloud, 'pid'>): number {
  const [pid, ...others] = processesOf(first).filter((each) => programOf(each).endsWith('/dynoxide'));
  if (pid === undefined || others.length > 0) throw new Error('there is not one process of the store');
  return pid;
}

/** Waits until `/health` answers a status. */
export const untilHealth = ({ outputs }: Pick<OwnCloud, 'outputs'>, status: number): Promise<void> =>
  eventually(async () => expect((await fetch(`${outputs.ApiUrl}/health`)).status).toBe(status), 40_000);

/** Two phones of a cloud. @param open ends them */
export async function phonePair(
  { tenant, tasks }: TaskCloud,
  open: DisposableStack,
): Promise<readonly [RegisteredSoftphone, RegisteredSoftphone]> {
  const [one, other] = await newSoftphones(tenant, ['201', '202'], tasks[0]);
  for (const { phone } of [one, other]) open.use(phone);
  return [one, other];
}

/** So many calls from one phone to the other, all answered. */
export async function callsUp(
  [from, to]: readonly [RegisteredSoftphone, RegisteredSoftphone],
  count: number,
): Promise<readonly Conversation[]> {
  const before = to.phone.calls.length;
  const callers: SoftCall[] = [];
  // One after the other, so that a busy machine rejects none.
  while (callers.length < count) {
    const call = from.phone.call(to.extension);
    callers.push(call);
    await eventually(() => {
      if (!call.isUp) throw new Error(`a call is not answered: ${call.log.join(', ')}`);
    });
  }
  const callees = to.phone.calls.slice(before);
  await eventually(() => expect(callees.map(({ log }) => log.at(-1))).toEqual(callers.map(() => 'acknowledged')));
  return callers.map((caller, at) => ({ caller, callee: callees[at] ?? caller }));
}

/** How often a call ended, as its log says. */
const endsIn = (log: readonly string[]): number => log.filter((each) => /^(ended|failed)/.test(each)).length;

/** Waits until the calls have ended, once at each end, and have one CDR each beside so many others. */
export async function expectEndedOnce(
  cloud: TaskCloud,
  calls: readonly Conversation[],
  before: number,
): Promise<readonly Body[]> {
  const parties = calls.flatMap(({ caller, callee }) => [caller, callee]);
  await eventually(() => expect(parties.map(({ log }) => endsIn(log))).toEqual(parties.map(() => 1)), 60_000);
  let cdrs: readonly Body[] = [];
  await eventually(async () => {
    cdrs = await allCdrs(cloud.tenant);
    if (cdrs.length < before + calls.length)
      throw new Error(`${cdrs.length - before} of ${calls.length} CDRs are filed`);
  }, 60_000);
  expect(new Set(cdrs.map(({ call_id: id }) => id)).size).toBe(before + calls.length);
  return cdrs;
}
