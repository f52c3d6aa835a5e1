// Own cloud: is behind a balancer, and replaces its tasks.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { Softphone } from '#test/support/softphone.fixture.ts';
import { deploy, rolloutOf, sidecarsOf } from '../deployments.fixture.ts';
import { sidesOf, taskOf } from '../handover.fixture.ts';
import { cdrsOfCaller, liveCalls, startTaskCloud, type OwnTaskCloud } from '../sidecar-tasks.fixture.ts';
import { converse, expectEnd, newSoftphones, type Conversation } from '../softphones.fixture.ts';
import { UdpBalancer } from './udp-balancer.fixture.ts';

const service = 'sip-sidecar';
const pairs = [
  ['201', '202'],
  ['203', '204'],
  ['205', '206'],
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
