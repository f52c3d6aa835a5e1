import { beforeAll, expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { setAddresses, trunkOf } from '#test/support/resources.fixture.ts';
import { accountOf } from '../../service/sidecar.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { create } from '#dynamodb/write.ts';
import { newInventoryNumber } from '#functions/telephony/numbers/number.ts';
import { parseMessage, type SipRequest } from '#sip/message.ts';
import { didSources } from '#telephony/peer-settings.ts';
import type { TrunkType } from '#telephony/trunk.ts';
import { admissionOf, flowFrom } from './admission.fixture.ts';

/** INVITEs to the URN of a service from the address of a trunk, and from one of no one (RFC 5031). */

const organization = 1_001;
const number = '+12125551001';
const places: Readonly<Record<TrunkType, string>> = { pbx: '10.1.0.1', peer: '10.1.0.2', carrier: '10.1.0.3' };

const running = testStore();
beforeAll(async () => {
  const inventory = newInventoryNumber(
    { country: 'US', type: 'geographic' },
    { number, id: 'num_1', now: '2026-11-20T10:00:00.000Z' },
  );
  await commit(running.store, organization, [create(organizationRow, organizationOf(organization))]);
  await commit(running.store, 0, [create(numberRow, { ...inventory, state: 'active', org_id: organization })]);
  for (const type of ['pbx', 'peer', 'carrier'] as const) {
    const trunk = trunkOf({ id: `trunk_${type}`, org_id: organization, type, did_source: didSources });
    await commit(running.store, organization, [create(trunkRow, trunk)]);
    await setAddresses(running.store, trunk, [
      {
        ...{ id: 'ip_1', address: places[type], type: 'signaling', port: 5_060, priority: 1, active: true },
        ...{ created_at: '', updated_at: '', trusted: true },
      },
    ]);
  }
});

/** An INVITE to a service, whose To names a number of the organization. */
const inviteTo = (service: string): SipRequest =>
  parseMessage(
    Buffer.from(
      [
        `INVITE ${service} SIP/2.0`,
        'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
        'From: <sip:a@b>;tag=1',
        `To: <sip:${number}@sip.example.com>`,
        'Call-ID: 1',
        'CSeq: 1 INVITE',
        'Max-Forwards: 70',
        ...['', ''],
      ].join('\r\n'),
    ),
  ) as SipRequest;

/** What is called from an address, or the status that rejects it. */
async function callFrom(address: string, service = 'urn:service:sos'): Promise<string> {
  const { admitted, status, routed } = await admissionOf(running.store, inviteTo(service), flowFrom(address));
  return admitted === undefined ? String(status) : routed();
}

test('a PBX calls the emergency number of its country, whatever its To names', async () => {
  expect([await callFrom(places.pbx), await callFrom(places.pbx, 'URN:service:sos.fire')]).toEqual(['911', '911']);
});

test('other trunks, and strangers, call no help', async () => {
  expect(await callFrom(places.peer)).toBe('404');
  expect(await callFrom(places.carrier)).toBe('404');
  expect(await callFrom('10.1.0.9')).toBe('407');
});

test('a phone line that may make no calls calls help, by its number or by the URN', async () => {
  const { item } = accountOf({ username: 'line-1' });
  const line = { kind: 'line', org_id: organization, other_ha1: [], allow_features: [] } as const;
  const account = { ...item, ...line, expires_at: '2099-01-01T00:00:00.000Z' };
  const callBy = async (service: string): Promise<string> => {
    const invite = inviteTo(service);
    const caller = { kind: 'authenticated', account } as const;
    const { admitted, status, routed } = await admissionOf(running.store, invite, flowFrom('192.0.2.5'), caller);
    return admitted === undefined ? String(status) : routed();
  };
  expect([await callBy('sip:911@x'), await callBy('urn:service:sos'), await callBy('sip:202@x')]).toEqual([
    ...['911', '911', '403'],
  ]);
});
