import fc from 'fast-check';
import { beforeAll, expect, test, vi } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { setAddresses, trunkOf } from '#test/support/resources.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { create } from '#dynamodb/write.ts';
import { proofOf, type TrunkIp } from '#telephony/trunk-addresses.ts';
import type { TrunkType } from '#telephony/trunk.ts';
import { newInventoryNumber } from '#functions/telephony/numbers/number.ts';
import type { Flow } from '../../transport/flow.ts';
import { admissionOf, flowFrom, inviteTo } from './admission.fixture.ts';

/** Whose an INVITE without credentials is, whatever organizations claim, prove and are given. */

const organizations = [1_001, 1_002, 1_003] as const;
const numberOf = (organization: number): string => `+1212555${organization}`;
const dialable = [
  ...organizations.flatMap((id) => [numberOf(id), numberOf(id).slice(1), numberOf(id).slice(2)]),
  '911',
  '201',
];

const running = testStore();
beforeAll(async () => {
  for (const id of organizations) {
    const number = {
      ...newInventoryNumber(
        { country: 'US', type: 'geographic' },
        { number: numberOf(id), id: `num_${id}`, now: '2026-11-20T10:00:00.000Z' },
      ),
      state: 'active' as const,
      org_id: id,
    };
    await commit(running.store, id, [create(organizationRow, organizationOf(id))]);
    await commit(running.store, 0, [create(numberRow, number)]);
  }
});

const port = fc.constantFrom(5_060, 5_080);
const claim = fc.record({
  organization: fc.constantFrom(...organizations),
  type: fc.constantFrom('pbx' as const, 'peer' as const, 'carrier' as const),
  host: fc.constantFrom(1, 2),
  port,
  trusted: fc.boolean(),
  proven: fc.boolean(),
  active: fc.boolean(),
});
type Claim = {
  readonly organization: number;
  readonly type: TrunkType;
  readonly host: number;
  readonly port: number;
} & Record<'trusted' | 'proven' | 'active', boolean>;

const invite = fc.record({
  host: fc.constantFrom(1, 2),
  port,
  transport: fc.constantFrom('udp' as const, 'tcp' as const, 'tls' as const, 'ws' as const),
  called: fc.constantFrom(...dialable),
});
type Invite = {
  readonly host: number;
  readonly port: number;
  readonly transport: Flow['transport'];
  readonly called: string;
};

let networks = 0;
let trunks = 0;

/** A trunk with the claimed address. @returns whether it has it: another one may exclude it */
async function set({ organization, type, host, port: at, active, ...proof }: Claim, network: string): Promise<boolean> {
  trunks += 1;
  const trunk = trunkOf({ id: `trunk_${trunks}`, org_id: organization, type });
  const entry: TrunkIp = {
    id: `ip_${trunks}`,
    address: `${network}.${host}`,
    type: 'signaling',
    port: at,
    priority: 1,
    active,
    ...proofOf(proof),
    created_at: '',
    updated_at: '',
  };
  await commit(running.store, organization, [create(trunkRow, trunk)]);
  return setAddresses(running.store, trunk, [entry]).then(
    () => true,
    (error: unknown) => {
      expect(error).toMatchObject({ code: 'IP_IN_USE' });
      return false;
    },
  );
}

/** The organization whose call an INVITE is; the status of its response if it is of none. */
async function callerOf({ host, port: from, transport, called }: Invite, network: string): Promise<number> {
  const flow = flowFrom(`${network}.${host}`, { port: from, transport });
  const { admitted, status } = await admissionOf(running.store, inviteTo(called), flow);
  // Only the address identifies the caller, so its call ends soon if its answer is not acknowledged.
  if (admitted !== undefined) expect(admitted.onUnacknowledged).toBeDefined();
  return admitted?.caller.organization.org_id ?? status ?? 0;
}

