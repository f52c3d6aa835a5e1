import * as fc from 'fast-check';
import { expect } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { startCarrier, type Carrier } from '#test/support/sip-gateways.fixture.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { freePort } from '#infra/local/machine/free-port.ts';
import type { RegisteredSoftphone } from '../softphones.fixture.ts';
import { consentToHost, outcome, texts, uniqueName, type AdministeredTenant, type Body } from '../tenant.fixture.ts';

/** Gateways of several organizations at one carrier, which knows the platform by its address. */

/** An organization with a phone that calls. */
export type Party = { readonly tenant: AdministeredTenant; readonly phone: RegisteredSoftphone };

type Named = { readonly id: string; readonly name: string };

/** A gateway of a party, not pinged. */
export async function gatewayOf({ tenant }: Party, { address, port }: Carrier, more: Body = {}): Promise<Named> {
  const name = uniqueName('carrier');
  const fields = { name, host: address, port, username: 'u', password: 'p', ping: { enabled: false }, ...more };
  const made = await tenant.ask('PUT', '/sipgateways/new', fields);
  expect(outcome(made)).toBe('201');
  return { id: texts(made)['id'] ?? '', name };
}

let numbers = 0;

/** Dials a number that goes over gateways in turn, or to what a rule of the plan names. */
export async function callOver({ tenant, phone }: Party, ...gateways: readonly string[]): Promise<SoftCall> {
  numbers += 1;
  const number = `07${String(numbers).padStart(3, '0')}`;
  const [gateway, ...failover] = gateways;
  const policy = {
    name: uniqueName('over'),
    status: 'active',
    conditions: { pattern: `^${number}$` },
    actions: { allow: true, gateway, ...(failover.length === 0 ? {} : { failover_gateways: failover }) },
    priority: numbers,
  };
  expect(outcome(await tenant.ask('PUT', '/dialplan/policy', policy))).toBe('201');
  return phone.phone.call(number);
}

/** What has come to a carrier. */
export const requests = ({ received }: Carrier): string => received.join(' ');

/** A call of the organization that was first at its carrier, which takes it as it knows the platform. */
export async function expectRightfulCall(of: Party, carrier: Carrier, gateway: string): Promise<void> {
  carrier.manner = 'answers';
  carrier.received.length = 0;
  const call = await callOver(of, gateway);
  await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
  call.hangUp();
  await eventually(() => expect(requests(carrier)).toBe('INVITE ACK BYE'), 20_000);
}

/** Spellings of the carrier's host, which is at 127.0.0.1: on loopback addresses each port is a host. */
const addresses = ['127.0.0.1', '::ffff:127.0.0.1', '::FFFF:7F00:1', '[::ffff:127.0.0.1]'] as const;
const names = ['localhost', 'LOCALHOST', 'LocalHost'] as const;

const anyClaim = fc.record({
  address: fc.constantFrom(...addresses),
  name: fc.constantFrom(...names),
  isNamed: fc.boolean(),
  transport: fc.constantFrom('udp', 'tcp'),
});
/** Spellings that are surely resolved to the address of the carrier. */
const reached: ReadonlySet<string> = new Set([addresses[0], ...names]);
type Claim = typeof anyClaim extends fc.Arbitrary<infer Value> ? Value : never;

/**
 * How the other organizations come to name the carrier of one: after it has called; by a name of the address before it;
 * before it, which has the consent of its seller then.
 */
const orders = ['after', 'by a name before', 'before, without the consent'] as const;

const anyClaims = fc.record({
  holder: fc.nat({ max: 2 }),
  order: fc.constantFrom(...orders),
  manner: fc.constantFrom('rings', 'answers', 'challenges'),
  claims: fc.tuple(anyClaim, anyClaim),
});

/** What is left of a call at the carrier: nothing, unless it has asked for the credentials of the caller. */
const left = {
  rings: ['INVITE CANCEL ACK'],
  answers: ['INVITE ACK BYE'],
  challenges: ['INVITE ACK INVITE+ ACK+'],
} as const;

/** The call of an organization that is not the carrier's customer. @returns whether it came to the carrier */
async function callUninvited(of: Party, carrier: Carrier, { name }: Named, label: string): Promise<boolean> {
  carrier.received.length = 0;
  const call = await callOver(of, name);
  await eventually(() => expect(call.isOver || call.isUp, label).toBe(true), 20_000);
  if (carrier.manner !== 'challenges') expect(call.log, label).not.toContain('answered');
  const hasArrived = carrier.received.length > 0;
  if (hasArrived) await eventually(() => expect(left[carrier.manner], label).toContain(requests(carrier)), 20_000);
  if (!call.isUp) return hasArrived;
  call.hangUp();
  await eventually(() => expect(carrier.received.at(-1), label).toBe('BYE'), 20_000);
  return true;
}

/** The host and transport of a claim. A name is resolved to the address of the carrier. */
const hostOf = ({ address, name, isNamed, transport }: Claim, order: (typeof orders)[number]) => ({
  host: isNamed || order === 'by a name before' ? name : address,
  transport,
});

/**
 * Two organizations name the carrier of a third one, by generated claims, and call over it. Nothing is left of these
 * calls at the carrier, unless it asks for their credentials; those of the third one go on.
 */
export async function claimHosts(parties: readonly [Party, Party, Party], seed: number): Promise<void> {
  const [claims] = fc.sample(anyClaims, { seed, numRuns: 1 });
  if (claims === undefined) throw new Error('no claims');
  const { holder, order, manner } = claims;
  const partyAt = (at: number): Party => parties[(holder + at) % 3] ?? parties[0];
  const carrier = await startCarrier(manner, '127.0.0.1', await freePort());
  using open = new DisposableStack();
  open.defer(() => carrier.close());
  const hosts = claims.claims.map((each) => hostOf(each, order));
  const claim = () => Promise.all(hosts.map((host, at) => gatewayOf(partyAt(at + 1), carrier, host)));

  const early = order === 'after' ? undefined : await claim();
  const own = await gatewayOf(partyAt(0), carrier);
  if (order === 'before, without the consent') await consentToHost(partyAt(0).tenant, `/sipgateways/${own.id}`);
  await expectRightfulCall(partyAt(0), carrier, own.name);
  carrier.manner = manner;
  const others = early ?? (await claim());
  for (const [at, gateway] of others.entries()) {
    const label = `seed ${seed}: ${JSON.stringify(claims)}, claim ${at}`;
    const hasArrived = await callUninvited(partyAt(at + 1), carrier, gateway, label);
    // Others may be no addresses to which this machine sends.
    if (reached.has(String(hosts[at]?.host))) expect(hasArrived, label).toBe(true);
  }
  await expectRightfulCall(partyAt(0), carrier, own.name);
  // An organization has 200 gateways at most.
  for (const [at, { id }] of [own, ...others].entries())
    await partyAt(at).tenant.ask('DELETE', `/sipgateways/${id}?force=true`);
}
