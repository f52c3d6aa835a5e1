import { addPhoneLine } from '#functions/sip-sidecar/service/mailboxes.fixture.ts';
import { sipDomain } from '#functions/sip-sidecar/service/sidecar.fixture.ts';
import { emptyPlan } from '#functions/dialplan/plan/plan-change.ts';
import { stirAuthoritiesRow } from '#functions/telephony/rows/stir-certificate.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { create } from '#dynamodb/write.ts';
import { textHeader } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { issue, type Issued } from '#stir/certificates.fixture.ts';
import { privatePem } from '#stir/passport-key.ts';
import { signCall } from '#stir/signing.ts';
import { eventually } from '../support/eventually.ts';
import { organizationOf } from '../support/people.fixture.ts';
import { gatewayOf, numberOf, peerOf, pingOf, setAddresses, trunkOf } from '../support/resources.fixture.ts';
import { startSidecarProcess, type SidecarProcess } from '../support/sidecar-process.fixture.ts';
import type { SoftCall } from '../support/soft-call.fixture.ts';
import { Softphone } from '../support/softphone.fixture.ts';
import { startOwnStore } from '../support/store.fixture.ts';
import { storePlan } from '../support/stored-plan.fixture.ts';
import type { Benchmark, Guard, RatioFigure } from './benchmark.ts';
import { memoryFolder } from './memory-folder.ts';
import { policyOf } from './plans.ts';

/**
 * CPU of the sidecar for calls whose callers are verified, and that are signed (STIR/SHAKEN), beside the same calls
 * without, in turns. Each turn has as many calls of a carrier to a phone as of a phone to a carrier.
 */

const organization = 1_001;
const [own, caller] = ['+12125550101', '+13125550199'];
const [signedNumber, plainNumber] = ['+14155550111', '+14165550111'];
const origid = '5ad1a8d5-3c29-4f61-9d5e-1b1b2f9a4c77';
/** Calls of each direction in a turn, how many of them at once, and turns of each kind. */
const size = { calls: 60, atOnce: 10, turns: 8 } as const;

const times = { from: new Date('2020-01-01'), to: new Date('2100-01-01') };

/** Who calls, and the phone that the carrier calls. */
type Side = { readonly carrier: Softphone; readonly phone: Softphone; readonly called: Softphone };

const gateway = (id: string, { address: host, port }: Softphone['place'], stir: 'sign' | 'off') =>
  gatewayOf({
    ...{ id, name: id, trunk_id: null, ping: pingOf({ enabled: false }), caller_id_number: own, stir },
    peer: peerOf({ host, port }),
  });

const policy = (prefix: string, id: string) => ({
  ...policyOf(`^\\+?${prefix}[0-9]+$`, 0),
  ...{ actions: { allow: true, gateway: id }, gateway_ids: { [id]: id } },
});

async function storeTenant(store: Store, carrier: Softphone, authority: Issued): Promise<void> {
  const { address: host, port } = carrier.place;
  const { limits, ...plain } = organizationOf(organization, { country: 'US' });
  const trunk = trunkOf({ id: 'trunk_1', type: 'carrier', host, port });
  await commit(store, organization, [
    create(organizationRow, { ...plain, limits: { ...limits, max_concurrent_calls: 100_000 } }),
    create(trunkRow, trunk),
    create(gatewayRow, gateway('signing', carrier.place, 'sign')),
    create(gatewayRow, gateway('plain', carrier.place, 'off')),
  ]);
  await setAddresses(store, trunk, [
    {
      ...{ id: 'ip_1', address: host, type: 'signaling', port, priority: 1, active: true, trusted: true },
      ...{ created_at: '', updated_at: '' },
    },
  ]);
  const list = { id: 'authorities', certificates: authority.pem, created_at: '', updated_at: '', version: 1 } as const;
  await commit(store, 0, [
    create(numberRow, numberOf({ number: own, org_id: organization, route: { type: 'device', id: 'dev_b' } })),
    create(stirAuthoritiesRow, list),
  ]);
  await storePlan(store, organization, {
    ...emptyPlan,
    version: 1,
    policies: [policy('1415', 'signing'), policy('1416', 'plain')],
    gateways: ['signing', 'plain'].map((id) => ({ id, name: id, enabled: true, prefix: '', strip: 0 })),
  });
}

async function openPhone(store: Store, server: SidecarProcess['bound']['udp'], device: string, extension: string) {
  const account = await addPhoneLine(store, { device, extension, user: null });
  const phone = await Softphone.open(server, { from: '127.10.0.1', account: { ...account, domain: sipDomain } });
  if ((await phone.register()) !== 200) throw new Error('a phone is not registered');
  return phone;
}

