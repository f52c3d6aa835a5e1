// Own cloud: is behind a balancer, replaces its tasks, and is killed.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Softphone } from '../support/softphone.fixture.ts';
import {
  callees,
  callerOf,
  costOf,
  message,
  newRatedOrganization,
  queuesOf,
  sendToQueue,
  type Api,
  type Call,
} from '../system/cdr.fixture.ts';
import { startCloud } from '../system/cloud.ts';
import { deploy, rolloutOf, sidecarsOf } from '../system/deployments.fixture.ts';
import { sidesOf, taskOf } from '../system/handover.fixture.ts';
import { UdpBalancer } from '../system/operations/udp-balancer.fixture.ts';
import { cdrsOfCaller, liveCalls, startTaskCloud, type OwnTaskCloud } from '../system/sidecar-tasks.fixture.ts';
import { converse, expectEnd, newSoftphones, type Conversation } from '../system/softphones.fixture.ts';

/** What an operator does and fears: a release while people talk, and a machine that fails. */

const service = 'sip-sidecar';
const pairs = [
  ['201', '202'],
  ['203', '204'],
] as const;

let cloud: OwnTaskCloud;
let balancer: UdpBalancer;
const open = new AsyncDisposableStack();
beforeAll(async () => {
  balancer = open.use(await UdpBalancer.open());
  cloud = await startTaskCloud(2, { ...balancer.settings, DRAIN_SECONDS: '3' });
  open.defer(() => cloud.cloud.stop());
  await balancer.begin(cloud.cloud);
});
afterAll(() => open.disposeAsync());

/** A phone behind NAT sends a keep-alive (RFC 5626 §3.5.1), more often than a real one. */
function keepAlive(phone: Softphone): void {
  const timer = setInterval(() => phone.sendRaw(Buffer.from('\r\n\r\n')), 2_000);
  open.defer(() => clearInterval(timer));
}

async function newConversations() {
  const calls: (Conversation & { readonly ports: readonly number[] })[] = [];
  for (const extensions of pairs) {
    const made = await newSoftphones(cloud.tenant, extensions, balancer.place);
    const [caller, callee] = made.map(({ phone }) => open.use(phone)) as [Softphone, Softphone];
    for (const phone of [caller, callee]) keepAlive(phone);
    calls.push({
      ...(await converse(caller, callee, extensions[1])),
      ports: [caller.mediaPort, callee.mediaPort],
    });
  }
  return calls;
}

const revisions = () => [...new Set(sidecarsOf(cloud.cloud).map(({ revision }) => revision))].toSorted();

test('calls behind a UDP balancer go on at both parties when all tasks are replaced', async () => {
  const calls = await newConversations();
  const before = new Set(sidesOf(calls).map(taskOf));
  await deploy(cloud.cloud, service);
  await eventually(() => expect(revisions()).toEqual([2]), 60_000);
  await eventually(async () => expect(await rolloutOf(cloud.cloud, service)).toBe('COMPLETED'), 20_000);

  // Both parties of each call know its new task.
  await eventually(() => {
    expect(sidesOf(calls).map(({ isUp }) => isUp)).toEqual(sidesOf(calls).map(() => true));
    for (const call of calls) {
      const [one, other] = sidesOf([call]).map(taskOf);
      expect([one === other, before.has(one ?? '')]).toEqual([true, false]);
    }
  }, 20_000);
  for (const { caller, callee, ports } of calls) {
    expect(await caller.offer('sendonly')).toBe(`${ports[1]} recvonly`);
    expect(await callee.offer('sendrecv')).toMatch(new RegExp(`^${ports[0]} `));
  }
  for (const [at, { caller, callee }] of calls.entries()) {
    const [ends, hears] = at % 2 === 0 ? [caller, callee] : [callee, caller];
    ends.hangUp();
    await expectEnd(hears, 'ended by peer');
  }
  for (const [caller, called] of pairs)
    expect(await cdrsOfCaller(cloud, caller, 1)).toMatchObject([{ callee: called, disposition: 'ANSWERED' }]);
  await eventually(async () => expect(await liveCalls(cloud)).toEqual([]));
});

/** CDRs, of which some come twice. */
const [pushed, repeated] = [600, 60];

test('each CDR that was pushed is charged once, although all processes are killed while they file them', async () => {
  const { cloud: before } = cloud;
  const organization = await newRatedOrganization(await callerOf(before));
  const counted = async (api: Api) => (await api('GET', `/cdr?org_id=${organization}&batch_id=night&limit=1`)).batch;
  const calls = Array.from({ length: pushed }, (_, at): Call => ({
    id: `call-${at}`,
    callee: callees[at % callees.length] ?? callees[0],
    seconds: 1 + ((at * 37) % 600),
  }));
  const bodies = [...calls, ...calls.slice(0, repeated)].map((call) => message({ organization, batch: 'night' }, call));
  await sendToQueue(queuesOf(before), before.outputs['CdrQueueUrl'] ?? '', bodies);
  const former = await callerOf(before);
  await eventually(async () => expect((await counted(former))['received']).toBeGreaterThan(0));
  await before.kill9();

  const after = await startCloud({ DATA_DIR: before.dataDir });
  open.defer(() => after.stop());
  const api = await callerOf(after);
  // What was in flight is hidden for 30 s after a crash.
  await eventually(async () => expect((await counted(api))['received']).toBe(pushed + repeated), 40_000);
  const priced = calls.flatMap((call) => costOf(call) ?? []);
  expect(await counted(api)).toMatchObject({ rated: priced.length, duplicate: repeated, rejected: 0, pending: 0 });
  const { data: profile } = await api('GET', `/billingprofile/${organization}`);
  expect(profile['currentBalance']).toBe(-Number(priced.reduce((sum, cost) => sum + cost, 0n)) / 10_000);
});
