import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import type { Phone } from '#test/support/sip-phone.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { storePlan } from '#test/support/stored-plan.fixture.ts';
import { trunkOf } from '#test/support/resources.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { create } from '#dynamodb/write.ts';
import { parseMessage, serialize } from '#sip/message.ts';
import { tortureMessages, withOwnTransaction } from '#sip/torture.fixture.ts';
import { newAck } from '#sip/transaction/requests.ts';
import { emptyPlan } from '../../dialplan/plan/plan-change.ts';
import { trunkAddressRow } from '../../telephony/rows/trunk-ip.ts';
import { addPhoneLine } from './mailboxes.fixture.ts';
import { runSidecar, type Running } from './sidecar.fixture.ts';

/** The INVITEs of RFC 4475 and RFC 5118 from a trunk, whose calls all go to a phone that is busy. */

const organization = 1_001;
const trunk = '127.5.0.1';

const running = testStore();
let sidecar: Running;
let phone: Phone;
let source: Source;
const everything = new AsyncDisposableStack();

/** A socket that acknowledges each rejection of an INVITE. */
type Source = { readonly port: number; readonly send: (bytes: Buffer) => Promise<readonly number[]> };

type Parsed = ReturnType<typeof parseMessage>;

const statusOf = (bytes: Buffer): number => Number(/^SIP\/2\.0 (\d{3}) /.exec(bytes.toString('latin1'))?.[1]);

async function openSource(): Promise<Source> {
  const { port, address } = sidecar.bound.udp;
  const packets: Buffer[] = [];
  const socket = createSocket('udp4', (bytes) => packets.push(bytes)).bind(0, trunk);
  everything.defer(() => void socket.close());
  await once(socket, 'listening');
  const acknowledge = (invite: Parsed, response: Parsed): void => {
    // A malformed INVITE has no transaction.
    if (invite.kind !== 'request' || response.kind !== 'response') return;
    socket.send(serialize(newAck(invite, response)), port, address);
  };
  return {
    port: socket.address().port,
    send: async (bytes) => {
      packets.length = 0;
      socket.send(bytes, port, address);
      return eventually(() => {
        const final = packets.find((each) => statusOf(each) >= 200);
        if (final === undefined) throw new Error('no final response');
        acknowledge(parseMessage(bytes), parseMessage(final));
        return packets.map(statusOf);
      }, 20_000);
    },
  };
}

/** Every name that can be dialed rings at the phone. */
async function useTrunk({ port }: Source): Promise<void> {
  await commit(running.store, organization, [
    create(organizationRow, organizationOf(organization)),
    create(trunkRow, trunkOf({ id: 'trunk_torture', type: 'pbx', host: trunk, port })),
  ]);
  const owners = [
    { org_id: organization, trunk_id: 'trunk_torture', type: 'pbx', active: true, trusted: true },
  ] as const;
  await commit(running.store, 0, [create(trunkAddressRow, { address: trunk, port, owners, version: 1 })]);
  const rules = [{ priority: 1, pattern: '.', action: 'bridge', destination: 'user/202@office' }] as const;
  await storePlan(running.store, organization, {
    ...emptyPlan,
    version: 1,
    template: { rules: [...rules], variables: {} },
  });
}

beforeAll(async () => {
  sidecar = await runSidecar(running.store);
  everything.defer(() => sidecar.close());
  source = await openSource();
  await useTrunk(source);
  const account = await addPhoneLine(running.store, { device: 'dev_busy', extension: '202', user: null });
  // Over TCP its transactions end with their responses.
  phone = await sidecar.phone(account, { transport: 'tcp' });
  everything.defer(() => phone.close());
  await eventually(async () => (await phone.register()).status === 200);
  phone.answers = 486;
});
afterAll(() => everything.disposeAsync());

/** The response to each message by its name; 486 is that of the phone. */
const expected: Readonly<Record<string, number>> = {
  // RFC 4475 §3.1.1: valid messages. `wsinv` names a dialog that does not exist, `esc01` a user that is not dialed.
  wsinv: 481,
  esc01: 404,
  longreq: 486,
  // §3.1.2: invalid messages.
  badinv01: 400,
  clerr: 400,
  ncl: 400,
  quotbal: 400,
  ltgtruri: 400,
  lwsruri: 400,
  lwsstart: 400,
  escruri: 400,
  baddate: 400,
  // §3.3: application-layer semantics.
  insuf: 400,
  invut: 415,
  multi01: 400,
  sdp01: 406,
  // §3.4: backward compatibility. It is read, but has no Contact, as an INVITE must (RFC 3261 §8.1.1.8).
  inv2543: 400,
  // RFC 5118 §4.
  // G.726 alone, which is no codec of the trunk.
  'ipv4-mapped-ipv6': 488,
  'ipv6-in-sdp': 488,
  'mult-ip-in-sdp': 486,
};

const isInvite = (bytes: Buffer): boolean => bytes.toString('latin1').startsWith('INVITE');

test('every INVITE has an expected response', () => {
  const invites = [...tortureMessages].filter(([, bytes]) => isInvite(bytes)).map(([name]) => name);
  expect(Object.keys(expected).sort()).toEqual(invites);
});

test.each(Object.entries(expected))('%s of a trunk gets %i', async (name, status) => {
  const before = phone.notified.length;
  const statuses = await source.send(withOwnTransaction(name, randomBytes(6).toString('hex')));
  expect(statuses.filter((each) => each >= 200)).toEqual([status]);
  const rung = phone.notified.slice(before).filter(({ method }) => method === 'INVITE');
  expect(rung).toHaveLength(status === 486 ? 1 : 0);
});

test('nothing is left of them: no call, dialog or transaction, and so no timer', async () => {
  await eventually(
    () => expect(sidecar.load()).toMatchObject({ transactions: 0, dialogs: 0, calls: 0, faults: 0 }),
    // An acknowledged rejection is remembered for 5 s, the longest transaction lasts 32 s.
    60_000,
  );
});
