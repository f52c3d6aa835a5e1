import { expect } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { openNatNamespace, type NatNamespace } from '#test/support/nat-namespace.fixture.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { newLine } from '../calls.fixture.ts';
import { start } from '../peers/program.ts';
import { startRtpEngine } from '../peers/rtpengine.ts';
import { speakerOf, type Speaker } from '../relayed-calls.fixture.ts';
import { startTaskCloud, type OwnTaskCloud, type TaskAddress } from '../sidecar-tasks.fixture.ts';

/** Phones behind the NAT of a router, and a cloud outside of it. */

/** A phone outside of such a network. */
export async function newPhone(
  { network, cloud: { tenant } }: Pick<Outside, 'network' | 'cloud'>,
  at: TaskAddress,
  extension: string,
) {
  const phone = await Softphone.open(at, { from: network.outside, account: await newLine(tenant, extension) });
  expect(await phone.register()).toBe(200);
  return phone;
}

/** A cloud outside of such a network, with a relay, and a phone that has a voice. */
export async function openOutside(
  everything: AsyncDisposableStack,
  addresses: 'private' | 'public',
  tasks = 1,
): Promise<Outside> {
  const network = everything.use(openNatNamespace(addresses));
  const relay = everything.use(await startRtpEngine(network.outside));
  const env = addresses === 'public' ? { SIP_ALLOW_PRIVATE_HOSTS: '0' } : {};
  const cloud = await startTaskCloud(tasks, { HOST: network.outside, MEDIA_RELAY: relay.name, ...env });
  everything.defer(() => cloud.cloud.stop());
  const [server] = cloud.tasks;
  const outside = await speakerOf(everything.use(await newPhone({ network, cloud }, server, '201')));
  everything.use(outside.party);
  return { network, cloud, server, outside };
}
export type Outside = {
  readonly network: NatNamespace;
  readonly cloud: OwnTaskCloud;
  readonly server: TaskAddress;
  readonly outside: Speaker;
};

/** The voice of the phone behind the NAT. */
export const voice = 77;

let extension = 401;

/** `from`: its address; `callsBack`, `besides`: as `nat-phone-process.ts` takes them. */
type InsideOptions = {
  readonly from?: string;
  readonly callsBack?: string;
  readonly besides?: 'comfort noise' | 'rtcp';
};

/** Starts a phone behind the NAT. @returns what it prints, and the port of its media */
export async function startInside(
  everything: AsyncDisposableStack,
  { network, cloud, server }: Outside,
  { from = network.inside, ...ways }: InsideOptions = {},
) {
  const called = String(extension++);
  const account = await newLine(cloud.tenant, called);
  const given = JSON.stringify({ server, from, account, voice, ...ways });
  const program = 'test/support/nat-phone-process.ts';
  const phone = everything.use(start('ip', ['netns', 'exec', network.name, process.execPath, program, given]));
  const port = await eventually(() => {
    const [, registered] = /registered 200 media (\d+)/.exec(phone.printed()) ?? [];
    if (registered === undefined) throw new Error(phone.printed());
    return Number(registered);
  }, 20_000);
  return { called, printed: phone.printed, port };
}

export type Inside = Awaited<ReturnType<typeof startInside>>;

/** Has the phone behind the NAT speak. It may not know yet that its call is answered. */
export const speakUp = ({ session }: SoftCall): Promise<void> =>
  eventually(async () => expect(await session.info('application/dtmf-relay', Buffer.from('Signal=1'))).toBe(200));
