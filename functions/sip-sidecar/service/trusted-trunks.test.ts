import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { create } from '#dynamodb/write.ts';
import type { AddressOwner } from '#telephony/trunk-addresses.ts';
import { trunkAddressRow } from '../../telephony/rows/trunk-ip.ts';
import { accountOf, runSidecar, type Running } from './sidecar.fixture.ts';

/** Which sources may send more than a stranger (functions/sip-sidecar/transport/README.md, "Limits"). */

const store = testStore();
let sidecar: Running;
beforeAll(async () => {
  // A clock that stands still: the limits do not fill up again, however slow the machine is.
  const now = new Date();
  sidecar = await runSidecar(store.store, {}, { clock: () => now });
});
afterAll(() => sidecar.close());

/** Packets of a stranger at once, and how many of them are sent together. */
const burst = 1_000;
const together = 25;

/** A peer at an address that has used up what a stranger may send. @returns whether its next packet is answered */
async function peerAt(from: string): Promise<() => Promise<boolean>> {
  const [peer, bystander] = await Promise.all([
    sidecar.phone(accountOf(), { from }),
    sidecar.phone(accountOf(), { from: '127.0.0.9', transport: 'tcp' }),
  ]);
  for (let sent = 0; sent < burst; sent += together)
    await Promise.all(Array.from({ length: together }, () => peer.ask('OPTIONS')));
  return async () => {
    let isAnswered = false;
    peer.ask('OPTIONS').then(
      () => (isAnswered = true),
      () => undefined,
    );
    // Packets are answered in their order: an answer would have come before those to another peer.
    for (let at = 0; at < 3; at += 1) await bystander.ask('OPTIONS');
    return isAnswered;
  };
}

const owned = (address: string, more: Partial<AddressOwner>) =>
  commit(store.store, 0, [
    create(trunkAddressRow, {
      address,
      port: 5_060,
      owners: [{ org_id: 1_001, trunk_id: 'trunk_1', type: 'carrier', active: true, ...more }],
      version: 1,
    }),
  ]);

test.each<{ why: string; address: string; owner: Partial<AddressOwner> }>([
  { why: 'that only its tenant has set', address: '127.0.0.3', owner: {} },
  { why: 'that is not active', address: '127.0.0.5', owner: { trusted: true, active: false } },
])('a trunk address $why is limited like that of a stranger', async ({ address, owner }) => {
  await owned(address, owner);
  const isAnswered = await peerAt(address);
  expect([await isAnswered(), await isAnswered()]).toEqual([false, false]);
});

test('a trunk address that the seller or the operator has set may send more', async () => {
  await owned('127.0.0.4', { trusted: true });
  const isAnswered = await peerAt('127.0.0.4');
  await eventually(async () => expect(await isAnswered()).toBe(true));
});
