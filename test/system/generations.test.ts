import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '#infra/local/free-port.ts';
import { eventually } from '../support/eventually.ts';
import type { Softphone } from '../support/softphone.fixture.ts';
import { needs } from '../support/tools.ts';
import { sidesOf, taskOf } from './handover.fixture.ts';
import { environmentOf, processesOf } from './processes.ts';
import { startTaskCloud, type TaskCloud } from './sidecar-tasks.fixture.ts';
import { converse, expectEnd, newSoftphones } from './softphones.fixture.ts';

needs('sipp');

let cloud: TaskCloud;
const open = new AsyncDisposableStack();
beforeAll(async () => {
  cloud = await startTaskCloud(1);
  open.defer(() => cloud.cloud.stop());
});
afterAll(() => open.disposeAsync());

type Variables = Readonly<Record<string, string>>;

function runningTask(): { readonly pid: number; readonly variables: Variables } {
  for (const pid of processesOf(cloud.cloud.pid)) {
    const lines = environmentOf(pid).split('\0');
    const variables = Object.fromEntries(lines.map((line) => [line.split('=')[0] ?? '', line.replace(/^[^=]*=/, '')]));
    if (variables['PORT_SIP_UDP'] !== undefined) return { pid, variables };
  }
  throw new Error('no task of the sidecar runs');
}

/** A task of a newer generation beside the one of the cloud. */
async function startNewer(generation: string): Promise<ChildProcess> {
  const { pid, variables } = runningTask();
  const names = Object.keys(variables).filter((name) => name.startsWith('PORT_'));
  const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, String(await freePort())])));
  const newer = spawn(process.execPath, ['index.mjs'], {
    cwd: readlinkSync(`/proc/${pid}/cwd`),
    env: { ...variables, ...ports, TASK_GENERATION: generation },
    stdio: 'ignore',
  });
  open.defer(() => void newer.kill('SIGKILL'));
  return newer;
}

const readiness = async (): Promise<number> =>
  (await fetch(`http://127.0.0.1:${runningTask().variables['PORT_HEALTH']}/ready`)).status;

test('a newer generation gets the calls of an older one, and gives them back when it goes', async () => {
  const made = await newSoftphones(cloud.tenant, ['201', '202'], cloud.tasks[0]);
  const [caller, callee] = made.map(({ phone }) => phone) as [Softphone, Softphone];
  for (const phone of [caller, callee]) open.use(phone);
  const first = await converse(caller, callee, '202');
  const [old] = sidesOf([first]).map(taskOf);
  expect(await readiness()).toBe(200);

  const newer = await startNewer('2');
  await eventually(() => expect(sidesOf([first]).map(taskOf)).not.toContain(old), 30_000);
  expect([sidesOf([first]).map(({ isUp }) => isUp), await readiness()]).toEqual([[true, true], 503]);
  // Its phones still call by the old task, as a balancer sends the packets of their flows there.
  const second = await converse(caller, callee, '202');
  expect(sidesOf([second]).map(taskOf)).toEqual(sidesOf([first]).map(taskOf));

  const ended = once(newer, 'exit');
  newer.kill('SIGTERM');
  await eventually(() => expect(sidesOf([first, second]).map(taskOf)).toEqual([old, old, old, old]), 30_000);
  await ended;
  expect(await readiness()).toBe(200);
  for (const { caller: ends, callee: hears } of [first, second]) {
    ends.hangUp();
    await expectEnd(hears, 'ended by peer');
  }
});
