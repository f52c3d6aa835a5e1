import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { newCaller, proof, statusOf } from '#test/support/sip-caller.fixture.ts';
import { eventsOf } from '#test/support/store.fixture.ts';
import { setAddresses, trunkOf } from '#test/support/resources.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { create } from '#dynamodb/write.ts';
import { trunkAccountRow } from '#functions/telephony/rows/sip-account.ts';
import { accountOf, sipDomain, testSidecar } from '../../service/sidecar.fixture.ts';

/** A PBX calls with its credentials from an address that no one has proven. */

const organization = 1_001;
const listed = '127.6.0.1';
const { username, password, item } = accountOf({ username: 'pbx-1' });

const task = testSidecar();
beforeAll(async () => {
  const trunk = trunkOf({ id: 'trunk_pbx', type: 'pbx', inbound_username: username });
  const entry = { id: 'ip_1', address: listed, type: 'signaling', port: 5_060, priority: 1, active: true } as const;
  await commit(task.store, organization, [
    create(organizationRow, organizationOf(organization)),
    create(trunkRow, trunk),
  ]);
  await setAddresses(task.store, trunk, [{ ...entry, created_at: '', updated_at: '' }]);
  const { domain, password: sealed, ha1, version } = item;
  await commit(task.store, 0, [
    create(trunkAccountRow, {
      kind: 'trunk',
      sip_username: username,
      org_id: organization,
      trunk_id: trunk.id,
      domain,
      password: sealed,
      ha1,
      version,
    }),
  ]);
});

const calls = async (): Promise<number> =>
  (await eventsOf(task.store, organization)).filter(({ type }) => type === 'call.created').length;

type How = { readonly from: string; readonly transport?: 'udp' | 'tcp'; readonly secret?: string };

/** A call after its challenge. @returns the status of its response, and how many calls have begun since */
async function call({ from, transport = 'udp', secret = password }: How) {
  const uri = `sip:911@${sipDomain}`;
  const caller = await newCaller(task.sidecar.bound[transport], from, transport);
  task.everything.defer(async () => caller.close());
  const challenge = await caller.invite({ uri, user: username });
  expect(statusOf(challenge)).toBe(407);
  const before = await calls();
  const answer = await caller.invite({
    uri,
    user: username,
    lines: [proof(challenge, { username, password: secret }, uri)],
  });
  return { status: statusOf(answer), begun: async () => (await calls()) - before };
}

test.each(['udp', 'tcp'] as const)(
  'its password admits a PBX from an address of its list, over %s',
  async (transport) => {
    // The dial plan has no route: the call is that of the PBX all the same.
    const { status, begun } = await call({ from: listed, transport });
    expect(status).toBe(404);
    await eventually(async () => expect(await begun()).toBe(1));
  },
);

test('the same password is worth nothing at another address', async () => {
  const { status, begun } = await call({ from: '127.6.0.2' });
  expect([status, await begun()]).toEqual([403, 0]);
});

test('a wrong password is worth nothing at its address', async () => {
  const { status, begun } = await call({ from: listed, secret: 'wrong' });
  expect([status, await begun()]).toEqual([403, 0]);
});

test('a trunk does not register', async () => {
  const phone = await task.sidecar.phone({ username, password }, { from: listed });
  task.everything.defer(async () => phone.close());
  await eventually(async () => expect((await phone.register()).status).toBe(403));
});
