import { expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { newCaller, statusOf, type Caller } from '../../support/sip-caller.fixture.ts';
import { outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';
import { machineAddress } from './machine-address.ts';

/** Addresses of trunks whose holders prove them. */

/** How a call ends that is admitted, as no phone is registered, and one of a stranger. */
export const [admitted, challenged] = [480, 407] as const;

/** All calls of a tenant ring at an extension without a phone. */
export async function rejectCalls({ ask }: AdministeredTenant): Promise<void> {
  const rules = [{ priority: 1, pattern: '^.*$', action: 'bridge', destination: 'user/200@office' }];
  expect(outcome(await ask('PUT', '/dialplan/template', { name: 'All', rules, variables: {} }))).toMatch(/^20[01]$/);
}

type Server = { readonly address: string; readonly port: number };

/** A UDP socket at a port of the machine's address. @param open closes it */
export async function callerAt(server: Server, open: DisposableStack, own: number): Promise<Caller> {
  const caller = await newCaller(server, machineAddress, 'udp', own);
  open.defer(() => caller.close());
  return caller;
}

export const statusFrom = async ({ address }: Server, caller: Caller): Promise<number> =>
  statusOf(await caller.invite({ uri: `sip:911@${address}`, user: '200' }));

/** The sidecar reads whose an address is every 5 s. */
export const expectStatus = (server: Server, caller: Caller, status: number): Promise<unknown> =>
  eventually(async () => expect(await statusFrom(server, caller)).toBe(status), 30_000);

export type Entry = { readonly trunk: string; readonly id: string };

/** An entry that the customer makes for a port, at a trunk of its own. */
export async function claim({ ask }: AdministeredTenant, port: number): Promise<Entry> {
  const made = await ask('PUT', '/siptrunk/pbx', { name: uniqueName('pbx'), host: machineAddress, port });
  const trunk = texts(made)['id'] ?? '';
  const saved = await ask('PUT', `/siptrunkips/${trunk}`, { ips: [{ address: machineAddress, type: 'signaling' }] });
  expect(outcome(saved)).toBe('201');
  const { ips } = (saved.body as { readonly data: { readonly ips: readonly { readonly id: string }[] } }).data;
  return { trunk, id: ips[0]?.id ?? '' };
}

export const verify = ({ ask }: AdministeredTenant, { trunk, id }: Entry, token?: string) =>
  ask('POST', `/siptrunkips/${trunk}/verify`, { ip_id: id, ...(token === undefined ? {} : { token }) });

/** Answers the OPTIONS that asks for a proof. @returns its token */
export async function answerChallenge(holder: Caller): Promise<string> {
  const options = await eventually(() => {
    const found = holder.received.find((text) => text.startsWith('OPTIONS '));
    if (found === undefined) throw new Error('no OPTIONS');
    return found;
  }, 60_000);
  const line = (name: string): string => new RegExp(`^${name}: (.*)\r$`, 'm').exec(options)?.[1] ?? '';
  const copied = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${line(name)}`);
  holder.send(['SIP/2.0 200 OK', ...copied, `To: ${line('To')};tag=pbx`, 'Content-Length: 0', '', ''].join('\r\n'));
  return line('X-Verification-Token');
}

/** Proves an entry as its holder, who then calls. */
export async function prove(
  tenant: AdministeredTenant,
  server: Server,
  { entry, holder }: { readonly entry: Entry; readonly holder: Caller },
): Promise<void> {
  const [asked, token] = await Promise.all([verify(tenant, entry), answerChallenge(holder)]);
  expect(asked.body).toMatchObject({ data: { proven: false, response_code: 200 } });
  expect((await verify(tenant, entry, token)).body).toMatchObject({ data: { proven: true } });
  await expectStatus(server, holder, admitted);
}
