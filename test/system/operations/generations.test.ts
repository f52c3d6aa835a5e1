// Own cloud: kills its only task, and deploys others.
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localAssembly } from '#bin/start/assembly.ts';
import { freePort } from '#infra/local/machine/free-port.ts';
import { eventually, past } from '#test/support/eventually.ts';
import type { Phone } from '#test/support/sip-phone.fixture.ts';
import type { Softphone } from '#test/support/softphone.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { startCloudHere } from './cloud-here.fixture.ts';
import { countProtected, deploy, describeService, rolloutOf, sidecarsOf } from '../deployments.fixture.ts';
import { sidesOf, taskOf } from '../handover.fixture.ts';
import { needsMachineAddress } from '../peers/machine-address.ts';
import { admitted, callerAt, claim, expectStatus, prove, rejectCalls } from '../peers/proven-addresses.fixture.ts';
import { isRunning } from '../processes.ts';
import {
  newAnsweringPhone,
  signalTask,
  startTaskCloud,
  taskCloudIn,
  type OwnTaskCloud,
} from '../sidecar-tasks.fixture.ts';
import { converse, expectEnd, newSoftphones } from '../softphones.fixture.ts';
import { newAdministeredTenant } from '../tenant.fixture.ts';

needs('sipp');

const service = 'sip-sidecar';

let cloud: OwnTaskCloud;
let connected: Phone;
const open = new AsyncDisposableStack();
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-generations-'));
  open.defer(() => rmSync(folder, { recursive: true }));
  const assembly = join(folder, 'assembly');
  cpSync(await localAssembly(), assembly, { recursive: true });
  checkOften(assembly);
  const { cloud: started } = await startCloudHere({ dataDir: join(folder, 'data'), assembly });
  open.defer(() => started.stop());
  cloud = await taskCloudIn(started);
});
afterAll(() => open.disposeAsync());

/** Has ECS check the tasks each second, from 10 s after their start on. */
function checkOften(assembly: string): void {
  const changes: Readonly<Record<string, object>> = {
    'AWS::ElasticLoadBalancingV2::TargetGroup': { HealthCheckIntervalSeconds: 1 },
    'AWS::ECS::Service': { HealthCheckGracePeriodSeconds: 10 },
  };
  for (const file of globSync(join(assembly, '*.template.json'))) {
    const template = JSON.parse(readFileSync(file, 'utf8')) as Template;
    for (const { Type, Properties } of Object.values(template.Resources))
      Object.assign(Properties ?? {}, changes[Type]);
    writeFileSync(file, JSON.stringify(template));
  }
}

type Template = {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: object }>>;
};

const taskOfRevision = (revision: number) => {
  const found = sidecarsOf(cloud.cloud).find((task) => task.revision === revision);
  if (found === undefined) throw new Error(`no task of revision ${revision} runs`);
  return found;
};

const readiness = async (revision: number): Promise<number> =>
  (await fetch(`http://127.0.0.1:${taskOfRevision(revision).health}/ready`)).status;

/** How often a task has left its work. */
const departures = (): number =>
  readFileSync(join(cloud.cloud.dataDir, 'logs', `${service}.log`), 'utf8').split('leaves new calls').length - 1;

/** Waits until tasks of these revisions run, and no others. */
const untilRunning = (...revisions: readonly number[]): Promise<void> =>
  eventually(
    () =>
      expect(
        sidecarsOf(cloud.cloud)
          .map(({ revision }) => revision)
          .toSorted(),
      ).toEqual(revisions),
    60_000,
  );

describe('an address of this machine', () => {
  needsMachineAddress();

  test('stays proven when the sidecar is killed', async () => {
    await using own = new AsyncDisposableStack();
    const place = await startTaskCloud(1);
    own.defer(() => place.cloud.stop());
    const [server] = place.tasks;
    const tenant = await newAdministeredTenant('proofs', place);
    await rejectCalls(tenant);
    using sockets = new DisposableStack();
    const port = await freePort();
    const holder = await callerAt(server, sockets, port);
    await prove(tenant, server, { entry: await claim(tenant, port), holder });
    const { pid } = signalTask(place, server, 'SIGKILL');
    await eventually(() => expect(isRunning(pid)).toBe(false), 20_000);
    await expectStatus(server, holder, admitted);
  });
});

test('a newer generation gets the calls of an older one, and gives them back when it is rolled back', async () => {
  const [at] = cloud.tasks;
  const made = await newSoftphones(cloud.tenant, ['201', '202'], at);
  const [caller, callee] = made.map(({ phone }) => phone) as [Softphone, Softphone];
  for (const phone of [caller, callee]) open.use(phone);
  connected = await newAnsweringPhone(cloud, at, { extension: '203', transport: 'tcp' });
  open.defer(() => connected.close());
  const first = await converse(caller, callee, '202');
  // The call of a phone with a connection does not move: it protects its task.
  const stays = caller.call('203');
  await eventually(() => expect(stays.log.at(-1)).toBe('answered'), 20_000);
  const [old] = sidesOf([first]).map(taskOf);
  expect(await readiness(1)).toBe(200);
  await eventually(async () => expect(await countProtected(cloud.cloud)).toBe(1), 20_000);

  await deploy(cloud.cloud, service);
  await eventually(() => expect(sidesOf([first]).map(taskOf)).not.toContain(old), 60_000);
  // ECS would replace a task that fails its health check, also a protected one.
  expect([sidesOf([first]).map(({ isUp }) => isUp), await readiness(1)]).toEqual([[true, true], 200]);
  // Its phones still call by the old task, as a balancer sends the packets of their flows there.
  const second = await converse(caller, callee, '202');
  expect(sidesOf([second]).map(taskOf)).toEqual(sidesOf([first]).map(taskOf));
  expect([stays.isUp, taskOf(stays)]).toEqual([true, old]);
  expect(await rolloutOf(cloud.cloud, service)).toBe('IN_PROGRESS');

  await deploy(cloud.cloud, service, 1);
  await eventually(() => expect(sidesOf([first, second]).map(taskOf)).toEqual([old, old, old, old]), 60_000);
  await untilRunning(1);
  expect([await readiness(1), stays.isUp, taskOf(stays)]).toEqual([200, true, old]);
  for (const { caller: ends, callee: hears } of [first, second]) {
    ends.hangUp();
    await expectEnd(hears, 'ended by peer');
  }
  stays.hangUp();
});

test('a task with a call that does not move ends with that call', async () => {
  const [caller] = (await newSoftphones(cloud.tenant, ['211'], cloud.tasks[0])).map(({ phone }) => open.use(phone));
  const call = caller!.call('203');
  await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
  await eventually(async () => expect(await countProtected(cloud.cloud)).toBe(1), 20_000);
  const { pid } = taskOfRevision(1);
  const before = departures();
  await deploy(cloud.cloud, service, 3);
  await eventually(() => expect(departures()).toBe(before + 1), 60_000);
  // ECS would find it unhealthy by then, and stop it.
  await past(5_000);
  expect([await readiness(1), call.isUp, isRunning(pid)]).toEqual([200, true, true]);
  call.hangUp();
  await untilRunning(3);
  expect(cloud.cloud.printed()).not.toContain('fails its health check');
  await eventually(async () => expect((await describeService(cloud.cloud, service)).runningCount).toBe(1));
  await eventually(async () => expect(await rolloutOf(cloud.cloud, service)).toBe('COMPLETED'));
});