/** A call that is answered and ends. */
async function talk(call: SoftCall): Promise<void> {
  await eventually(() => {
    if (call.isOver) throw new Error(`the call fails: ${call.log.join()}`);
    return call.isUp;
  });
  call.hangUp();
  await eventually(() => call.isOver);
}

/** Calls in both directions. @returns CPU of the sidecar, in milliseconds */
async function turn(sidecar: SidecarProcess, { carrier, phone }: Side, { key }: Issued, isSigned: boolean) {
  const named = Headers.none.append(textHeader('P-Asserted-Identity'), `<sip:${caller}@carrier.example>`);
  const x5u = 'https://certificates.example/1.pem';
  // Signed before: what the carrier does is not measured.
  const headers = Array.from({ length: size.calls }, () => {
    const call = { signer: { key, x5u }, attestation: 'A', origid, orig: caller, dest: own, now: Date.now() } as const;
    return isSigned ? named.append(textHeader('Identity'), signCall(call) ?? '') : named;
  });
  const before = (await sidecar.usage()).cpu;
  for (let at = 0; at < size.calls; at += size.atOnce)
    await Promise.all(
      headers
        .slice(at, at + size.atOnce)
        .flatMap((each) => [
          talk(carrier.call(own, { headers: each })),
          talk(phone.call(isSigned ? signedNumber : plainNumber)),
        ]),
    );
  return ((await sidecar.usage()).cpu - before) / 1_000;
}

/** @throws Error unless the last calls were signed and verified as they should be */
function assertSigned({ carrier, called }: Side, isSigned: boolean): void {
  const identity = carrier.calls.at(-1)?.invite?.headers.fields(textHeader('Identity'))[0];
  if ((identity !== undefined) !== isSigned) throw new Error(`the calls are ${isSigned ? 'not ' : ''}signed`);
  const from = JSON.stringify(called.calls.at(-1)?.invite?.from.uri);
  if (from.includes('TN-Validation-Passed') !== isSigned) throw new Error(`the phone sees ${from}`);
}

/** CPU of a call in milliseconds: of one that is signed or verified, and of one that is not. */
async function costs(): Promise<{ readonly signed: number; readonly plain: number }> {
  await using started = new AsyncDisposableStack();
  const authority = issue({ name: 'Authority', isAuthority: true, usage: 0x06, ...times });
  const certificate = issue({ by: authority, ...times });
  const running = await startOwnStore(memoryFolder());
  started.defer(() => running.stop());
  const signing = { chain: certificate.pem, key: privatePem(certificate.key) };
  const sidecar = await startSidecarProcess(running, 0, undefined, signing);
  started.defer(() => sidecar.stop());
  const carrier = started.use(await Softphone.open(sidecar.bound.udp, { from: '127.10.1.1' }));
  await storeTenant(running.store, carrier, authority);
  const phone = started.use(await openPhone(running.store, sidecar.bound.udp, 'dev_a', '201'));
  const called = started.use(await openPhone(running.store, sidecar.bound.udp, 'dev_b', '202'));
  const side = { carrier, phone, called };
  const cpu = { signed: [] as number[], plain: [] as number[] };
  // The first turn of each kind warms up.
  for (let at = 0; at <= size.turns; at += 1)
    for (const isSigned of at % 2 === 0 ? [false, true] : [true, false]) {
      const used = await turn(sidecar, side, certificate, isSigned);
      assertSigned(side, isSigned);
      if (at > 0) cpu[isSigned ? 'signed' : 'plain'].push(used);
    }
  const ofCall = (turns: readonly number[]): number =>
    turns.reduce((sum, each) => sum + each, 0) / (turns.length * 2 * size.calls);
  return { signed: ofCall(cpu.signed), plain: ofCall(cpu.plain) };
}

const ratio = ({ signed, plain }: Awaited<ReturnType<typeof costs>>): RatioFigure => ({
  what: 'CPU of a call that is signed or verified, against one that is not',
  measured: signed / plain,
  ...{ unit: '×', must: { atMost: 1.15 } },
});

const measure: Benchmark = async () => {
  const cost = await costs();
  return [
    { what: 'CPU of a call that is not signed', measured: cost.plain, unit: 'ms' },
    { what: 'CPU of a call that is signed or verified', measured: cost.signed, unit: 'ms' },
    ratio(cost),
  ];
};

export const guard: Guard = async () => [ratio(await costs())];

export default measure;