/** Whether an organization proved or got the source of a call; of a carrier it gets the calls to its own number. */
const mayBeOf = (organization: number, claims: readonly Claim[], { host, port: from, transport, called }: Invite) =>
  claims.some(({ type, trusted, proven, active, ...at }) => {
    const isThere = at.organization === organization && active && at.host === host;
    const isUdp = transport === 'udp';
    if (!isThere || (isUdp && at.port !== from)) return false;
    if (type === 'carrier' && !numberOf(organization).endsWith(called.replace('+', ''))) return false;
    return trusted || (isUdp && (proven || type === 'carrier'));
  });

test('no INVITE is of an organization that did not prove or get its source', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(claim, { maxLength: 6 }),
      fc.array(invite, { minLength: 1, maxLength: 4 }),
      async (claims, invites) => {
        networks += 1;
        const network = `10.${networks >> 8}.${networks & 0xff}`;
        const present: Claim[] = [];
        for (const each of claims) if (await set(each, network)) present.push(each);
        for (const each of invites) {
          const caller = await callerOf(each, network);
          if (caller >= 1_000)
            expect(mayBeOf(caller, present, each), JSON.stringify({ caller, present, each })).toBe(true);
          else expect([404, 407]).toContain(caller);
        }
      },
    ),
    { numRuns: Number(process.env['CLAIM_RUNS'] ?? 100) },
  );
});

const at = { host: 1, port: 5_060, active: true, trusted: false, proven: false };
const [own, second, third] = organizations;

test.each<[string, Claim[], Partial<Invite>, number]>([
  ['a proven PBX calls anything', [{ ...at, organization: own, type: 'pbx', proven: true }], { called: '911' }, own],
  [
    'a trusted PBX calls over TCP',
    [{ ...at, organization: own, type: 'pbx', trusted: true }],
    { transport: 'tcp', port: 5_080 },
    own,
  ],
  [
    'a proven PBX is asked for credentials over TCP',
    [{ ...at, organization: own, type: 'pbx', proven: true }],
    { transport: 'tcp' },
    407,
  ],
  [
    'a phone behind the NAT of a PBX is asked for credentials',
    [{ ...at, organization: own, type: 'pbx', proven: true }],
    { port: 5_080 },
    407,
  ],
  [
    'each of two tenants at one carrier has the calls to its numbers',
    [
      { ...at, organization: own, type: 'carrier' },
      { ...at, organization: second, type: 'carrier', trusted: true },
    ],
    { called: numberOf(own).slice(2) },
    own,
  ],
  [
    'who has proven a PBX has its calls to a number of someone that claims a carrier there',
    [
      { ...at, organization: second, type: 'carrier' },
      { ...at, organization: own, type: 'pbx', proven: true },
    ],
    { called: numberOf(second) },
    own,
  ],
  [
    'two organizations with PBXs at one address are told apart over TCP by credentials',
    [
      { ...at, organization: own, type: 'pbx', trusted: true },
      { ...at, organization: third, type: 'pbx', port: 5_080, trusted: true },
    ],
    { transport: 'tls' },
    407,
  ],
  [
    'a trusted carrier calls a number that no one there has',
    [{ ...at, organization: own, type: 'carrier', trusted: true }],
    { called: numberOf(second) },
    404,
  ],
])('%s', async (_, claims, more, expected) => {
  networks += 1;
  const network = `10.${networks >> 8}.${networks & 0xff}`;
  for (const each of claims) expect(await set(each, network)).toBe(true);
  expect(await callerOf({ host: 1, port: 5_060, transport: 'udp', called: '911', ...more }, network)).toBe(expected);
});

test('any number of claims of an address cost one look-up more than one', async () => {
  using sent = vi.spyOn(running.store.client, 'send');
  const costs: number[] = [];
  for (const others of [0, 20]) {
    networks += 1;
    const network = `10.${networks >> 8}.${networks & 0xff}`;
    for (let id = 500; id < 500 + others; id += 1) await set({ ...at, organization: id, type: 'carrier' }, network);
    await set({ ...at, organization: third, type: 'carrier' }, network);
    sent.mockClear();
    expect(await callerOf({ host: 1, port: 5_060, transport: 'udp', called: numberOf(third) }, network)).toBe(third);
    costs.push(sent.mock.calls.length);
  }
  expect(costs[1]).toBe((costs[0] ?? 0) + 1);
});
